// GET /metrics of the telephony process, in Prometheus' text format: how much of everything its two servers hold. An open door
// without a lock, like every Prometheus target: listen on loopback, or where only the monitoring can reach it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One figure. Labels come from closed lists only: no id, no number, no free text. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface MetricsServer {
  readonly address: { readonly host: string; readonly port: number };
  stop(): Promise<void>;
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves what `read` finds at each request; a read that fails is a 500.
 * @throws the system's error when the address cannot be had
 */
export async function serveMetrics(
  at: { readonly host: string; readonly port: number },
  read: () => Promise<readonly Gauge[]>,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    read().then(
      (gauges) => response.writeHead(200, { 'content-type': contentType }).end(textOf(gauges)),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: { host, port },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function textOf(gauges: readonly Gauge[]): string {
  const lines = gauges.flatMap(({ name, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...samples.map(({ labels = {}, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

/** A gauge with one sample. */
export const one = (name: string, help: string, value: number): Gauge => ({
  name,
  help,
  samples: [{ value }],
});

/** What keeps this process's event loop alive, by type, under the name the Prometheus client for Node gives it. */
export function activeResources(): Gauge {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return {
    name: 'nodejs_active_resources',
    help: 'Resources that keep the event loop alive, by type',
    samples: [...counts].map(([type, value]) => ({ labels: { type }, value })),
  };
}
