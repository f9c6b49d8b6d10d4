// A browser's end of /janus without a browser: says exactly what a test tells it, well-behaved or not.

import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { until, within } from './until.ts';

export interface JanusMessage {
  readonly janus: string;
  readonly transaction?: string;
  readonly session_id?: number;
  readonly sender?: number;
  readonly data?: { readonly id: number };
  readonly error?: { readonly code: number; readonly reason: string };
  readonly plugindata?: {
    readonly plugin: string;
    readonly data: {
      readonly result?: { readonly event: string; readonly code?: number };
      readonly error_code?: number;
    };
  };
  readonly jsep?: { readonly type: string; readonly sdp: string };
}

/** An audio offer as a browser makes it, without a browser behind it. */
export const audioOffer = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 0 8 101',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2',
  'a=setup:actpass',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  '',
].join('\r\n');

export class JanusClient {
  readonly received: JanusMessage[] = [];
  /** Code with which the socket closed. */
  closedWith: number | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.received.push(JSON.parse(data.toString()) as JanusMessage));
    socket.on('close', (code) => (this.closedWith = code));
    socket.on('error', () => socket.terminate());
  }

  /** @throws Error with the HTTP status when the upgrade is refused */
  static open(
    url: string,
    token: string | undefined,
    headers: Record<string, string> = {},
    protocol = 'janus-protocol',
  ): Promise<JanusClient> {
    const protocols = token === undefined ? [protocol] : [protocol, `cordboard.${token}`];
    const socket = new WebSocket(url, protocols, { headers });
    const opened = new Promise<JanusClient>((resolve, reject) => {
      socket.once('open', () => resolve(new JanusClient(socket)));
      socket.once('unexpected-response', (_, response) => {
        reject(new Error(`refused with ${response.statusCode}`));
        socket.terminate();
      });
      socket.once('error', reject);
    });
    return within('the upgrade', opened, 20_000);
  }

  raw(frame: string | Buffer): void {
    this.#socket.send(frame);
  }

  /** Sends a request and waits for its answer: success, ack or error. */
  async ask(request: Record<string, unknown>, withinMs = 20_000): Promise<JanusMessage> {
    const transaction = randomUUID().slice(0, 12);
    this.raw(JSON.stringify({ transaction, ...request }));
    const wanted = 'transaction' in request ? request.transaction : transaction;
    const about = JSON.stringify(request).slice(0, 80);
    return until(`an answer to ${about}`, () => this.received.find((one) => one.transaction === wanted), {
      withinMs,
    });
  }

  async create(): Promise<number> {
    const { data } = await this.ask({ janus: 'create' });
    if (!data) throw new Error('no session');
    return data.id;
  }

  async attach(session_id: number): Promise<number> {
    const { data } = await this.ask({ janus: 'attach', session_id, plugin: 'janus.plugin.sip' });
    if (!data) throw new Error('no handle');
    return data.id;
  }

  /** The SIP plugin's events, oldest first. */
  get events(): string[] {
    return this.received.flatMap(({ plugindata }) => plugindata?.data.result?.event ?? []);
  }

  event(name: string): Promise<JanusMessage> {
    const find = () => this.received.find(({ plugindata }) => plugindata?.data.result?.event === name);
    return until(`the SIP event ${name}`, find);
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** As a lost network does it. */
  vanish(): void {
    this.#socket.terminate();
  }
}
