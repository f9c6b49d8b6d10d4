// The HTTP application: our API, health and metrics, pages. main.ts gives it to an http.Server, which it shares with
// Socket.IO and the Janus proxy.

import Koa from 'koa';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { Refused } from '../realtime/commands.ts';
import { createApi, type ApiOptions } from './api.ts';
import { answerErrors } from './errors.ts';
import { createHealthRouter, type Probe } from './health.ts';
import { servePages } from './pages.ts';
import { createApiRouter } from './routes.ts';
import { securityHeaders } from './security-headers.ts';

export interface HttpOptions extends ApiOptions {
  readonly log: Logger;
  readonly metrics: Registry;
  /** By the name under which /health/ready reports it: database, sip, media, janus. */
  readonly probes: Readonly<Record<string, Probe>>;
  /** The built pages, `dist/web`. */
  readonly webFolder: string;
}

/** The routers of this application, for the test that walks every route. */
export interface HttpApp {
  readonly koa: Koa;
  readonly routers: readonly ReturnType<typeof createHealthRouter>[];
}

export function createHttpApp(options: HttpOptions): HttpApp {
  const { log, auth } = options;
  const koa = new Koa();
  const api = createApiRouter(auth, createApi(options));
  const health = createHealthRouter(options.probes, options.metrics);
  koa.use(logRequests(log));
  koa.use(securityHeaders(options.publicUrl().startsWith('https:')));
  koa.use(answerErrors(log));
  for (const router of [api, health]) {
    koa.use(router.routes());
    koa.use(
      router.allowedMethods({
        throw: true,
        methodNotAllowed: () => new Refused('method_not_allowed', 'Not with this method'),
        notImplemented: () => new Refused('method_not_allowed', 'Not with this method'),
      }),
    );
  }
  koa.use(servePages(options.webFolder));
  koa.on('error', (error: unknown) => log.warn({ err: error }, 'an answer could not be sent'));
  return { koa, routers: [api, health] };
}

/** One line per request at debug level. The route, never the address: it may hold a customer link. */
function logRequests(log: Logger): Koa.Middleware {
  return async (context, next) => {
    const began = performance.now();
    await next();
    const route = (context as { _matchedRoute?: unknown })._matchedRoute;
    const ms = Math.round(performance.now() - began);
    log.debug({ method: context.method, route, status: context.status, ms }, 'request');
  };
}
