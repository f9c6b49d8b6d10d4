// A load of calls, as phones and a trunk make them: callers that come in over a trunk and wait to be hung up on, agents that ring,
// answer, talk for a while and hang up. Signalling on the SIP stack, and just enough silence by RTP that nobody is taken for dead
// (media_timeout); each says what became of each of its calls.
//
//   caller:  INVITE ──200──► in line, with music … talking ──BYE──► told        agent:  INVITE ──180, 200──► talks ──BYE──►

import { createSocket } from 'node:dgram';
import {
  answerChallenge,
  bodyText,
  createRequest,
  createSipStack,
  dialogKeyOfRequest,
  formatAuth,
  parseAuth,
  type Body,
  type Dialog,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type SipStack,
  type Target,
  type UasInvite,
} from '@cordboard/sip-stack';
import { within } from './until.ts';

/** How a caller's call ended, and when (epoch milliseconds). */
export type CallerEnd =
  /** The far side hung up, with this Reason. */
  | { readonly how: 'told'; readonly reason: string | undefined; readonly at: number }
  /** Not let in. */
  | {
      readonly how: 'refused';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly at: number;
    };

export interface CallerCall {
  /** Calls from this number, and nobody else does. */
  readonly number: string;
  /** Epoch milliseconds, with fractions. */
  readonly begun: number;
  answeredAt?: number;
  end?: CallerEnd;
}

export interface AgentCall {
  readonly agent: string;
  /** Who calls, as her phone was shown it. */
  readonly caller: string;
  /** Epoch milliseconds, with fractions. */
  readonly invitedAt: number;
  readonly answeredAt: number;
  /** `own`: the agent hung up after her talk. `far`: it was hung up for her. */
  end?: { readonly how: 'own' | 'far'; readonly reason: string | undefined; readonly at: number };
}

const sessionOf = (host: string, port: number): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendrecv',
    '',
  ].join('\r\n');

const preciseNow = (): number => performance.timeOrigin + performance.now();

const packetEveryMs = 2_000;
/** As carriers do: a call that nothing but 100 Trying is heard of is taken back, and ends with 487. */
const patienceMs = 20_000;
/** RTP (RFC 3550): version 2, PCMU, and 20 ms of silence. */
const silence = Buffer.concat([
  Buffer.from([0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4]),
  Buffer.alloc(160, 0xff),
]);

abstract class Party {
  protected readonly stack: SipStack;
  protected readonly host: string;
  protected readonly edge: Target;
  readonly #dialogs = new Map<string, (bye: SipRequest) => void>();
  readonly #answering = new Set<UasInvite>();
  /** Where the far side of each call takes sound, by dialog. */
  readonly #ears = new Map<string, { readonly host: string; readonly port: number }>();
  readonly #rtp = createSocket('udp4');
  #pacer: NodeJS.Timeout | undefined;
  #port = 0;
  #closed = false;

