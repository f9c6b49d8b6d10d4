// One HTTP server carries several WebSocket endpoints, each of which takes only the upgrades to its own path. What nobody
// takes is refused here: left open, such a connection would stay for ever.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Refuses upgrades to any other path.
 * @param taken paths that somebody answers, for example `/socket.io/` and `/janus`
 * @returns the disposer
 */
export function refuseStrayUpgrades(server: Server, taken: readonly string[]): () => void {
  const refuse = (request: IncomingMessage, socket: Duplex): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (taken.includes(path)) return;
    socket.on('error', () => socket.destroy()); // the far end may be gone already
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  };
  server.on('upgrade', refuse);
  return () => server.off('upgrade', refuse);
}
