// Our pages, from the folder they were built into. A list is made at start: what is not on it does not exist, so no path in
// a request ever reaches the file system.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { extname, join, relative, sep } from 'node:path';
import type { Middleware } from 'koa';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.wav': 'audio/wav',
  '.txt': 'text/plain; charset=utf-8',
};

/** Addresses of pages and the file each one is. */
const pages: readonly (readonly [address: RegExp, file: string])[] = [
  [/^\/$/, 'home.html'],
  [/^\/c\/[\w.-]{1,2048}$/, 'customer.html'],
  [/^\/agent\/?$/, 'agent.html'],
  [/^\/supervisor\/?$/, 'supervisor.html'],
  [/^\/verto-demo\/?$/, 'verto-demo.html'],
];

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

/** Serves the folder; a folder that is not there serves nothing. */
export function servePages(folder: string): Middleware {
  const assets = readAssets(folder);
  return async (context, next) => {
    const page = pages.find(([address]) => address.test(context.path))?.[1];
    const asset = assets.get(page ?? context.path.slice(1));
    if (!asset || (context.method !== 'GET' && context.method !== 'HEAD')) {
      await next();
      return;
    }
    context.set({ 'Cache-Control': asset.cache, ETag: asset.etag });
    context.type = asset.type;
    context.status = 200;
    if (context.fresh) context.status = 304;
    else context.body = asset.body;
  };
}

function readAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  if (!existsSync(folder)) return assets;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, entry);
    const type = types[extname(entry)];
    if (type === undefined || !statSync(path).isFile()) continue;
    const body = readFileSync(path);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    assets.set(relative(folder, path).split(sep).join('/'), { body, type, etag, cache: cacheOf(entry) });
  }
  return assets;
}

/** A name that carries a hash of its content (esbuild: `name-ABCD1234.js`) never changes; everything else is asked for again. */
const cacheOf = (name: string): string =>
  /-[A-Z0-9]{8}\.\w+$/.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache';
