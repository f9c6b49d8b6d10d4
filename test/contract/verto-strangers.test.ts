// Those who mean harm at /ws: foreign pages, forged and expired tokens, frames that are none or too many. Whoever else is connected must
// not notice.

import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createSigner } from '../../app/auth/signing.ts';
import { openSecrets } from '../../db/secrets.ts';
import { row } from '../support/conformance.ts';
import { JanusClient } from '../support/janus-client.ts';
import { until } from '../support/until.ts';
import { VertoClient } from '../support/verto-client.ts';
import { loginOf, VertoDoor } from '../support/verto-door.ts';
import { Bystander, quantile, VertoFace } from '../support/verto-face.ts';
import { idle, oversized, reconnects, storm } from '../support/verto-storm.ts';

let door: VertoDoor;
const ours = 'https://crm.example.org';
/** Generous: how late an event may be is told by `npm run fuzz -- verto`, on a machine of its own. */
const unharmedMs = 2_000;

beforeAll(async () => {
  door = await VertoDoor.open({ CORDBOARD_ORIGINS: ours });
});
afterEach(() => door.everybodyLeaves());
afterAll(() => door.stop());

/** How long a bystander waits for an answer while something goes on, milliseconds. */
async function unharmed(goingOn: (bystander: VertoClient) => Promise<void>): Promise<number> {
  const bystander = await door.logIn('1003');
  const waits: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const began = performance.now();
      await bystander.settled();
      waits.push(performance.now() - began);
      if (waits.length >= 50) break; // her own budget
    }
  })();
  await goingOn(bystander);
  over = true;
  await asking;
  return waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.9)] ?? 0;
}

row(
  'S10',
  'origin',
  'a page of another origin is refused at the upgrade; ours, those named, and programs pass',
  async () => {
    const connect = (origin: string) => VertoClient.connect(door.url, { headers: { origin } });
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', 'file://'])
      await expect(connect(origin), origin).rejects.toThrow('403');
    for (const origin of [door.url, ours]) (await connect(origin)).close();
  },
);

test('the door of sound lets in the same pages, and keeps out the same', async () => {
  const knock = (origin: string) =>
    JanusClient.open(`${door.url.replace('http', 'ws')}/janus`, 'forged', { origin });
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
    await expect(knock(origin), origin).rejects.toThrow('refused with 403');
  for (const origin of [door.url, ours])
    await expect(knock(origin), origin).rejects.toThrow('refused with 401');
});

row(
  'S10',
  'tokens',
  'forged, expired, of another purpose, of another person: all the same -32001',
  async () => {
    const key = openSecrets(path.join(door.cordboard.dataFolder, 'secrets')).key('signing');
    const signer = createSigner(key);
    const staff = { u: '1001', r: 'agent', a: '1001', s: Date.now() - 1_000 };
    const good = signer.sign('staff', { ...staff, x: Date.now() + 60_000 });
    const [body = '', mac = ''] = good.split('.');
    const tokens = {
      forged: `${body}.${mac.split('').reverse().join('')}`,
      tampered: `${Buffer.from(JSON.stringify({ ...staff, u: 'admin', r: 'admin', x: 9e15 })).toString('base64url')}.${mac}`,
      expired: signer.sign('staff', { ...staff, x: Date.now() - 1 }),
      shiftOver: signer.sign('staff', { ...staff, s: Date.now() - 17 * 3_600_000, x: Date.now() + 60_000 }),
      ofACustomer: signer.sign('session', { s: 'x', q: 'default', x: Date.now() + 60_000 }),
      aLink: signer.sign('link', { q: 'default' }),
      endless: 'a'.repeat(10_000),
    };
    for (const [what, xui_sessid] of Object.entries(tokens)) {
      const client = await door.stranger();
      const params = { ...loginOf('1001@x', 'password'), loginParams: { xui_sessid } };
      const { error } = await client.call('login', params);
      expect([what, error?.code, error?.message]).toEqual([what, -32001, 'Authentication Failure']);
      expect(await client.refused('cc.status')).toBe(-32000);
    }
    const client = await door.stranger();
    const params = { ...loginOf('1001@x', 'password'), loginParams: { xui_sessid: good } };
    expect((await client.call('login', params)).result?.['message']).toBe('logged in');
  },
);

