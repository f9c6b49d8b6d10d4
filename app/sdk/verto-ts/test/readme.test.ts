// The README's examples, run: against a server that says yes, what they would put on the wire is what they promise.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as vertoTs from '../src/index.ts';

const readme = readFileSync(path.resolve(import.meta.dirname, '../README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '');

/** A WebSocket whose far end answers everything that is asked, as Cordboard would. */
class YesServer {
  static asked: string[] = [];
  static open: YesServer[] = [];
  onopen: () => void = () => undefined;
  onmessage: (event: { data: unknown }) => void = () => undefined;
  onclose: (event: { code: number }) => void = () => undefined;
  onerror: () => void = () => undefined;
  constructor() {
    YesServer.open.push(this);
    queueMicrotask(() => this.onopen());
  }
  send(text: string): void {
    const { id, method, params } = JSON.parse(text) as {
      id: number;
      method: string;
      params: Record<string, unknown>;
    };
    if (id === undefined || method === undefined) return;
    YesServer.asked.push(method);
    const channel = String(params.eventChannel);
    const result = method.startsWith('cc.')
      ? { code: 200, message: 'OK', agent: { state: 'READY' } }
      : { message: 'logged in', subscribedChannels: [channel], sernos: { [channel]: 1 } };
    queueMicrotask(() => {
      this.onmessage({ data: JSON.stringify({ jsonrpc: '2.0', id, result }) });
      if (method === 'verto.subscribe') this.event(channel);
    });
  }
  event(channel: string): void {
    const data = { state: 'READY', since: '2026-01-05T08:00:00.000Z' };
    const params = {
      eventChannel: channel,
      subscribedChannel: channel,
      eventSerno: 2,
      eventType: 'agent-state',
      data,
    };
    this.onmessage({ data: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'verto.event', params }) });
  }
  close(): void {
    YesServer.open.splice(YesServer.open.indexOf(this), 1);
  }
}

const said: unknown[][] = [];
const clients: vertoTs.Verto[] = [];

/** Of which every example's clients are: so that they can be ended. */
class WatchedVerto extends vertoTs.Verto {
  constructor(...given: ConstructorParameters<typeof vertoTs.Verto>) {
    super(...given);
    clients.push(this);
  }
}

async function run(source: string, more: Record<string, unknown> = {}): Promise<void> {
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2022' });
  const body = code.replace(
    /^import (?:(\w+), )?\{([^}]*)\} from "verto-ts";$/m,
    (_all, alone: string | undefined, names: string) =>
      `const {${alone === undefined ? '' : `default: ${alone},`}${names}} = vertoTs;`,
  );
  expect(body).not.toContain('import ');
  const given = {
    vertoTs: { ...vertoTs, default: clients[0], Verto: WatchedVerto },
    console: { log: (...words: unknown[]) => said.push(words) },
    token: 'a-token',
    passwd: 'a-password',
    socketUrl: 'ws://localhost:8080/ws',
    ...more,
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the README is ours
  const example = new Function(...Object.keys(given), `return (async () => { ${body} })()`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await example(...Object.values(given));
}

describe('the examples of the README', () => {
  beforeEach(() => {
    vi.stubGlobal('WebSocket', YesServer);
    YesServer.asked = [];
    said.length = 0;
    clients.push(new vertoTs.Verto());
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.logout();
    expect(YesServer.open).toEqual([]);
    vi.unstubAllGlobals();
  });

  test('there are as many as are run here', () => {
    expect([blocks('js').length, blocks('ts').length, blocks('html').length]).toEqual([2, 2, 1]);
  });

  test('an agent at her desk, in the older style', async () => {
    await run(blocks('js')[0] ?? '');
    await vi.waitFor(() => expect(said.filter(([word]) => word === 'done')).toHaveLength(5));
    expect(YesServer.asked.toSorted()).toEqual(
      ['login', 'verto.subscribe', 'cc.login', 'cc.ready', 'cc.break', 'cc.dial', 'cc.logout'].toSorted(),
    );
    expect(said).toContainEqual(['login', true]);
    expect(said).toContainEqual(['agent-state', expect.anything()]);
  });

  test('with promises', async () => {
    await run(blocks('ts')[0] ?? '');
    expect(YesServer.asked).toEqual(['login', 'verto.subscribe', 'cc.login', 'cc.ready', 'cc.logout']);
    expect(said).toEqual([['READY', 'since', '2026-01-05T08:00:00.000Z']]);
  });

  test('from a script tag', async () => {
    const script = [...(blocks('html')[0] ?? '').matchAll(/<script>(.*?)<\/script>/gs)][0]?.[1] ?? '';
    await run(script, { Verto: WatchedVerto, VertoCallcenter: vertoTs.VertoCallcenter });
    await vi.waitFor(() => expect(said).toContainEqual(['signed in']));
    await vi.waitFor(() => expect(said).toContainEqual(['agent-state']));
  });

  test('calls in the browser: without WebRTC the call ends at once, and says so', async () => {
    await run(blocks('ts')[1] ?? '');
    await vi.waitFor(() => expect(said).toContainEqual(['outbound', 'destroy', 'Outbound Call <3000>']));
    expect(YesServer.asked).toEqual(['login']);
  });

  test('several servers', async () => {
    await run(blocks('js')[1] ?? '');
    await vi.waitFor(() => expect(YesServer.asked).toEqual(['login', 'login']));
    expect(YesServer.open).toHaveLength(2);
  });
});
