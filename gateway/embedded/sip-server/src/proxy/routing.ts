// Route and Record-Route as a proxy sees them (RFC 3261 sections 16.4, 16.6 and 16.12, RFC 5658).
import {
  formatUri,
  type ListeningPoint,
  parseNameAddr,
  parseUri,
  type SipRequest,
  type SipStack,
} from '@cordboard/sip-stack';

/** True when the request's topmost Route is one of our addresses: it only passes through. */
export function isRoutedThroughUs(stack: SipStack, request: SipRequest): boolean {
  const [top] = request.headers.routes;
  if (top !== undefined) return isOwnUri(stack, top.uri);
  return isRecordRouteOfOurs(stack, request.uri);
}

/**
 * Takes our own entries off the front of the Route set; both of a pair when transports differ (RFC 5658). A strict
 * router before us put our Record-Route into the request URI and the real one last (16.4): that is undone.
 */
export function takeOffOwnRoutes(stack: SipStack, request: SipRequest): void {
  const { headers } = request;
  if (isRecordRouteOfOurs(stack, request.uri)) {
    const routes = headers.list('Route');
    const last = parseNameAddr(routes.pop() ?? '');
    if (last) {
      request.uri = last.uri;
      headers.remove('Route');
      for (const route of routes) headers.append('Route', route);
    }
  }
  for (;;) {
    const [top] = headers.routes;
    if (top === undefined || !isOwnUri(stack, top.uri)) return;
    headers.shift('Route');
  }
}

/** True when a URI's host and port are ours. */
export function isOwnUri(stack: SipStack, text: string): boolean {
  const uri = parseUri(text);
  return uri?.kind === 'sip' && stack.isOwnAddress(uri.host, uri.port);
}

// What we put into Record-Route carries `lr` and no user; no phone registers such a Contact.
function isRecordRouteOfOurs(stack: SipStack, text: string): boolean {
  const uri = parseUri(text);
  if (uri?.kind !== 'sip' || uri.user !== undefined || !uri.params.has('lr')) return false;
  return stack.isOwnAddress(uri.host, uri.port);
}

/** Our Record-Route (or Path) value for one listening point. */
export function recordRouteOf({ protocol, advertised }: ListeningPoint): string {
  const params = new Map<string, string | null>();
  if (protocol !== 'udp') params.set('transport', protocol);
  params.set('lr', null);
  const { host, port } = advertised;
  return `<${formatUri({ kind: 'sip', scheme: 'sip', user: undefined, password: undefined, host, port, params, headers: undefined })}>`;
}
