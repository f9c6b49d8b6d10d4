// One browser's line to Janus: her socket on one side, one of ours to Janus on the other, the policy between.
//
//   browser closes on purpose (1000, 1001, no code) ─► the Janus session is destroyed: the page is gone, its calls end
//   browser vanishes (1006, no pong)                ─► our side closes; Janus keeps the session for its reclaim time
//   Janus closes                                    ─► the browser is told with 1013
//   another line of the same owner takes over       ─► 4001

import type { WebSocket } from 'ws';
import { parseJson } from '../../app/json.ts';
import type { Bucket } from './pace.ts';
import { passBack } from './replies.ts';
import { parseRequest, transactionOf, type BrowserRequest } from './requests.ts';
import { judge, refusalReply, type JanusRequest, type Policy, type Refusal, type Seat } from './rules.ts';
import { ownerOf, type Speaker } from './speaker.ts';

export const closeCodes = {
  /** RFC 6455: try again later. */
  janusGone: 1013,
  /** RFC 6455 registry: service restart. */
  restart: 1012,
  policy: 1008,
  superseded: 4001,
  dismissed: 4003,
} as const;

export interface LinkContext {
  readonly policy: Policy;
  readonly apiSecret: string | undefined;
  readonly bucket: Bucket;
  now(): number;
  /** Ends other lines and other Janus sessions of this owner before a new session is made. */
  makeRoom(link: Link): Promise<void>;
  /** The claimed session leaves whichever line had it. */
  tookOver(link: Link, sessionId: number): void;
  refused(link: Link, why: Refusal): void;
  closed(link: Link): void;
  /** A random whole number from 1 to 4095. */
  newNonce(): number;
}

type Awaited = {
  readonly what: 'create' | 'claim' | 'attach' | 'detach' | 'destroy';
  readonly tries: number;
  readonly handle?: number;
};

const mostAwaited = 64;
const mostBuffered = 1_000_000;
const createTries = 8;
const sessionIdTaken = 468;
/** Browsers cannot write this character into a transaction, so ours never meet theirs. */
const own = '~';

export class Link {
  readonly speaker: Speaker;
  readonly #browser: WebSocket;
  readonly #janus: WebSocket;
  readonly #context: LinkContext;
  readonly #awaited = new Map<string, Awaited>();
  #sessionId: number | undefined;
  #handles: Set<number> | undefined = new Set();
  #heard = true;
  #over = false;

