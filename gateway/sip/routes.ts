// Who may call whom at the edge, as a pure decision over what the edge knows of the request. The edge proxies; it never
// anchors a call, and it never guesses: what no row allows is refused.

export type Origin =
  | { readonly kind: 'switch' }
  /** A browser through Janus, with a call ticket that verified. */
  | { readonly kind: 'web'; readonly sessionId: string; readonly queueId: string }
  | { readonly kind: 'trunk'; readonly name: string }
  /** An agent's own phone, authenticated. */
  | { readonly kind: 'phone'; readonly address: string }
  | { readonly kind: 'stranger' };

export type Route =
  /** To the media switch, which parks it; the control plane decides from there. */
  | { readonly to: 'switch'; readonly queueId: string; readonly headers: Readonly<Record<string, string>> }
  /** To every live contact of an address. */
  | { readonly to: 'contacts'; readonly address: string }
  | { readonly to: 'challenge' }
  | { readonly to: 'refuse'; readonly status: 403 | 404 | 405; readonly reason: string };

export interface InviteFacts {
  readonly origin: Origin;
  /** User part of the request URI. */
  readonly requestUser: string;
  /** Carries one of the headers only the edge may write. */
  readonly forgesOurHeaders: boolean;
  /** A ticket was shown, whether or not it verified. */
  readonly showsTicket: boolean;
  /** Queue behind the dialled number; undefined when nothing answers it. */
  readonly numberLeadsTo: string | undefined;
}

const queueName = /^[a-z0-9_-]{1,64}$/;

const refuse = (status: 403 | 404 | 405, reason: string): Route => ({ to: 'refuse', status, reason });

export function routeInvite(facts: InviteFacts): Route {
  const { origin } = facts;
  if (origin.kind === 'switch') return { to: 'contacts', address: facts.requestUser };
  if (facts.forgesOurHeaders) return refuse(403, 'Forbidden');
  // A ticket that does not verify is somebody trying, whoever else she may be; it is no reason to ask for a password.
  if (facts.showsTicket && origin.kind !== 'web') return refuse(403, 'Forbidden');
  switch (origin.kind) {
    case 'web':
      return toQueue(origin.queueId, {
        'X-Cordboard-Source': 'web',
        'X-Cordboard-Session': origin.sessionId,
      });
    case 'trunk':
    case 'phone':
      return facts.numberLeadsTo === undefined
        ? refuse(404, 'Not Found')
        : toQueue(facts.numberLeadsTo, { 'X-Cordboard-Source': 'phone' });
    case 'stranger':
      return { to: 'challenge' };
  }
}

function toQueue(queueId: string, headers: Readonly<Record<string, string>>): Route {
  if (!queueName.test(queueId)) return refuse(404, 'Not Found');
  return { to: 'switch', queueId, headers: { ...headers, 'X-Cordboard-Queue': queueId } };
}
