// The package's public face; README.md shows how to use it.
export { PROTOCOL_VERSION, startSipServer } from './server.ts';
export type { Address, SipServer, SipServerOptions } from './server.ts';
export { type Given, parseAddress, transportOptions, UsageError } from './transport-options.ts';
export type { CertificateFiles } from './transport/certificates.ts';
