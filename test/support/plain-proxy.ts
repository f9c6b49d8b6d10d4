// A reverse proxy as it comes out of the box: it passes requests on and knows nothing of WebSockets.

import { once } from 'node:events';
import { createServer, request as requestTo } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PlainProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** @param host the Host header that arrives: the one the client gave, or the one behind the proxy */
export async function plainProxy(target: string, host: 'given host' | 'own host'): Promise<PlainProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    // Hop by hop (RFC 9110 section 7.6.1): a proxy that does not speak of them takes them out.
    const { connection: _, upgrade: __, ...headers } = incoming.headers;
    const given = host === 'given host' ? headers : { ...headers, host: `${hostname}:${port}` };
    const passed = requestTo({ hostname, port, path: incoming.url, method: incoming.method, headers: given });
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
