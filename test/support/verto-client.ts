// A Verto client without a library: what it says and hears is JSON on a WebSocket. Keeps everything it receives.

import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { until, within } from './until.ts';

export interface VertoEvent {
  readonly eventChannel: string;
  readonly subscribedChannel: string;
  readonly eventSerno: number;
  readonly eventType: string;
  readonly eventTime: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [more: string]: unknown;
}

export interface ServerRequest {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly id: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly [more: string]: unknown };
}

export class VertoClient {
  readonly ws: WebSocket;
  readonly sessid: string;
  /** Frames that are neither our answers nor the server's requests: batches, speed test. */
  readonly others: string[] = [];
  readonly requests: ServerRequest[] = [];
  readonly events: VertoEvent[] = [];
  /** When each event arrived, milliseconds. */
  readonly arrivedAt: number[] = [];
  /** Close code, once it is over. */
  closed: number | undefined;
  readonly #waiting = new Map<unknown, (answer: Answer) => void>();
  #id = 1;

  private constructor(ws: WebSocket, sessid: string) {
    this.ws = ws;
    this.sessid = sessid;
    ws.on('message', (data) => this.#hear((data as Buffer).toString()));
    ws.on('close', (code) => {
      this.closed = code;
      for (const give of this.#waiting.values())
        give({ id: null, error: { code: 0, message: `closed with ${code}` } });
    });
    ws.on('error', () => undefined); // the close tells
  }

  /** @param url of Cordboard, `http://…`; @throws when the upgrade is refused, with its status */
  static async connect(
    url: string,
    options: { sessid?: string; headers?: Record<string, string>; path?: string } = {},
  ): Promise<VertoClient> {
    const { sessid = randomUUID(), headers = {}, path = '/ws' } = options;
    const ws = new WebSocket(url.replace(/^http/, 'ws') + path, { headers, perMessageDeflate: false });
    const client = new VertoClient(ws, sessid);
    await within(
      'the socket opens',
      new Promise<void>((resolve, reject) => {
        ws.once('open', resolve);
        ws.once('error', reject);
      }),
    );
    return client;
  }

  /** Connected and logged in by password. */
  static async logIn(
    url: string,
    user: string,
    passwd: string,
    options: { sessid?: string; headers?: Record<string, string> } = {},
  ): Promise<VertoClient> {
    const client = await VertoClient.connect(url, options);
    await client.logsIn(user, { passwd });
    return client;
  }

  /** By password, or by token. @returns the answer to `login` */
  async logsIn(
    user: string,
    by: { readonly passwd: string } | { readonly token: string },
    waitsMs?: number,
  ): Promise<Readonly<Record<string, unknown>>> {
    const proof =
      'token' in by
        ? { passwd: 'password', loginParams: { xui_sessid: by.token } }
        : { passwd: by.passwd, loginParams: {} };
    return this.must('login', { login: `${user}@cordboard`, ...proof, userVariables: {} }, waitsMs);
  }

  /** One request and its answer. Every request carries the session id, as verto.js does. */
  call(method: string, params: object = {}, waitsMs?: number): Promise<Answer> {
    const id = this.#id++;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.send({ jsonrpc: '2.0', method, params: { sessid: this.sessid, ...params }, id });
    return within(`${method} is answered`, answer, waitsMs);
  }

  /** @throws when the answer is an error */
  async must(
    method: string,
    params: object = {},
    waitsMs?: number,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { result, error } = await this.call(method, params, waitsMs);
    if (!result) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  /** @returns the error's code; 0 when there was none */
  async refused(method: string, params: object = {}): Promise<number> {
    return (await this.call(method, params)).error?.code ?? 0;
  }

  send(value: unknown): void {
    this.sendText(JSON.stringify(value));
  }

  sendText(text: string): void {
    this.ws.send(text);
  }

  /**
   * The first event that matches.
   * @param on the subscription it must come by: each channel is a stream of its own, and one may be later than another
   */
  event(
    eventType: string,
    about: Readonly<Record<string, unknown>> = {},
    { on, withinMs = 30_000 }: { on?: string; withinMs?: number } = {},
  ): Promise<VertoEvent> {
    const matches = (event: VertoEvent): boolean =>
      event.eventType === eventType &&
      (on === undefined || event.subscribedChannel === on) &&
      Object.entries(about).every(([key, value]) => (event.data ?? {})[key] === value);
    const what = `${eventType} ${JSON.stringify(about)}${on === undefined ? '' : ` on ${on}`}`;
    return until(what, () => this.events.find(matches), { withinMs });
  }

  request(method: string, withinMs = 30_000): Promise<ServerRequest> {
    return until(
      `${method} from the server`,
      () => this.requests.find((request) => request.method === method),
      {
        withinMs,
      },
    );
  }

  /** Waits for the close. @returns its code */
  async gone(withinMs = 30_000): Promise<number> {
    await until('the server closes', () => this.closed !== undefined, { withinMs });
    return this.closed ?? 0;
  }

  /** Resolves when the server has answered everything sent so far. */
  async settled(): Promise<void> {
    await this.call('echo', {});
  }

  close(): void {
    this.ws.close();
  }

  #hear(text: string): void {
    const value = parse(text);
    if (Array.isArray(value) || typeof value !== 'object' || value === null) {
      this.others.push(text);
      return;
    }
    const { id, method, params } = value as Partial<ServerRequest>;
    if (method === undefined) {
      const give = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (give) give(value as Answer);
      else this.others.push(text);
    } else if (method === 'verto.event') {
      this.events.push(params as unknown as VertoEvent);
      this.arrivedAt.push(performance.now());
    } else this.requests.push({ id: id ?? 0, method, params: params ?? {} });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // a speed-test frame
  }
}

/** `READY, RESERVED, …` of one agent as one subscription heard them. */
export const statesOf = (client: VertoClient, agent: string, channel: string): string[] =>
  client.events
    .filter(
      (event) =>
        event.eventType === 'agent-state' &&
        event.subscribedChannel === channel &&
        event.data['agent'] === agent,
    )
    .map((event) => String(event.data['state']));
