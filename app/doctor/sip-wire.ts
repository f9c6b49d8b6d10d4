// One SIP request over any of the five transports and the answer to it: does that way into the edge work? No transaction beyond repeating
// the request over UDP; calls are for phone.ts.

import { createSocket } from 'node:dgram';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { randomBytes } from 'node:crypto';
import {
  bracketed,
  createRequest,
  parseMessage,
  serialise,
  type HeaderFields,
  type Protocol,
  type SipResponse,
} from '@cordboard/sip-stack';
import { WebSocket } from 'ws';

/** A way in. */
export interface Way {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
}

/** Nobody answered, or not in SIP; the message says what came instead. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const answerMs = 4_000;
/** RFC 3261 section 17.1.2.2, timer E: 500 ms, doubled. */
const repeatAfterMs = [500, 1_500, 3_500];

/** An open way: how to send on it and how to close it. */
interface Line {
  send(bytes: Buffer): void;
  close(): void;
}

/** What a line tells. */
interface Ear {
  opened(line: Line): void;
  received(bytes: Buffer): void;
  failed(why: string): void;
}

/**
 * Sends one request and waits for its final answer.
 * @throws NoAnswer
 */
export function ask(
  way: Way,
  method: string,
  parts: { readonly user?: string; readonly headers?: HeaderFields } = {},
): Promise<SipResponse> {
  const id = randomBytes(8).toString('hex');
  const bytes = requestFor(way, { id, method, ...parts });
  return new Promise((resolve, reject) => {
    const timers: NodeJS.Timeout[] = [];
    const closing: (() => void)[] = [];
    const end = (settle: () => void): void => {
      for (const timer of timers) clearTimeout(timer);
      for (const close of closing) close();
      settle();
    };
    const fail = (why: string): void => end(() => reject(new NoAnswer(why)));
    timers.push(setTimeout(() => fail(`no answer within ${answerMs / 1000} s`), answerMs));
    openers[way.protocol](way, {
      opened(line) {
        closing.push(() => line.close());
        line.send(bytes);
        if (way.protocol !== 'udp') return;
        for (const after of repeatAfterMs) timers.push(setTimeout(() => line.send(bytes), after));
      },
      received(answer) {
        const response = finalAnswer(answer, id);
        if (response) end(() => resolve(response));
      },
      failed: fail,
    });
  });
}

interface Wish {
  readonly id: string;
  readonly method: string;
  readonly user?: string;
  readonly headers?: HeaderFields;
}

function requestFor({ protocol, host, port }: Way, { id, method, user, headers = {} }: Wish): Buffer {
  const secure = protocol === 'tls' || protocol === 'wss' ? 'sips' : 'sip';
  const place = bracketed(host);
  const party = `<${secure}:${user === undefined ? '' : `${user}@`}${place}>`;
  const request = createRequest({
    method,
    uri: `${secure}:${place}:${port}`,
    from: `${party};tag=${id}`,
    to: party,
    callId: id,
    cseq: 1,
    headers,
  });
  // The far end answers where the request came from (RFC 3581, RFC 7118): no address of ours has to be right.
  const rport = protocol === 'udp' ? ';rport' : '';
  request.headers.prepend(
    'Via',
    `SIP/2.0/${protocol.toUpperCase()} doctor.invalid${rport};branch=z9hG4bK${id}`,
  );
  request.headers.set('Content-Length', 0);
  return serialise(request);
}

function finalAnswer(bytes: Buffer, callId: string): SipResponse | undefined {
  const parsed = parseMessage(bytes);
  if (parsed.outcome !== 'ok' || parsed.message.kind !== 'response') return undefined;
  const response = parsed.message;
  return response.status >= 200 && response.headers.get('Call-ID') === callId ? response : undefined;
}

type Open = (way: Way, ear: Ear) => void;

const openUdp: Open = ({ host, port }, ear) => {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let open = true;
  socket.on('message', (bytes) => ear.received(bytes));
  // A connected socket hears of a closed port (ICMP).
  socket.on('error', (error) => ear.failed(`${error.message}: nobody listens there`));
  socket.connect(port, host, () =>
    ear.opened({
      send: (bytes) => open && socket.send(bytes),
      close() {
        if (open) socket.close();
        open = false;
      },
    }),
  );
};

const overStream =
  (open: (way: Way, ready: () => void) => Socket): Open =>
  (way, ear) => {
    let unread = Buffer.alloc(0);
    const socket = open(way, () =>
      ear.opened({ send: (bytes) => void socket.write(bytes), close: () => void socket.destroy() }),
    );
    socket.on('data', (chunk) => {
      unread = Buffer.concat([unread, chunk]);
      ear.received(unread);
    });
    socket.on('error', (error) => ear.failed(error.message));
    socket.on('close', () => ear.failed('the connection was closed'));
  };

const openWebSocket: Open = ({ protocol, host, port }, ear) => {
  const socket = new WebSocket(`${protocol}://${bracketed(host)}:${port}`, 'sip', {
    rejectUnauthorized: false,
  });
  socket.on('open', () =>
    ear.opened({ send: (bytes) => socket.send(bytes.toString()), close: () => socket.terminate() }),
  );
  socket.on('message', (data) => ear.received(Buffer.from(data as Buffer)));
  socket.on('error', (error) => ear.failed(error.message));
};

/** Certificates are looked at apart (checks/certificates.ts); here the question is whether SIP passes. */
const openers: Readonly<Record<Protocol, Open>> = {
  udp: openUdp,
  tcp: overStream(({ host, port }, ready) => connectTcp({ host, port }, ready)),
  tls: overStream(({ host, port }, ready) => connectTls({ host, port, rejectUnauthorized: false }, ready)),
  ws: openWebSocket,
  wss: openWebSocket,
};
