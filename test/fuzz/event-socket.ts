// The one who answers the switch's calls: a client of its event socket that picks up good calls, hangs up all others, and
// has it call the phone that answers wrongly. Written here so that a fault of the product's client hides nothing.
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** How many wrong calls are left talking at a time. */
const TALKING = 5;

export interface Answerer {
  /** Calls that were picked up, and others that were hung up. */
  readonly counts: { picked: number; hungUp: number; placed: number };
  /** Has the switch call a SIP URI. */
  call(uri: string): void;
  close(): void;
}

/** @param isGood says of a caller's number whether the call is to be picked up */
export async function answerCalls(
  port: number,
  password: string,
  isGood: (callerNumber: string) => boolean,
): Promise<Answerer> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const talking: string[] = [];
  const counts = { picked: 0, hungUp: 0, placed: 0 };
  onFrames(socket, (_headers, body) => {
    const event = eventIn(body);
    if (event?.['Event-Name'] !== 'CHANNEL_PARK') return;
    const uuid = event['Unique-ID'] ?? '';
    const good = isGood(event['Caller-Caller-ID-Number'] ?? '');
    counts[good ? 'picked' : 'hungUp'] += 1;
    if (good) return void socket.write(`bgapi uuid_answer ${uuid}\n\n`);
    // Some are picked up for a while, so that what belongs to an answered call meets one.
    if (counts.hungUp % 3 > 0) return void socket.write(`bgapi uuid_kill ${uuid}\n\n`);
    socket.write(`bgapi uuid_answer ${uuid}\n\n`);
    talking.push(uuid);
    if (talking.length > TALKING) socket.write(`bgapi uuid_kill ${talking.shift()}\n\n`);
  });
  socket.write(`auth ${password}\n\nevent json CHANNEL_PARK\n\n`);
  return {
    counts,
    call: (uri) => {
      counts.placed += 1;
      socket.write(`bgapi originate {originate_timeout=5}sofia/cordboard/${uri} &park()\n\n`);
    },
    close: () => socket.destroy(),
  };
}

/** Frames of the event socket: headers to an empty line, then Content-Length octets. */
function onFrames(socket: Socket, take: (headers: string, body: string) => void): void {
  let buffer: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end < 0) return;
      const headers = buffer.toString('utf8', 0, end);
      const length = Number(/^Content-Length: (\d+)/m.exec(headers)?.[1] ?? 0);
      if (buffer.length < end + 2 + length) return;
      take(headers, buffer.toString('utf8', end + 2, end + 2 + length));
      buffer = buffer.subarray(end + 2 + length);
    }
  });
}

function eventIn(body: string): Record<string, string> | undefined {
  if (!body.startsWith('{')) return undefined;
  return JSON.parse(body) as Record<string, string>;
}
