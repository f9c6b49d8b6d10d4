// The far end of an event socket, in this process: frames as FreeSWITCH writes them, replies in order, and every kind of bad
// behaviour a test asks for. It is a peer on a real socket; the client under test is whole.

import net from 'node:net';

type Reply = string | undefined;

export class EslPeer {
  /** Every command received, in order, without its headers. */
  readonly commands: string[] = [];
  /** Headers that came with a command, by the command. */
  readonly headers = new Map<string, string>();
  connections = 0;
  password = 'secret';
  coreUuid = 'core-1';
  /** Answers an api command; undefined = no reply at all. */
  api: (command: string) => Reply = () => '+OK\n';
  bgapi: (command: string) => Reply = () => '+OK Job-UUID: x';
  /** What a new connection is greeted with. */
  greeting = 'Content-Type: auth/request\n\n';
  /** Written piece by piece of so many bytes, when set. */
  pieces: number | undefined;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#join(socket));
  }

  static async open(): Promise<EslPeer> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new EslPeer(server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get url(): string {
    return `esl://:${this.password}@127.0.0.1:${this.port}`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Sends an event; headers as FreeSWITCH names them. */
  event(name: string, headers: Readonly<Record<string, string>> = {}, body?: string): void {
    const all = {
      'Event-Name': name,
      'Core-UUID': this.coreUuid,
      ...headers,
      ...(body === undefined ? {} : { _body: body }),
    };
    this.write(eventFrame(JSON.stringify(all)));
  }

  write(frame: string): void {
    for (const socket of this.#sockets) this.#writeTo(socket, frame);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(socket: net.Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined); // `close` follows.
    socket.on('close', () => this.#sockets.delete(socket));
    let unread = '';
    socket.on('data', (chunk) => {
      unread += chunk.toString('utf8');
      for (let end = unread.indexOf('\n\n'); end >= 0; end = unread.indexOf('\n\n')) {
        this.#receive(socket, unread.slice(0, end).trim());
        unread = unread.slice(end + 2);
      }
    });
    this.#writeTo(socket, this.greeting);
  }

  #receive(socket: net.Socket, text: string): void {
    const [command = '', ...headers] = text.split('\n');
    this.commands.push(command);
    this.headers.set(command, headers.join('\n'));
    const reply = this.#answer(command);
    if (reply !== undefined) this.#writeTo(socket, reply);
  }

  #answer(command: string): Reply {
    if (command.startsWith('auth ')) {
      const accepted = command === `auth ${this.password}`;
      return accepted ? replyFrame('+OK accepted') : replyFrame('-ERR invalid') + farewell;
    }
    if (command.startsWith('event ')) return replyFrame('+OK event listener enabled json');
    if (/^(filter|nixevent|sendevent) /.test(command)) return replyFrame('+OK done');
    if (command === 'api global_getvar core_uuid') return apiFrame(this.coreUuid);
    if (command.startsWith('api ')) return framed(apiFrame, this.api(command.slice(4)));
    if (command.startsWith('bgapi ')) return framed(replyFrame, this.bgapi(command.slice(6)));
    return replyFrame('-ERR command not found');
  }

  #writeTo(socket: net.Socket, frame: string): void {
    const bytes = Buffer.from(frame);
    const size = this.pieces ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
  }
}

const framed = (frame: (text: string) => string, text: Reply): Reply =>
  text === undefined ? undefined : frame(text);

const replyFrame = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`;
export const apiFrame = (body: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;
/** Content-Length comes first in an event's frame. */
export const eventFrame = (json: string): string =>
  `Content-Length: ${Buffer.byteLength(json)}\nContent-Type: text/event-json\n\n${json}`;
export const farewell =
  'Content-Type: text/disconnect-notice\nContent-Length: 67\n\nDisconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
