// The TCP port applications connect to.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { AppConnection, type ConnectionHost } from './app-connection.ts';

export interface ControlServer {
  readonly address: { readonly host: string; readonly port: number };
  /** Applications connected now. */
  readonly connections: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/**
 * Listens for applications.
 * @param at address to bind; port 0 takes any free one
 * @throws the `listen` error (EADDRINUSE …) when the address cannot be had
 */
export async function listenForApps(
  at: { readonly host: string; readonly port: number },
  host: ConnectionHost,
  maxConnections = 256,
): Promise<ControlServer> {
  const connections = new Set<AppConnection>();
  const server = createServer((socket) => {
    const connection = new AppConnection(socket, host);
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  server.maxConnections = maxConnections;
  await listening(server, at);
  const { address, port } = server.address() as AddressInfo;
  return {
    address: { host: address, port },
    get connections() {
      return connections.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.close();
      }),
  };
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
