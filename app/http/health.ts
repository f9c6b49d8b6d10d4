// Alive, ready, and how much of everything. Ready only when every part is; the answer names what is not.

import Router from '@koa/router';
import type { Registry } from 'prom-client';

/** Asks one part how it is. A probe that throws or does not answer in time counts as down. */
export type Probe = () => PartHealth | Promise<PartHealth>;
export interface PartHealth {
  readonly up: boolean;
  readonly detail: string;
}

const probeMs = 1_000;

/** GET /health/live, /health/ready, /metrics. */
export function createHealthRouter(probes: Readonly<Record<string, Probe>>, metrics: Registry): Router {
  const router = new Router();
  router.get('/health/live', (context) => {
    context.body = { status: 'live' };
  });
  router.get('/health/ready', async (context) => {
    const parts = Object.fromEntries(
      await Promise.all(
        Object.entries(probes).map(async ([name, probe]) => [name, await ask(probe)] as const),
      ),
    );
    const down = Object.entries(parts).flatMap(([name, { up }]) => (up ? [] : name));
    context.status = down.length === 0 ? 200 : 503;
    context.body = { status: down.length === 0 ? 'ready' : 'not_ready', down, parts };
  });
  router.get('/metrics', async (context) => {
    context.type = metrics.contentType;
    context.body = await metrics.metrics();
  });
  return router;
}

async function ask(probe: Probe): Promise<PartHealth> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PartHealth>((resolve) => {
    timer = setTimeout(() => resolve({ up: false, detail: `no answer within ${probeMs} ms` }), probeMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(probe), late]);
  } catch (error) {
    return { up: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
