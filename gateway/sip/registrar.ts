// The registrar's rules as one pure function: what a REGISTER does to the bindings of an address (RFC 3261 section 10.3).

import type { Registration } from '../../app/ports/registrations.ts';

export interface RegisterRequest {
  /** User part of To: whose bindings these are. */
  readonly address: string;
  readonly callId: string;
  readonly cseq: number;
  readonly contacts: readonly { readonly uri: string; readonly params: Readonly<Record<string, string>> }[];
  /** Expires header, seconds; undefined when absent. */
  readonly expires: number | undefined;
  readonly userAgent: string;
  readonly source: { readonly address: string; readonly port: number; readonly protocol: string };
}

export type RegisterAnswer =
  | {
      readonly outcome: 'accepted';
      readonly save: readonly Registration[];
      readonly remove: readonly Registration[];
      /** The bindings that hold afterwards: they go into the 200's Contact. */
      readonly bindings: readonly Registration[];
    }
  | { readonly outcome: 'refused'; readonly status: 400 | 403 | 423 | 500; readonly reason: string };

export const registrarLimits = {
  /** Seconds. A phone that asks for less is told 423 and the least it may ask for. */
  minExpires: 30,
  /** Seconds. Asking for more is granted this. */
  maxExpires: 3_600,
  defaultExpires: 300,
  maxContacts: 8,
  maxContactLength: 512,
} as const;

const refuse = (status: 400 | 403 | 423 | 500, reason: string): RegisterAnswer => ({
  outcome: 'refused',
  status,
  reason,
});

/** @param existing the live bindings of the address; `now` in epoch milliseconds */
export function register(
  request: RegisterRequest,
  existing: readonly Registration[],
  now: number,
): RegisterAnswer {
  const live = existing.filter((binding) => binding.expiresAt > now);
  if (request.contacts.some(({ uri }) => uri === '*')) return unregisterAll(request, live);
  let bindings = live;
  const save: Registration[] = [];
  const remove: Registration[] = [];
  for (const contact of request.contacts) {
    const problem = contactProblem(contact.uri);
    if (problem) return refuse(400, problem);
    const seconds = lifetime(contact.params['expires'], request.expires);
    if (seconds === undefined) return refuse(400, 'Bad Expires');
    if (seconds > 0 && seconds < registrarLimits.minExpires) return refuse(423, 'Interval Too Brief');
    const old = bindings.find((binding) => sameContact(binding.contact, contact.uri));
    // Section 10.3 step 7: an older or repeated request of the same call must not undo a newer one.
    if (old && isOutOfOrder(request, old)) return refuse(500, 'CSeq Out Of Order');
    bindings = bindings.filter((binding) => binding !== old);
    if (old && (seconds === 0 || old.contact !== contact.uri)) remove.push(old);
    if (seconds > 0) {
      const binding = bindingOf(request, contact.uri, now + seconds * 1_000);
      save.push(binding);
      bindings = [binding, ...bindings];
    }
  }
  if (bindings.length > registrarLimits.maxContacts) return refuse(403, 'Too Many Contacts');
  return { outcome: 'accepted', save, remove, bindings };
}

function unregisterAll(request: RegisterRequest, live: readonly Registration[]): RegisterAnswer {
  if (request.contacts.length !== 1 || request.expires !== 0)
    return refuse(400, 'Contact * needs Expires 0 and no other');
  if (live.some((binding) => isOutOfOrder(request, binding))) return refuse(500, 'CSeq Out Of Order');
  return { outcome: 'accepted', save: [], remove: live, bindings: [] };
}

const isOutOfOrder = (request: RegisterRequest, binding: Registration): boolean =>
  binding.callId === request.callId && request.cseq <= binding.cseq;

/** Contact's own `expires` beats the header; undefined when it is not a number. */
function lifetime(ofContact: string | undefined, header: number | undefined): number | undefined {
  if (ofContact !== undefined && !/^\d{1,10}$/.test(ofContact)) return undefined;
  const asked = ofContact === undefined ? (header ?? registrarLimits.defaultExpires) : Number(ofContact);
  if (!Number.isFinite(asked) || asked < 0) return undefined;
  return Math.min(asked, registrarLimits.maxExpires);
}

/** A contact we could not call back is refused now rather than met later (a non-SIP one crashes drachtio-server). */
function contactProblem(uri: string): string | undefined {
  if (uri.length > registrarLimits.maxContactLength) return 'Contact Too Long';
  // `|` separates destinations on the control connection; sips would promise TLS all the way.
  if (!/^sip:[^\s<>"|,]+$/i.test(uri)) return 'Contact Must Be A SIP URI';
  return undefined;
}

function bindingOf(request: RegisterRequest, contact: string, expiresAt: number): Registration {
  return {
    address: request.address,
    contact,
    flow: flowOf(request.source),
    callId: request.callId,
    cseq: request.cseq,
    userAgent: request.userAgent.slice(0, 200),
    expiresAt,
  };
}

/** Where a packet came from, as Registration.flow writes it: `udp:192.0.2.7:5062`, `tcp:[2001:db8::7]:5062`. */
export const flowOf = ({ address, port, protocol }: RegisterRequest['source']): string =>
  `${protocol}:${address.includes(':') ? `[${address}]` : address}:${port}`;

/**
 * User, host, port and transport decide (RFC 3261 section 19.1.4); other parameters do not: a phone that was restarted varies
 * them, and would leave a dead binding behind with each.
 */
function sameContact(a: string, b: string): boolean {
  const core = (uri: string): string => {
    const transport = /;transport=([^;?]+)/i.exec(uri)?.[1] ?? 'udp';
    return `${uri.split(/[;?]/)[0] ?? ''};${transport}`.toLowerCase();
  };
  return core(a) === core(b);
}

/**
 * The URI to send a request to this binding with: its user and parameters at the address the REGISTER came from. Behind NAT the
 * Contact names an address nobody outside can reach, and over TCP the connection the phone opened is the only way in (RFC 5626's flow).
 */
export function targetOf({ contact, flow }: Registration): string {
  const colon = flow.indexOf(':');
  const [protocol, hostPort] = [flow.slice(0, colon), flow.slice(colon + 1)];
  const [core = '', ...params] = (contact.split('?')[0] ?? '').split(';');
  const user = /^sip:([^@]+@)/i.exec(core)?.[1] ?? '';
  const kept = params.filter((param) => !routingParameter.test(param));
  const transport = protocol === 'udp' ? [] : [`transport=${protocol}`];
  return [`sip:${user}${hostPort}`, ...transport, ...kept].join(';');
}

/** Parameters that would lead a request elsewhere than to the flow, or change what it is. */
const routingParameter = /^(transport|maddr|ttl|lr|method|comp|received|alias)(=|$)/i;
