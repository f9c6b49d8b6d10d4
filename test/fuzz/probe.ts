// Is it still answering? A well-formed OPTIONS between the wrong messages. What is answered has been through everything
// sent before it, so the probe also keeps the run from outpacing the server.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { DeadlineExceeded, within } from '../support/until.ts';

export class Probe {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #waiting = new Map<string, () => void>();
  #count = 0;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.on('message', (bytes) => {
      const id = /^Call-ID: (p\d+)/m.exec(bytes.toString('latin1'))?.[1];
      if (id === undefined) return;
      this.#waiting.get(id)?.();
      this.#waiting.delete(id);
    });
  }

  static async open(port: number): Promise<Probe> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Probe(socket, port);
  }

  /** Asks; resolves with the milliseconds until any final answer, or undefined after `withinMs`. */
  async ask(withinMs: number): Promise<number | undefined> {
    const id = `p${++this.#count}`;
    const { port } = this.#socket.address();
    const message = [
      `OPTIONS sip:probe@127.0.0.1:${this.#port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKp${this.#count};rport`,
      'Max-Forwards: 70',
      'From: <sip:probe@127.0.0.1>;tag=p',
      `To: <sip:probe@127.0.0.1:${this.#port}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    const begun = performance.now();
    const answered = new Promise<number>((resolve) =>
      this.#waiting.set(id, () => resolve(performance.now() - begun)),
    );
    const send = (): void => this.#socket.send(message, this.#port, '127.0.0.1');
    send();
    // One lost datagram is not a hang; the server answers a repetition from memory.
    const again = setInterval(send, 250);
    try {
      return await within(`answer ${id}`, answered, withinMs);
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      return undefined;
    } finally {
      clearInterval(again);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
