// Headers by which a request says who is behind it (RFC 3325, RFC 5806, RFC 7044, and Remote-Party-ID from before them). Whoever believes
// them must know who wrote them; and a proxy on drachtio-server can add a header but not take one off, so what must not pass is refused.

import type { EdgeRequest } from './edge-request.ts';
import { parseNameAddrs, userOf } from './name-addr.ts';

export const identityHeaders = [
  'p-asserted-identity',
  'p-preferred-identity',
  'remote-party-id',
  'diversion',
  'history-info',
] as const;

/** Users named by these headers of the request; a tel URI's number counts as one. */
export function claimedUsers(
  request: Pick<EdgeRequest, 'header' | 'headerNames'>,
  names: readonly string[] = identityHeaders,
): readonly string[] {
  const present = names.filter((name) => request.headerNames.includes(name));
  return present.flatMap((name) => {
    const users = parseNameAddrs(request.header(name) ?? '').map(({ uri }) => numberOrUser(uri));
    // A header that is there and cannot be read claims something all the same.
    return users.length === 0 ? [''] : users;
  });
}

/** Does the request claim to be of anybody but this user? */
export const claimsAnother = (request: Pick<EdgeRequest, 'header' | 'headerNames'>, user: string): boolean =>
  claimedUsers(request).some((claimed) => claimed !== user);

const numberOrUser = (uri: string): string => /^tel:([^;>]+)/i.exec(uri)?.[1] ?? userOf(uri);
