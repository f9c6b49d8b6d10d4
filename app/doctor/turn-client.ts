// A TURN client (RFC 8656) for one try: an allocation with our credentials, and a packet from outside through the relay back to us.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { randomBytes } from 'node:crypto';
import { iceServersFor, type TurnServer } from '../auth/turn.ts';
import {
  lengthOf,
  methods,
  parseStun,
  requestOf,
  xorAddress,
  type Attribute,
  type Credentials,
  type Method,
  type StunAddress,
  type StunMessage,
} from './stun.ts';

/** How the try ended before sound could pass. */
export class TurnRefusal extends Error {
  override readonly name = 'TurnRefusal';
  readonly reason: 'silent' | 'credentials' | 'allocation' | 'permission';
  constructor(reason: TurnRefusal['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface TurnOutcome {
  /** Where others would send to us. */
  readonly relay: StunAddress;
  /** A packet sent there came back to us. */
  readonly passes: boolean;
}

const answerMs = 3_000;
const repeatMs = 500;
const udp = 17;

/** @throws TurnRefusal */
export async function tryTurn(server: TurnServer, now: number): Promise<TurnOutcome> {
  const [ice] = iceServersFor([server], 'doctor', now);
  if (!ice) throw new Error('a server without credentials');
  const line = await openLine(server);
  try {
    return await allocateAndRelay(line, { username: ice.username, password: ice.credential });
  } finally {
    line.close();
  }
}

async function allocateAndRelay(
  line: TurnLine,
  who: { username: string; password: string },
): Promise<TurnOutcome> {
  const transport: readonly [Attribute, Buffer] = ['requestedTransport', Buffer.from([udp, 0, 0, 0])];
  const challenge = await line.ask('allocate', [transport]);
  const [realm, nonce] = [challenge.text('realm'), challenge.text('nonce')];
  if (realm === undefined || nonce === undefined)
    throw new TurnRefusal('allocation', `it asks for no credentials (${wordsOf(challenge)})`);
  const credentials: Credentials = { ...who, realm, nonce };
  const allocated = await line.ask('allocate', [transport], credentials);
  const relay = allocated.address('xorRelayedAddress');
  const mapped = allocated.address('xorMappedAddress');
  if (allocated.error?.code === 401) throw new TurnRefusal('credentials', wordsOf(allocated));
  if (!relay || !mapped) throw new TurnRefusal('allocation', wordsOf(allocated));
  const permitted = await line.ask('createPermission', [['xorPeerAddress', xorAddress(mapped)]], credentials);
  if (permitted.class !== 'success') throw new TurnRefusal('permission', wordsOf(permitted));
  const passes = await comesThrough(line, relay);
  await line.ask('refresh', [['lifetime', Buffer.alloc(4)]], credentials);
  return { relay, passes };
}

const wordsOf = ({ error }: StunMessage): string =>
  error ? `${error.code} ${error.reason}` : 'no reason given';

/** Somebody else's packet to the relay address is to reach us as a Data indication. */
async function comesThrough(line: TurnLine, relay: StunAddress): Promise<boolean> {
  const word = randomBytes(8);
  const stranger = createSocket('udp4');
  const heard = line.indication((message) => message.bytes('data')?.equals(word) === true);
  const send = (): void => stranger.send(word, relay.port, relay.host);
  send();
  const again = setInterval(send, repeatMs);
  const came = await heard;
  clearInterval(again);
  stranger.close();
  return came;
}

class TurnLine {
  readonly close: () => void;
  readonly #send: (bytes: Buffer) => void;
  readonly #isDatagram: boolean;
  readonly #ears = new Set<(message: StunMessage) => void>();

  constructor(send: (bytes: Buffer) => void, close: () => void, isDatagram: boolean) {
    this.#send = send;
    this.close = close;
    this.#isDatagram = isDatagram;
  }

  receive(bytes: Buffer): void {
    const message = parseStun(bytes);
    if (message) for (const ear of this.#ears) ear(message);
  }

  /** @throws TurnRefusal `silent` */
  async ask(
    method: Method,
    given: readonly (readonly [Attribute, Buffer])[],
    credentials?: Credentials,
  ): Promise<StunMessage> {
    const { bytes, transaction } = requestOf(method, given, credentials);
    const answered = this.#wait((message) => message.transaction === transaction);
    this.#send(bytes);
    const again = this.#isDatagram ? setInterval(() => this.#send(bytes), repeatMs) : undefined;
    const answer = await answered;
    clearInterval(again);
    if (!answer) throw new TurnRefusal('silent', `no answer within ${answerMs / 1_000} s`);
    return answer;
  }

  async indication(fits: (message: StunMessage) => boolean): Promise<boolean> {
    const isIt = (message: StunMessage): boolean =>
      message.class === 'indication' && message.method === methods.data && fits(message);
    return (await this.#wait(isIt)) !== undefined;
  }

  #wait(fits: (message: StunMessage) => boolean): Promise<StunMessage | undefined> {
    return new Promise((resolve) => {
      const end = (message: StunMessage | undefined): void => {
        clearTimeout(timer);
        this.#ears.delete(ear);
        resolve(message);
      };
      const ear = (message: StunMessage): void => void (fits(message) && end(message));
      const timer = setTimeout(() => end(undefined), answerMs);
      this.#ears.add(ear);
    });
  }
}

const openLine = ({ scheme, host, port }: TurnServer): Promise<TurnLine> =>
  scheme === 'turn' ? openDatagrams(host, port) : openSecured(host, port);

async function openDatagrams(host: string, port: number): Promise<TurnLine> {
  const socket: UdpSocket = createSocket('udp4');
  const opened = once(socket, 'connect').catch((error: unknown) => {
    throw new TurnRefusal('silent', String(error));
  });
  socket.connect(port, host);
  await opened;
  const line = new TurnLine(
    (bytes) => socket.send(bytes),
    () => socket.close(),
    true,
  );
  socket.on('message', (bytes) => line.receive(bytes));
  socket.on('error', () => undefined); // A closed port: the answer that does not come says so.
  return line;
}

/** Messages on a stream follow one another without anything between (RFC 8656 section 3.1). */
async function openSecured(host: string, port: number): Promise<TurnLine> {
  const socket = connectTls({ host, port, servername: host, timeout: answerMs });
  await once(socket, 'secureConnect').catch((error: unknown) => {
    socket.destroy();
    throw new TurnRefusal('silent', error instanceof Error ? error.message : String(error));
  });
  const line = new TurnLine(
    (bytes) => void socket.write(bytes),
    () => void socket.destroy(),
    false,
  );
  let unread = Buffer.alloc(0);
  socket.on('error', () => undefined); // As above.
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (let length = lengthOf(unread); length !== undefined && unread.length >= length;) {
      line.receive(unread.subarray(0, length));
      unread = unread.subarray(length);
      length = lengthOf(unread);
    }
  });
  return line;
}
