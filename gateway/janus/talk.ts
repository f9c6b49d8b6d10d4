// One Janus session over a WebSocket of ours: requests with their answers, events of its one SIP handle, keepalive.

import { WebSocket } from 'ws';
import { z } from 'zod';
import { LineError } from '../../app/ports/browser-lines.ts';

export interface TalkOptions {
  readonly url: string;
  readonly apiSecret: string | undefined;
  /** A fresh id for the session; asked again when it is taken. */
  readonly newSessionId: () => number;
  readonly opaqueId: string;
  readonly onEvent: (event: SipEvent) => void;
  /** `over`: Janus ended the session; `lost`: the connection broke. */
  readonly onClosed: (why: 'over' | 'lost') => void;
}

export interface SipEvent {
  /** The SIP plugin's word; `webrtc-gone` when the browser's media is no more. */
  readonly event: string;
  readonly code: number | undefined;
  readonly sdp: string | undefined;
}

const answerWithinMs = 5_000;
const keepaliveMs = 25_000;
const createTries = 8;
const sessionIdTaken = 468;

const reply = z.looseObject({
  janus: z.string(),
  transaction: z.string().optional(),
  data: z.object({ id: z.number() }).optional().catch(undefined),
  error: z.object({ code: z.number(), reason: z.string() }).optional(),
});
const sipEvent = z.object({
  plugindata: z.object({
    data: z.object({
      result: z.object({ event: z.string(), code: z.number().optional().catch(undefined) }).optional(),
      error_code: z.number().optional(),
      error: z.string().optional(),
    }),
  }),
  jsep: z.object({ type: z.string(), sdp: z.string() }).optional(),
});

interface Waiting {
  readonly resolve: (message: z.infer<typeof reply>) => void;
  readonly reject: (error: LineError) => void;
  /** A plugin's answer is an event; the ack before it says nothing. */
  readonly event: boolean;
}

export class JanusTalk {
  readonly #options: TalkOptions;
  readonly #ws: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  #keepalive: NodeJS.Timeout | undefined;
  #sessionId = 0;
  #handleId = 0;
  #transaction = 0;
  #closed = false;

