// Flow tokens (RFC 5626 section 5.2): the way back to a neighbour, kept in the user part of our own Record-Route or Path,
// so that requests reach a phone behind NAT and a browser where its Contact does not lead. Each side of a call is shown the
// token of the other side: the callee's copy of our entry says how to reach the caller, the caller's how to reach the callee.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Arrival, parseUri, type SipMessage, type SipStack, type Target } from '@cordboard/sip-stack';
import { isUnreachable } from '../edge/nat.ts';

const MAC_OCTETS = 9;

/** A neighbour as a token keeps it: a connection by name, or a UDP address. */
type Flow = { readonly connection: string } | { readonly host: string; readonly port: number };

export class FlowTokens {
  // Tokens of a server that was restarted name connections that are gone: they need not be readable.
  readonly #key = randomBytes(32);

  /** The token that leads to `target`. */
  mint({ flow, host, port }: Target): string {
    const body = flow === undefined ? `udp ${host} ${port}` : `flow ${flow}`;
    const text = Buffer.from(body).toString('base64url');
    return `${text}.${this.#macOf(text)}`;
  }

  /** True for what `mint` made. */
  isToken(text: string): boolean {
    return this.#read(text) !== undefined;
  }

  /** Where a token leads; undefined for one not made here, and when the connection is gone. */
  resolve(stack: SipStack, text: string): Target | undefined {
    const flow = this.#read(text);
    if (!flow) return undefined;
    return 'connection' in flow ? stack.flowTarget(flow.connection) : { protocol: 'udp', ...flow };
  }

  #read(token: string): Flow | undefined {
    const dot = token.indexOf('.');
    const text = token.slice(0, Math.max(dot, 0));
    const [given, right] = [Buffer.from(token.slice(dot + 1)), Buffer.from(this.#macOf(text))];
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const [kind, first = '', second] = Buffer.from(text, 'base64url').toString().split(' ');
    return kind === 'flow' ? { connection: first } : { host: first, port: Number(second) };
  }

  #macOf(text: string): string {
    return createHmac('sha256', this.#key)
      .update(text)
      .digest()
      .subarray(0, MAC_OCTETS)
      .toString('base64url');
  }
}

/**
 * The way back to the neighbour a message came from, where its Contact does not lead there: always over a connection; over
 * UDP when the Contact is an address only its own network knows, or another port of the same host.
 * @param isNeighbour the message was sent by the party its Contact names: no proxy in between record-routed
 */
export function wayBack(
  message: SipMessage,
  { source, flow }: Arrival,
  isNeighbour: boolean,
): Target | undefined {
  if (source.protocol !== 'udp') return { ...source, flow };
  const [contact] = message.headers.contacts;
  const uri = contact && parseUri(contact.uri);
  if (!isNeighbour || uri?.kind !== 'sip') return undefined;
  const { host, port } = source;
  // A 2xx may leave from another port than the phone listens on; a request does not (RFC 3581 section 4).
  const elsewhere =
    uri.host === host ? message.kind === 'request' && (uri.port ?? 5060) !== port : isUnreachable(uri.host);
  return elsewhere ? { protocol: 'udp', host, port } : undefined;
}
