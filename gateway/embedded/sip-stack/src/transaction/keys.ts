// How messages find their transaction (RFC 3261 17.1.3, 17.2.3).
import { createHash } from 'node:crypto';
import type { SipRequest, SipResponse } from '../message/types.ts';

export const MAGIC_COOKIE = 'z9hG4bK';

/** Key of a client transaction: our branch and the CSeq method. */
export function clientKey(branch: string, method: string): string {
  return `${branch} ${method}`;
}

/** Client transaction a response belongs to; undefined when its top Via carries no branch. */
export function clientKeyOf(response: SipResponse): string | undefined {
  const { branch } = response.headers.via;
  return branch === undefined ? undefined : clientKey(branch, response.headers.cseq.method);
}

/** Key of the server transaction a request belongs to. ACK belongs to its INVITE. */
export function serverKeyOf(request: SipRequest): string {
  return serverKey(request, request.method === 'ACK' ? 'INVITE' : request.method);
}

/** Key of the INVITE a CANCEL is about (9.2). */
export function cancelledKeyOf(cancel: SipRequest): string {
  return serverKey(cancel, 'INVITE');
}

function serverKey(request: SipRequest, method: string): string {
  const { via } = request.headers;
  const { branch } = via;
  // A branch that is nothing but the cookie identifies nothing (RFC 4475 3.1.2.20).
  if (branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE))
    return `${branch} ${via.host.toLowerCase()} ${via.port ?? ''} ${method}`;
  // RFC 2543 peers (17.2.3). The To tag is left out: the INVITE has none where its ACK has ours.
  const { from, callId, cseq } = request.headers;
  return [
    '2543',
    method,
    request.uri,
    from.tag ?? '',
    callId,
    cseq.number,
    via.host,
    via.port ?? '',
    branch,
  ].join(' ');
}

/** What a request has in common with its copies that came over other paths (8.2.2.2); undefined inside a dialog. */
export function mergeKeyOf(request: SipRequest): string | undefined {
  const { from, to, callId, cseq } = request.headers;
  if (to.tag !== undefined || request.method === 'CANCEL') return undefined;
  return `${callId} ${from.tag ?? ''} ${cseq.number} ${cseq.method}`;
}

/**
 * A branch for forwarding a request without state: the same for the same request, so that its repetitions, its CANCEL
 * and its ACK to a non-2xx stay one transaction further on (16.11).
 */
export function statelessBranch(request: SipRequest): string {
  const { headers } = request;
  const { branch, host, port } = headers.via;
  const cookie = branch?.startsWith(MAGIC_COOKIE) === true && branch.length > MAGIC_COOKIE.length;
  const parts = cookie
    ? [branch, host, port]
    : [
        headers.get('via'),
        headers.to.tag,
        headers.from.tag,
        headers.callId,
        headers.cseq.number,
        request.uri,
      ];
  return MAGIC_COOKIE + createHash('sha1').update(parts.join(' ')).digest('hex').slice(0, 20);
}
