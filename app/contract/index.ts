// Everything that crosses between a browser and the server, in one import.

export * from './access.ts';
export * from './calls.ts';
export * from './common.ts';
export * from './floor.ts';
export * from './messages.ts';
export * from './operations.ts';
export * from './recordings.ts';
export * from './sessions.ts';
export * from './socket.ts';
export * from './telephony.ts';
