// Route and Record-Route as a proxy sees them (RFC 3261 sections 16.4, 16.6 and 16.12, RFC 5658).
import {
  formatUri,
  type ListeningPoint,
  parseNameAddr,
  parseUri,
  type SipRequest,
  type SipResponse,
  type SipStack,
  type SipUri,
  type Target,
} from '@cordboard/sip-stack';
import type { Edge } from '../edge/edge.ts';

/** True when the request's topmost Route is one of our addresses: it only passes through. */
export function isRoutedThroughUs(edge: Edge, request: SipRequest): boolean {
  const [top] = request.headers.routes;
  if (top !== undefined) return isOwnUri(edge.stack, top.uri);
  return isRecordRouteOfOurs(edge, request.uri);
}

/**
 * Takes our own entries off the front of the Route set; both of a pair when transports differ (RFC 5658). A strict
 * router before us put our Record-Route into the request URI and the real one last (16.4): that is undone.
 * @returns where a flow token in them leads, as long as that is known
 */
export function takeOffOwnRoutes(edge: Edge, request: SipRequest): Target | undefined {
  const { headers } = request;
  let flow: Target | undefined;
  if (isRecordRouteOfOurs(edge, request.uri)) {
    const routes = headers.list('Route');
    const last = parseNameAddr(routes.pop() ?? '');
    if (last) {
      flow = flowOf(edge, request.uri);
      request.uri = last.uri;
      headers.remove('Route');
      for (const route of routes) headers.append('Route', route);
    }
  }
  for (;;) {
    const [top] = headers.routes;
    if (top === undefined || !isOwnUri(edge.stack, top.uri)) return flow;
    flow = flowOf(edge, top.uri) ?? flow;
    headers.shift('Route');
  }
}

function flowOf({ flowTokens, stack }: Edge, text: string): Target | undefined {
  const uri = parseUri(text);
  return uri?.kind === 'sip' && uri.user !== undefined ? flowTokens.resolve(stack, uri.user) : undefined;
}

/**
 * Shows the caller, in our Record-Route of a response that makes a dialog, the way to the callee instead of the way back
 * to the caller, which the callee was shown (RFC 5626 section 5.3; RFC 3261 16.7 step 8 lets a proxy change its own entry).
 */
export function pointRecordRoutes(edge: Edge, response: SipResponse, callee: Target | undefined): void {
  const { headers } = response;
  const values = headers.list('Record-Route');
  const token = callee && edge.flowTokens.mint(callee);
  const pointed = values.map((value) => {
    const uri = parseUri(parseNameAddr(value)?.uri ?? '');
    if (uri?.kind !== 'sip' || !isOurEntry(edge, uri)) return value;
    return uri.user === token ? value : `<${formatUri({ ...uri, user: token })}>`;
  });
  if (pointed.every((value, at) => value === values[at])) return;
  headers.remove('Record-Route');
  for (const value of pointed) headers.append('Record-Route', value);
}

/** True when a URI's host and port are ours. */
export function isOwnUri(stack: SipStack, text: string): boolean {
  const uri = parseUri(text);
  return uri?.kind === 'sip' && stack.isOwnAddress(uri.host, uri.port);
}

function isRecordRouteOfOurs(edge: Edge, text: string): boolean {
  const uri = parseUri(text);
  return uri?.kind === 'sip' && isOurEntry(edge, uri);
}

// What we put into Record-Route carries `lr` and no user but a flow token; no phone registers such a Contact.
function isOurEntry({ stack, flowTokens }: Edge, { user, host, port, params }: SipUri): boolean {
  if (!params.has('lr') || (user !== undefined && !flowTokens.isToken(user))) return false;
  return stack.isOwnAddress(host, port);
}

/** Our Record-Route (or Path) value for one listening point, with the flow token of the side it does not face. */
export function recordRouteOf({ protocol, advertised }: ListeningPoint, token?: string): string {
  const params = new Map<string, string | null>();
  if (protocol !== 'udp') params.set('transport', protocol);
  params.set('lr', null);
  const { host, port } = advertised;
  return `<${formatUri({ kind: 'sip', scheme: 'sip', user: token, password: undefined, host, port, params, headers: undefined })}>`;
}
