// What this package's tests share: messages as text, fixtures, stacks on a memory wire under a virtual clock.
import { readFileSync, readdirSync } from 'node:fs';
import {
  createRequest,
  createSipStack,
  MemoryNetwork,
  VirtualClock,
  type RequestParts,
  type SipRequest,
  type SipStack,
  type StackOptions,
} from '../src/index.ts';

const TORTURE = new URL('./fixtures/rfc4475/', import.meta.url);

/** Names of the RFC 4475 messages at hand. */
export function tortureNames(): string[] {
  return readdirSync(TORTURE).map((file) => file.replace(/\.txt$/, ''));
}

/** A message of RFC 4475 as it goes on the wire (the files keep line feeds only). */
export function torture(name: string): Buffer {
  const text = readFileSync(new URL(`${name}.txt`, TORTURE)).toString('latin1');
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
}

/** Lines → bytes with CRLF, the empty line included. */
export function wire(lines: readonly string[], body = ''): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'utf8');
}

/** An ordinary OPTIONS as lines, with lines replaced (`Name: value`), removed (`-Name`) or added. */
export function lines(...changes: string[]): string[] {
  const result = [
    'OPTIONS sip:bob@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=1928301774',
    'To: <sip:bob@example.com>',
    'Call-ID: a84b4c76e66710@192.0.2.1',
    'CSeq: 314159 OPTIONS',
    'Content-Length: 0',
  ];
  for (const change of changes) {
    const name = change.replace(/^-/, '').split(':', 1)[0] ?? '';
    const at = result.findIndex((line) => line.startsWith(`${name}:`));
    if (change.startsWith('-')) result.splice(at, 1);
    else if (at >= 0) result[at] = change;
    else result.push(change);
  }
  return result;
}

/** A counter in place of chance: tags and branches are readable and the same in every run. */
function countingHex(prefix: number): (octets: number) => string {
  let count = 0;
  return (octets) =>
    (prefix * 0x10000 + ++count)
      .toString(16)
      .padStart(octets * 2, '0')
      .slice(-octets * 2);
}

/** A place where stacks talk over memory under one clock. */
export function laboratory(): {
  clock: VirtualClock;
  network: MemoryNetwork;
  stack(host: string, options: Omit<StackOptions, 'clock' | 'network'>): Promise<SipStack>;
} {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  let count = 0;
  return {
    clock,
    network,
    async stack(host, options) {
      const stack = createSipStack({ random: countingHex(++count), ...options, clock, network });
      await stack.listen({ protocol: 'udp', host, port: 5060 });
      return stack;
    },
  };
}

/** A request from `alice` to `bob`, to be sent to the memory host `192.0.2.2`. */
export function requestOf(method: string, parts: Partial<RequestParts> = {}): SipRequest {
  return createRequest({
    method,
    uri: 'sip:bob@192.0.2.2',
    from: '<sip:alice@192.0.2.1>;tag=alice',
    to: '<sip:bob@192.0.2.2>',
    callId: 'call-1',
    cseq: 1,
    ...(method === 'INVITE' ? { headers: { Contact: '<sip:alice@192.0.2.1:5060>' } } : {}),
    ...parts,
  });
}

/** First line of a datagram, shortened: `INVITE`, `200 INVITE`. */
export function label(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const [first = ''] = text.split('\r\n', 1);
  if (!first.startsWith('SIP/2.0 ')) return first.split(' ', 1)[0] ?? '';
  const method = /\r\nCSeq: *[0-9]+ +(\S+)/i.exec(text)?.[1] ?? '';
  return `${first.slice(8, 11)} ${method}`;
}