  constructor(speaker: Speaker, browser: WebSocket, janus: WebSocket, context: LinkContext) {
    this.speaker = speaker;
    this.#browser = browser;
    this.#janus = janus;
    this.#context = context;
    browser.on('message', (data, isBinary) => this.#fromBrowser(isBinary ? undefined : asText(data)));
    browser.on('pong', () => (this.#heard = true));
    browser.on('error', () => browser.terminate());
    browser.once('close', (code) => this.#browserClosed(code));
    janus.on('message', (data) => this.#fromJanus(asText(data)));
    janus.on('error', () => janus.terminate());
    janus.once('close', () => this.#end(closeCodes.janusGone, 'Janus is gone'));
  }

  get sessionId(): number | undefined {
    return this.#sessionId;
  }

  /** Asks whether the browser is still there; one that did not answer the last time is given up. */
  heartbeat(): void {
    if (!this.#heard) return this.#browser.terminate();
    this.#heard = false;
    this.#browser.ping();
  }

  /** The session stays in Janus, to be claimed again. */
  leave(code: number, reason: string): void {
    this.#end(code, reason);
  }

  /** The session ends with its calls. */
  finish(code: number, reason: string): void {
    this.#destroySession();
    this.#end(code, reason);
  }

  /** Its session was taken over by another line: nothing of it is ours any more. */
  disown(): void {
    this.#sessionId = undefined;
    this.#end(closeCodes.superseded, 'superseded');
  }

  #fromBrowser(text: string | undefined): void {
    if (this.#over) return;
    const pace = this.#context.bucket.take(this.#context.now());
    if (pace === 'leave') return this.#end(closeCodes.policy, 'too many requests');
    const value = text === undefined ? undefined : parseJson(text);
    if (pace === 'refuse') return this.#refuse('too_many', transactionOf(value));
    if (value === undefined) return this.#refuse('not_json', undefined);
    const request = parseRequest(value);
    if (!request) return this.#refuse('malformed', transactionOf(value));
    this.#decide(request);
  }

  #decide(request: BrowserRequest): void {
    const seat: Seat = { sessionId: this.#sessionId, handles: this.#handles };
    const verdict = judge(this.speaker, seat, request, this.#context.policy);
    switch (verdict.outcome) {
      case 'refuse':
        return this.#refuse(verdict.why, request.transaction);
      case 'create':
        return void this.#create(verdict.transaction, 1);
      case 'forward':
        this.#await(request);
        return this.#toJanus(verdict.request);
    }
  }

  async #create(transaction: string, tries: number): Promise<void> {
    if (tries === 1) await this.#context.makeRoom(this);
    if (this.#over) return;
    this.#awaited.set(transaction, { what: 'create', tries });
    const id = this.#context.policy.ownership.sessionId(ownerOf(this.speaker), this.#context.newNonce());
    this.#toJanus({ janus: 'create', transaction, id });
  }

  /** Notes what an answer will mean. */
  #await(request: BrowserRequest): void {
    if (this.#awaited.size >= mostAwaited) this.#awaited.clear();
    const what = request.janus;
    if (what === 'claim' || what === 'attach' || what === 'destroy') {
      this.#awaited.set(request.transaction, { what, tries: 1 });
    } else if (what === 'detach') {
      this.#awaited.set(request.transaction, { what, tries: 1, handle: request.handle_id });
    }
  }

  #fromJanus(text: string): void {
    const value = parseJson(text);
    const { message, strayCall } = passBack(this.speaker.role, value);
    if (strayCall !== undefined) this.#declineStray(strayCall);
    if (!message) return;
    const transaction = typeof message.transaction === 'string' ? message.transaction : undefined;
    if (transaction?.startsWith(own)) return;
    if (transaction !== undefined && this.#answered(transaction, message) === 'again') return;
    this.#toBrowser(message);
  }

  #answered(transaction: string, message: Readonly<Record<string, unknown>>): 'again' | undefined {
    const awaited = this.#awaited.get(transaction);
    if (!awaited || message.janus === 'ack') return undefined;
    this.#awaited.delete(transaction);
    if (message.janus === 'error') {
      if (awaited.what !== 'create' || codeOf(message) !== sessionIdTaken || awaited.tries >= createTries)
        return undefined;
      void this.#create(transaction, awaited.tries + 1);
      return 'again';
    }
    this.#achieved(awaited, message);
    return undefined;
  }

  #achieved(awaited: Awaited, message: Readonly<Record<string, unknown>>): void {
    const id = idOf(message);
    switch (awaited.what) {
      case 'create':
        this.#sessionId = id;
        return;
      case 'claim':
        this.#sessionId = typeof message.session_id === 'number' ? message.session_id : undefined;
        this.#handles = undefined;
        if (this.#sessionId !== undefined) this.#context.tookOver(this, this.#sessionId);
        return;
      case 'attach':
        if (id !== undefined) this.#handles?.add(id);
        return;
      case 'detach':
        if (awaited.handle !== undefined) this.#handles?.delete(awaited.handle);
        return;
      case 'destroy':
        this.#sessionId = undefined;
        this.#handles = new Set();
        return;
    }
  }

  #declineStray(handle: number): void {
    const body = { request: 'decline', code: 480 };
    this.#toJanus({
      janus: 'message',
      transaction: `${own}decline`,
      session_id: this.#sessionId,
      handle_id: handle,
      body,
    });
  }

  #refuse(why: Refusal, transaction: string | undefined): void {
    this.#context.refused(this, why);
    this.#toBrowser(refusalReply(why, transaction, this.#sessionId));
  }

  #toJanus(request: JanusRequest): void {
    const { apiSecret } = this.#context;
    if (this.#janus.readyState !== this.#janus.OPEN) return;
    this.#janus.send(
      JSON.stringify(apiSecret === undefined ? request : { ...request, apisecret: apiSecret }),
    );
  }

  #toBrowser(message: object): void {
    if (this.#browser.readyState !== this.#browser.OPEN) return;
    // A browser that reads nothing would make us remember everything.
    if (this.#browser.bufferedAmount > mostBuffered) return this.#browser.terminate();
    this.#browser.send(JSON.stringify(message));
  }

  #browserClosed(code: number): void {
    if (code === 1000 || code === 1001 || code === 1005) this.#destroySession();
    this.#end(code, '');
  }

  /** Sent before our side closes; Janus reads what came before the close. */
  #destroySession(): void {
    if (this.#sessionId === undefined) return;
    this.#toJanus({ janus: 'destroy', transaction: `${own}destroy`, session_id: this.#sessionId });
    this.#sessionId = undefined;
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#context.closed(this);
    if (this.#browser.readyState <= this.#browser.OPEN) this.#browser.close(code, reason);
    if (this.#janus.readyState <= this.#janus.OPEN) this.#janus.close(1000);
  }
}

const asText = (data: Buffer | ArrayBuffer | Buffer[]): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();

const codeOf = (message: Readonly<Record<string, unknown>>): unknown =>
  (message.error as { code?: unknown } | undefined)?.code;

const idOf = (message: Readonly<Record<string, unknown>>): number | undefined => {
  const id = (message.data as { id?: unknown } | undefined)?.id;
  return typeof id === 'number' ? id : undefined;
};