  protected constructor(host: string, edge: Target) {
    this.host = host;
    this.edge = edge;
    this.stack = createSipStack({
      tryingAfter: 0,
      handlers: {
        request: (transaction) => this.#request(transaction),
        ack: (ack, arrival) => {
          for (const invite of this.#answering)
            if (invite.receiveAck(ack, arrival)) return void this.#answering.delete(invite);
        },
      },
    });
  }

  protected async listen(): Promise<void> {
    this.#rtp.on('error', () => undefined); // Their switch died: said by signalling, or not at all.
    await new Promise<void>((resolve) => this.#rtp.bind(0, this.host, resolve));
    this.#pacer = setInterval(() => {
      for (const { host, port } of this.#ears.values()) this.#rtp.send(silence, port, host);
    }, packetEveryMs);
    this.#port = (await this.stack.listen({ protocol: 'udp', host: this.host, port: 0 })).port;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#pacer);
    await this.stack.close();
    await new Promise<void>((resolve) => this.#rtp.close(() => resolve()));
  }

  /** Where it is called, on its address. */
  get port(): number {
    return this.#port;
  }

  protected get description(): Body {
    return { type: 'application/sdp', content: sessionOf(this.host, this.#rtp.address().port) };
  }

  /** Hears of the far side's BYE. @param session how the far side described itself */
  protected remember(dialog: Dialog, session: string, onBye: (bye: SipRequest) => void): void {
    this.#dialogs.set(dialog.key, onBye);
    const host = /^c=IN IP4 (\S+)/m.exec(session)?.[1];
    const port = Number(/^m=audio (\d+)/m.exec(session)?.[1] ?? 0);
    if (host !== undefined && port > 0) this.#ears.set(dialog.key, { host, port });
  }

  protected forget(dialog: Dialog): void {
    this.#dialogs.delete(dialog.key);
    this.#ears.delete(dialog.key);
  }

  protected answering(invite: UasInvite): void {
    this.#answering.add(invite);
  }

  /** As a phone does it: a server whose port is closed for the moment is asked again, also when the network says so (ICMP). */
  protected say(dialog: Dialog, method: string, tries = 60): void {
    const hop = dialog.nextHop();
    if (!hop) return;
    const again = (): void => {
      if (tries > 0 && !this.#closed) setTimeout(() => this.say(dialog, method, tries - 1), 500).unref();
    };
    this.stack
      .clientTransaction(dialog.createRequest(method), hop, { events: { transportFailed: again } })
      .send();
  }

  protected abstract invited(transaction: ServerTransaction): void;

  #request(transaction: ServerTransaction): void {
    const { request } = transaction;
    const respond = (status: number): void => void transaction.respond(transaction.createResponse(status));
    if (request.method === 'INVITE' && request.headers.to.tag === undefined) return this.invited(transaction);
    if (request.method === 'CANCEL') {
      const invite = [...this.#answering].find((one) => one.transaction === transaction.cancels);
      if (invite) {
        this.#answering.delete(invite);
        return void invite.receiveCancel(transaction);
      }
      return respond(481);
    }
    if (request.method !== 'BYE') return respond(200); // OPTIONS: I am here.
    const onBye = this.#dialogs.get(dialogKeyOfRequest(request) ?? '');
    respond(onBye ? 200 : 481);
    onBye?.(request);
  }
}

type HeadersOf = (number: string) => Readonly<Record<string, string>>;

/** Callers behind one trunk, each with a number of her own. */
export class Trunk extends Party {
  readonly calls: CallerCall[] = [];
  readonly #dialled: string;
  readonly #headersOf: HeadersOf;

  private constructor(host: string, edge: Target, dialled: string, headersOf: HeadersOf) {
    super(host, edge);
    this.#dialled = dialled;
    this.#headersOf = headersOf;
  }

  /**
   * @param host a trunk's address
   * @param dialled the number they call
   * @param headersOf what the INVITE of a caller's number carries besides, for whoever stands where the edge would
   */
  static async open(
    host: string,
    edge: Target,
    dialled = '4000',
    headersOf: HeadersOf = () => ({}),
  ): Promise<Trunk> {
    const trunk = new Trunk(host, edge, dialled, headersOf);
    await trunk.listen();
    return trunk;
  }

  /** Calls that have neither been refused nor hung up on. */
  get open(): number {
    return this.calls.filter(({ end }) => end === undefined).length;
  }

  call(): CallerCall {
    const call: CallerCall = {
      number: `49301${String(this.calls.length).padStart(6, '0')}`,
      begun: preciseNow(),
    };
    this.calls.push(call);
    const uri = `sip:${this.#dialled}@${this.edge.host}:${this.edge.port}`;
    const contact = this.stack.contactFor(this.edge, call.number);
    const invite = this.stack.uacInvite(
      createRequest({
        method: 'INVITE',
        uri,
        from: `<sip:${call.number}@${this.host}>;tag=${this.stack.newTag()}`,
        to: `<${uri}>`,
        callId: this.stack.newCallId(),
        cseq: 1,
        headers: { Contact: contact, ...this.#headersOf(call.number) },
        body: this.description,
      }),
      this.edge,
    );
    const patience = setTimeout(() => invite.createCancel()?.send(), patienceMs).unref();
    const refused = (status: number, retryAfter?: string): void => {
      clearTimeout(patience);
      call.end ??= { how: 'refused', status, retryAfter, at: Date.now() };
    };
    invite.events = {
      progress: () => clearTimeout(patience),
      answered: (response, dialog) => {
        clearTimeout(patience);
        invite.ack(dialog).send();
        call.answeredAt = Date.now();
        this.remember(dialog, bodyText(response), (bye) => {
          this.forget(dialog);
          call.end ??= { how: 'told', reason: bye.headers.get('Reason'), at: Date.now() };
        });
      },
      rejected: ({ status, headers }) => refused(status, headers.get('Retry-After')),
      timedOut: () => refused(408),
      transportFailed: () => refused(503),
    };
    invite.send();
    return call;
  }

  protected invited(transaction: ServerTransaction): void {
    transaction.respond(transaction.createResponse(404));
  }
}

/** Desk phones of several agents on one address, each registered under her name. */
export class Desks extends Party {
  readonly calls: AgentCall[] = [];
  readonly #talkMs: () => number;
  /** Those who talk: when, and how they say good-bye. */
  readonly #talking = new Map<NodeJS.Timeout, () => void>();

  private constructor(edge: Target, talkMs: () => number) {
    super('127.0.0.1', edge);
    this.#talkMs = talkMs;
  }

  /** @param talkMs how long the next call is talked */
  static async open(edge: Target, talkMs: () => number): Promise<Desks> {
    const desks = new Desks(edge, talkMs);
    await desks.listen();
    return desks;
  }

  /** @throws when it is not accepted */
  async register(user: string, password: string, expires = 3_600): Promise<void> {
    const uri = `sip:${this.edge.host}:${this.edge.port}`;
    const party = `<sip:${user}@${this.edge.host}>`;
    const base = {
      method: 'REGISTER',
      uri,
      from: `${party};tag=${this.stack.newTag()}`,
      to: party,
      callId: this.stack.newCallId(),
    };
    const headers = { Contact: this.stack.contactFor(this.edge, user), Expires: expires };
    const first = await this.#ask(createRequest({ ...base, cseq: 1, headers }));
    const challenge = parseAuth(first.headers.get('WWW-Authenticate') ?? '');
    const answer =
      challenge &&
      answerChallenge(challenge, { user, password, method: 'REGISTER', uri }, this.stack.newTag());
    if (!answer) throw new Error(`${user} was not challenged: ${first.status}`);
    const second = await this.#ask(
      createRequest({ ...base, cseq: 2, headers: { ...headers, Authorization: formatAuth(answer) } }),
    );
    if (second.status !== 200) throw new Error(`${user} was not registered: ${second.status}`);
  }

  #ask(request: SipRequest): Promise<SipResponse> {
    const answer = new Promise<SipResponse>((resolve, reject) => {
      const events = {
        response: (response: SipResponse) => {
          if (response.status >= 200) resolve(response);
        },
        timedOut: () => reject(new Error('no answer')),
      };
      this.stack.clientTransaction(request, this.edge, { events }).send();
    });
    return within('an answer to REGISTER', answer);
  }

  /** Everybody who talks says good-bye. */
  hangUpAll(): void {
    for (const hangUp of this.#talking.values()) hangUp();
  }

  protected invited(transaction: ServerTransaction): void {
    const invitedAt = preciseNow();
    const agent = /^sips?:([^@;]+)@/.exec(transaction.request.uri)?.[1] ?? '';
    const invite = this.stack.uasInvite(transaction, { contact: this.stack.contactFor(this.edge, agent) });
    this.answering(invite);
    invite.respond(180);
    if (!invite.respond(200, { body: this.description })) return;
    const { dialog } = invite;
    if (!dialog) return;
    const caller = /^sips?:([^@;]+)@/.exec(transaction.request.headers.from.uri)?.[1] ?? '';
    const call: AgentCall = { agent, caller, invitedAt, answeredAt: Date.now() };
    this.calls.push(call);
    const hangUp = (): void => {
      clearTimeout(timer);
      this.#talking.delete(timer);
      if (call.end) return;
      call.end = { how: 'own', reason: undefined, at: Date.now() };
      this.forget(dialog);
      this.say(dialog, 'BYE');
    };
    const timer = setTimeout(hangUp, this.#talkMs());
    this.#talking.set(timer, hangUp);
    this.remember(dialog, bodyText(transaction.request), (bye) => {
      clearTimeout(timer);
      this.#talking.delete(timer);
      this.forget(dialog);
      call.end ??= { how: 'far', reason: bye.headers.get('Reason'), at: Date.now() };
    });
  }

  override async close(): Promise<void> {
    for (const timer of this.#talking.keys()) clearTimeout(timer);
    await super.close();
  }
}
