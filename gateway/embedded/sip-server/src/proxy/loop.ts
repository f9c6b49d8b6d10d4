// Loop detection (RFC 3261 section 16.3 item 4, RFC 5393 section 4.2.1): our branches end in a digest of what decided
// the routing. A request that comes back with a branch of ours and the same digest would only go round again; with
// another digest (a spiral: another request URI) it is welcome.
import { createHash } from 'node:crypto';
import type { SipRequest, SipStack } from '@cordboard/sip-stack';

const DIGEST_LENGTH = 16;

/** A branch for a forwarded request. */
export function proxyBranch(stack: SipStack, received: SipRequest): string {
  return `${stack.newBranch()}.${routingDigest(received)}`;
}

/** True when this very request has been forwarded by us before. */
export function isLoop(stack: SipStack, request: SipRequest): boolean {
  let digest: string | undefined;
  for (const via of request.headers.vias) {
    const suffix = /\.([0-9a-f]{16})$/.exec(via.branch ?? '')?.[1];
    if (suffix === undefined || !stack.isOwnAddress(via.host, via.port)) continue;
    digest ??= routingDigest(request);
    if (suffix === digest) return true;
  }
  return false;
}

function routingDigest({ uri, headers }: SipRequest): string {
  const { callId, from, to, cseq } = headers;
  const decisive = [uri, callId, from.tag, to.tag, cseq.number, ...headers.all('Route')];
  const credentials = ['Proxy-Require', 'Proxy-Authorization'].flatMap((name) => headers.all(name));
  const text = JSON.stringify([...decisive, ...credentials]);
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);
}
