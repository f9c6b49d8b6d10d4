// The package's public face; README.md shows how to use it.
export * from './message/types.ts';
export { SipHeaders } from './message/headers.ts';
export * from './clock.ts';
export * from './transport/types.ts';
export * from './transaction/types.ts';
export * from './dialog/types.ts';
export * from './types.ts';
export * from './functions.ts';
