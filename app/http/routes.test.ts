// The table of operations: every operation is a route, every route an operation, and the committed OpenAPI document says so.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Auth } from '../auth/auth.ts';
import { errorCodes } from '../contract/common.ts';
import { apiPrefix, operations, type Operation } from '../contract/operations.ts';
import { statusOf } from './errors.ts';
import { openApiText } from './openapi-text.ts';
import { rangeOf } from './sound-file.ts';
import { createApiRouter, type Implementation } from './routes.ts';

const table = Object.entries(operations as Record<string, Operation>);

describe('the table of operations', () => {
  it('is the list of routes, no more and no less', () => {
    const router = createApiRouter({} as Auth, {} as Implementation);
    const routes = router.stack.map(
      ({ path, methods }) => `${methods.filter((method) => method !== 'HEAD').join()} ${String(path)}`,
    );
    const listed = table.map(
      ([, { method, path }]) => `${method} ${apiPrefix}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(routes).toEqual(listed);
    expect(routes.length).toBeGreaterThan(20);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it('opens to everybody only what must be', () => {
    const open = table.filter(([, { access }]) => access === 'public').map(([id]) => id);
    // A recording's sound is for who has a link; who may have one is not open.
    expect(open).toEqual(['signIn', 'readLink', 'makeSession', 'hearRecording']);
  });

  it('lets a customer touch sessions and the relays of her browser only, and staff alone listen: agents to what callers left (recordings.ts)', () => {
    const of = (role: string) =>
      table.filter(([, { access }]) => access.includes(role as never)).map(([id]) => id);
    expect(of('customer')).toEqual(['readIceServers', 'readSession', 'hangUpSession', 'rateSession']);
    expect(operations.linkRecording.access).toEqual(['agent', 'supervisor', 'admin']);
    expect(of('admin').filter((id) => !of('supervisor').includes(id))).toEqual([
      'listSupervisors',
      'assignSupervisor',
      'setRetention',
      'liftBan',
      'drainSwitch',
      'undrainSwitch',
    ]);
  });

  it('is what docs/openapi.json says (npm run openapi)', () => {
    const committed = readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
    expect(committed).toBe(openApiText());
    const referred = [...committed.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    const { components, paths } = JSON.parse(committed) as { components: { schemas: object }; paths: object };
    expect(referred.length).toBeGreaterThan(20);
    expect(referred.filter((name) => !Object.hasOwn(components.schemas, name ?? ''))).toEqual([]);
    for (const [name, schema] of Object.entries(components.schemas as Record<string, object>))
      expect(schema, name).not.toHaveProperty('$ref');
    expect(Object.keys(paths).length).toBeGreaterThan(20);
  });
});

it('every code has an error status', () => {
  for (const code of errorCodes) expect(statusOf(code), code).toBeGreaterThanOrEqual(400);
});

describe('a range of ten bytes', () => {
  it.each([
    ['', undefined],
    ['bytes=0-', { first: 0, last: 9 }],
    ['bytes=2-4', { first: 2, last: 4 }],
    ['bytes=8-100', { first: 8, last: 9 }],
    ['bytes=-3', { first: 7, last: 9 }],
    ['bytes=-30', { first: 0, last: 9 }],
    ['bytes=10-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=4-2', undefined],
    ['bytes=1-2,4-5', undefined],
    ['seconds=1-2', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
  ])('%j is %j', (header, range) => expect(rangeOf(header, 10)).toEqual(range));
});
