// Socket.IO for the three audiences, on the same HTTP server as everything else.

import type { Server as HttpServer } from 'node:http';
import type { Server } from 'socket.io';
import { openAgentNamespace } from './agent.ts';
import { openCustomerNamespace } from './customer.ts';
import { openSocketServer, type RealtimeOptions } from './socket-server.ts';
import { openSupervisorNamespace } from './supervisor.ts';

const audiences = ['customer', 'agent', 'supervisor'] as const;
type Audience = (typeof audiences)[number];

export interface Realtime {
  readonly io: Server;
  /** Open connections by audience. */
  sockets(): Readonly<Record<Audience, number>>;
  /** Disconnects every client and stops listening to the floor. The HTTP server stays open. */
  close(): Promise<void>;
}

/** Attaches the namespaces /customer, /agent and /supervisor at `/socket.io` of this server. */
export function attachRealtime(server: HttpServer, options: RealtimeOptions): Realtime {
  const { core, submissions, now } = options;
  const io = openSocketServer(server, options);
  const stage = { ...options, io, desk: { core, submissions, now } };
  const closers = [openCustomerNamespace(stage), openAgentNamespace(stage), openSupervisorNamespace(stage)];
  return {
    io,
    sockets() {
      const open = (audience: Audience) => [audience, io.of(`/${audience}`).sockets.size] as const;
      return Object.fromEntries(audiences.map(open)) as Record<Audience, number>;
    },
    async close() {
      for (const close of closers) close();
      io.disconnectSockets(true);
      io.engine.close();
    },
  };
}