row('S10', 'guessing', 'five wrong log-ins end the connection; more from one address must wait', async () => {
  const client = await door.stranger();
  const codes: number[] = [];
  for (let tries = 0; tries < 5; tries += 1)
    codes.push((await client.call('login', loginOf('1002', `wrong ${tries}`))).error?.code ?? 0);
  expect(codes).toEqual([-32001, -32001, -32001, -32001, -32001]);
  expect(await client.gone()).toBe(1008);
  let message: string | undefined;
  for (let tries = 0; tries < 12 && message !== 'Too many attempts'; tries += 1) {
    const next = await door.stranger();
    message = (await next.call('login', loginOf('1002', 'wrong again'))).error?.message;
  }
  expect(message).toBe('Too many attempts');
});

row('S10', 'channels', "another agent's channel cannot be heard, spoken on, or asked about", async () => {
  const client = await door.logIn('1001');
  for (const eventChannel of [
    'vcc.default.1003',
    'vcc.default',
    'vcc',
    'user.1003',
    'chat.support',
    'vcc.support.1001',
  ])
    expect([eventChannel, await client.refused('verto.subscribe', { eventChannel, snapshot: true })]).toEqual(
      [eventChannel, -32602],
    );
  for (const eventChannel of ['vcc.default.1001', 'vcc.default', 'user.1003'])
    expect([eventChannel, await client.refused('verto.broadcast', { eventChannel })]).toEqual([
      eventChannel,
      -32602,
    ]);
  expect(await client.refused('cc.status', { agent: '1003' })).toBe(403);
  expect(await client.refused('cc.ready', { agent: '1003' })).toBe(403);
  expect(await client.refused('cc.logout', { agent: '1003' })).toBe(403);
});

row(
  'S10',
  'oversized',
  'a frame over 64 KiB ends its connection with 1009, binary with 1003, and nobody else’s',
  async () => {
    const wait = await unharmed(async () => {
      const large = await door.logIn('1001');
      large.send({ jsonrpc: '2.0', method: 'echo', params: { x: 'x'.repeat(70_000) }, id: 9 });
      expect(await large.gone()).toBe(1009);
      const binary = await door.logIn('1001');
      binary.ws.send(Buffer.from([1, 2, 3]));
      expect(await binary.gone()).toBe(1003);
    });
    expect(wait).toBeLessThan(unharmedMs);
  },
);

row(
  'S10',
  'flood',
  'beyond her budget a client is answered -32005, and beyond all patience let go',
  async () => {
    const wait = await unharmed(async () => {
      const client = await door.logIn('1001');
      for (let count = 0; count < 150; count += 1)
        client.send({ jsonrpc: '2.0', method: 'echo', params: {}, id: `f${count}` });
      await until('all are answered', () => client.others.length === 150);
      const codes = client.others.map(
        (text) => (JSON.parse(text) as { error?: { code: number } }).error?.code,
      );
      expect(codes.filter((code) => code === -32005).length).toBeGreaterThan(50);
      for (let count = 0; count < 500; count += 1)
        client.send({ jsonrpc: '2.0', method: 'echo', params: {}, id: count });
      expect(await client.gone()).toBe(1008);
    });
    expect(wait).toBeLessThan(unharmedMs);
  },
);

row(
  'S10',
  'storms',
  'mutated frames from a seed, oversized ones, many who only stay, many who come back at once: no fault, nothing kept, other clients’ events on time',
  async () => {
    const face = await VertoFace.open();
    try {
      const bystander = await Bystander.at(face);
      await storm(face, { frames: 500, seed: 1 }); // what is made once is not what is kept
      const before = await face.alone();
      bystander.take();
      await storm(face, { frames: 4_000, seed: 7 });
      await oversized(face, 5);
      await idle(face, bystander, 100);
      await reconnects(face, { count: 25, enough: (times) => times === 2 });
      const late = bystander.take();
      const after = await face.alone();
      expect(after.faults).toEqual([]);
      expect(after.sockets).toBeLessThanOrEqual(before.sockets);
      expect(after.memoryMb - before.memoryMb).toBeLessThan(50);
      expect(late.length).toBeGreaterThan(10);
      expect(quantile(late, 0.5)).toBeLessThan(unharmedMs);
      await bystander.close();
    } finally {
      await face.close();
    }
  },
);
