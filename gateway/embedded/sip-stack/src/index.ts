// The package's public face; README.md shows how to use it.
export * from './message/types.ts';
export { InvalidHeader, MissingHeader, SipHeaders } from './message/headers.ts';
export { parseMessage } from './message/parse.ts';
export {
  bodyText,
  cloneRequest,
  cloneResponse,
  createRequest,
  createResponse,
  ensureContentLength,
  serialise,
  setBody,
  type RequestParts,
  type ResponseParts,
} from './message/build.ts';
export { formatNameAddr, parseCSeq, parseNameAddr, parseRAck, parseVia } from './message/values.ts';
export { bracketed, formatUri, parseHostPort, parseUri } from './message/uri.ts';
export { quote, splitList, unquote } from './message/octets.ts';
export { reasonPhrase } from './message/reasons.ts';
export * from './clock.ts';
export * from './transport/types.ts';
export type {
  Channel,
  ChannelReceiver,
  HostPort,
  ListenForWebSockets,
  WebSocketAcceptor,
  WebSocketAddress,
  WebSocketListener,
} from './transport/channel.ts';
export { TlsIdentity, type TlsCertificate, type TlsSettings, type TlsVerify } from './transport/tls.ts';
export { unmapped } from './transport/udp.ts';
export type { DatagramNetwork, DatagramReceiver, DatagramSocket } from './transport/network.ts';
export {
  badWeather,
  fairWeather,
  MemoryNetwork,
  type Crossing,
  type Weather,
} from './transport/memory-network.ts';
export * from './transaction/types.ts';
export { statelessBranch } from './transaction/keys.ts';
export * from './dialog/types.ts';
export { dialogAsUac, dialogAsUas, dialogKey, dialogKeyOfRequest } from './dialog/dialog.ts';
export * from './types.ts';
export { createSipStack, DEFAULT_LIMITS, DEFAULT_TIMERS } from './stack.ts';
export {
  algorithmOf,
  answerChallenge,
  digestResponse,
  formatAuth,
  ha1,
  parseAuth,
  verifyDigest,
  type AuthValue,
  type DigestAlgorithm,
  type DigestInput,
} from './auth/digest.ts';