  private constructor(ws: WebSocket, options: TalkOptions) {
    this.#ws = ws;
    this.#options = options;
    ws.on('message', (data) => this.#hear((data as Buffer).toString()));
    ws.on('error', () => ws.terminate());
    ws.once('close', () => this.#gone('lost'));
  }

  /** Connects, makes the session, attaches to the SIP plugin. @throws LineError */
  static open(options: TalkOptions): Promise<JanusTalk> {
    return JanusTalk.#connect(options, async (talk) => {
      await talk.#create();
      const attached = await talk.#ask({
        janus: 'attach',
        plugin: 'janus.plugin.sip',
        opaque_id: options.opaqueId,
      });
      talk.#handleId = attached.data?.id ?? 0;
    });
  }

  /** Goes on with a session whose connection is gone, while Janus keeps it. @throws LineError */
  static claim(
    options: TalkOptions,
    left: { readonly sessionId: number; readonly handleId: number },
  ): Promise<JanusTalk> {
    return JanusTalk.#connect(options, async (talk) => {
      talk.#sessionId = left.sessionId;
      talk.#handleId = left.handleId;
      await talk.#ask({ janus: 'claim' });
    });
  }

  static async #connect(options: TalkOptions, begin: (talk: JanusTalk) => Promise<void>): Promise<JanusTalk> {
    const ws = new WebSocket(options.url, 'janus-protocol', {
      handshakeTimeout: answerWithinMs,
      perMessageDeflate: false,
    });
    const talk = new JanusTalk(ws, options);
    try {
      await new Promise<void>((resolve, reject) => {
        ws.once('open', resolve);
        ws.once('error', reject);
      });
      await begin(talk);
    } catch (error) {
      talk.close();
      throw error instanceof LineError
        ? error
        : new LineError('unavailable', 'Janus is not reachable', { cause: error });
    }
    talk.#keepalive = setInterval(() => talk.#send({ janus: 'keepalive' }), keepaliveMs);
    return talk;
  }

  /**
   * One request to the SIP plugin. @returns its first event
   * @throws LineError `refused` or `media` with what Janus says, `timeout`
   */
  async message(body: object, jsep?: { type: 'offer' | 'answer'; sdp: string }): Promise<SipEvent> {
    const answer = await this.#ask(
      { janus: 'message', handle_id: this.#handleId, body, ...(jsep && { jsep }) },
      true,
    );
    return sipEventOf(answer) ?? { event: '', code: undefined, sdp: undefined };
  }

  /** The session and its call end. */
  close(): void {
    if (this.#closed) return;
    if (this.#sessionId !== 0) this.#send({ janus: 'destroy' });
    this.#gone(undefined);
    this.#ws.close(1000);
    setTimeout(() => this.#ws.terminate(), answerWithinMs).unref();
  }

  /** The session stays, to end after its reclaim time. */
  leave(): void {
    this.#gone(undefined);
    this.#ws.terminate();
  }

  async #create(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const id = this.#options.newSessionId();
      const answer = await this.#ask({ janus: 'create', id }).catch((error: unknown) => {
        if (error instanceof LineError && error.message.startsWith(`${sessionIdTaken} `)) return undefined;
        throw error;
      });
      if (answer?.data) {
        this.#sessionId = answer.data.id;
        return;
      }
      if (tries >= createTries) throw new LineError('unavailable', 'Janus gave no session');
    }
  }

  #ask(request: object, event = false): Promise<z.infer<typeof reply>> {
    return new Promise((resolve, reject) => {
      const transaction = `v${(this.#transaction += 1)}`;
      const late = setTimeout(() => {
        this.#waiting.delete(transaction);
        reject(new LineError('timeout', 'Janus did not answer'));
      }, answerWithinMs);
      const done = (): void => {
        clearTimeout(late);
        this.#waiting.delete(transaction);
      };
      this.#waiting.set(transaction, {
        event,
        resolve: (message) => (done(), resolve(message)),
        reject: (error) => (done(), reject(error)),
      });
      this.#send({ ...request, transaction });
    });
  }

  #send(request: object): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    const { apiSecret } = this.#options;
    this.#ws.send(
      JSON.stringify({
        transaction: `v${(this.#transaction += 1)}`,
        ...request,
        ...(this.#sessionId !== 0 && { session_id: this.#sessionId }),
        ...(apiSecret !== undefined && { apisecret: apiSecret }),
      }),
    );
  }

  #hear(text: string): void {
    const parsed = reply.safeParse(JSON.parse(text));
    if (!parsed.success || this.#closed) return;
    const message = parsed.data;
    const waiting = message.transaction === undefined ? undefined : this.#waiting.get(message.transaction);
    if (message.janus === 'error') {
      const { code, reason } = message.error ?? { code: 0, reason: 'refused' };
      if (waiting) return waiting.reject(new LineError('refused', `${code} ${reason}`));
    }
    if (waiting && message.janus === (waiting.event ? 'event' : 'success'))
      return this.#answered(waiting, message);
    this.#told(message);
  }

  #answered(waiting: Waiting, message: z.infer<typeof reply>): void {
    const failed = sipEvent.safeParse(message).data?.plugindata.data;
    if (failed?.error_code !== undefined)
      waiting.reject(new LineError('refused', `${failed.error_code} ${failed.error ?? ''}`));
    else waiting.resolve(message);
  }

  #told(message: z.infer<typeof reply>): void {
    const { onEvent } = this.#options;
    if (message.janus === 'timeout') return this.#gone('over');
    if (message.janus === 'hangup') return onEvent({ event: 'webrtc-gone', code: undefined, sdp: undefined });
    const event = message.janus === 'event' ? sipEventOf(message) : undefined;
    if (event) onEvent(event);
  }

  #gone(why: 'over' | 'lost' | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#keepalive);
    for (const { reject } of [...this.#waiting.values()])
      reject(new LineError('unavailable', 'Janus is gone'));
    if (why === undefined) return;
    this.#ws.terminate();
    this.#options.onClosed(why);
  }
}

function sipEventOf(message: unknown): SipEvent | undefined {
  const parsed = sipEvent.safeParse(message).data;
  const result = parsed?.plugindata.data.result;
  return result && { event: result.event, code: result.code, sdp: parsed.jsep?.sdp };
}
