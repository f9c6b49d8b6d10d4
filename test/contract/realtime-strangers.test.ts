// The sockets and the strangers: foreign pages, wrong tokens, floods, garbage.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { queueId, sessionId, type SessionId } from '../../app/domain/ids.ts';
import { until } from '../support/until.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { codeOf, connectClient, disconnectClients, got } from './socket-client.ts';

let door: FrontDoor;
beforeEach(async () => {
  door = await openFrontDoor({ handshakeMs: 500 });
});
afterEach(async () => {
  disconnectClients();
  await door.close();
  expect(door.core.listeners).toBe(0);
});

const join = (namespace: string, token: unknown, options: object = {}) =>
  connectClient(door.url + namespace, token, options);
const waiting = (place: number, id = sessionId(randomUUID())): SessionId => {
  door.core.session(id, { state: 'waiting', place, queueId: queueId('default') });
  return id;
};
const asCustomer = (id: SessionId) => join('/customer', door.auth.sessionToken(id, 'default').token);

describe('strangers', () => {
  it('a page of a foreign origin is refused at the handshake, by WebSocket and by polling', async () => {
    const { token } = door.auth.sessionToken(waiting(1), 'default');
    const foreign = { extraHeaders: { Origin: 'https://evil.example' } };
    expect(await join('/customer', token, foreign).failure).toMatch(/websocket error/);
    expect(await join('/customer', token, { ...foreign, transports: ['polling'] }).failure).toMatch(
      /xhr poll error/,
    );
    const own = join('/customer', token, { extraHeaders: { Origin: door.url } });
    await got(own, 'session');
  });

  it('nobody gets in without a token, with a forged one, an expired one, or one of another role', async () => {
    const staff = await door.token('1001');
    const { token: customer } = door.auth.sessionToken(waiting(1), 'default');
    const ticket = door.auth.makeTicket({ sessionId: randomUUID(), queueId: 'default' });
    for (const namespace of ['/customer', '/agent', '/supervisor']) {
      for (const token of [undefined, '', 7, {}, 'x.y', `${staff.slice(0, -2)}AA`, ticket]) {
        expect(await join(namespace, token).failure, `${namespace} ${JSON.stringify(token)}`).toBe(
          'unauthenticated',
        );
      }
    }
    expect(await join('/supervisor', staff).failure).toBe('forbidden');
    expect(await join('/supervisor', customer).failure).toBe('forbidden');
    expect(await join('/agent', customer).failure).toBe('forbidden');
    expect(await join('/customer', staff).failure).toBe('forbidden');
    expect(await join('/', staff).failure).toBe('not_found');
    expect(await join('/admin', staff).failure).toBe('Invalid namespace');
    door.advance(31 * 60_000);
    expect(await join('/agent', staff).failure).toBe('unauthenticated');
  });

  it('an open connection ends with its token, unless a fresh one of the same person is put in its place', async () => {
    const short = async (name: string) => {
      const token = await door.token(name);
      door.advance(30 * 60_000 - 700);
      return join('/agent', token);
    };
    const lapsing = await short('1001');
    await got(lapsing, 'agent');
    await lapsing.gone;
    expect(lapsing.received['expired']).toHaveLength(1);

    const renewing = await short('1001');
    await got(renewing, 'agent');
    expect(codeOf(await renewing.command('renew', { token: await door.token('1002') }))).toBe(
      'unauthenticated',
    );
    expect(await renewing.command('renew', { token: await door.token('1001') })).toEqual({ ok: true });
    const other = await short('1002'); // its end comes after the moment the first one would have ended
    await other.gone;
    expect(renewing.socket.connected).toBe(true);
  });

  it('unknown events and malformed payloads are answered, floods are slowed down and then cut off', async () => {
    const page = asCustomer(waiting(1));
    await got(page, 'session');
    for (const name of ['endSession', 'ready', '__proto__', 'constructor', 'session']) {
      expect(codeOf(await page.command(name)), name).toBe('unknown_event');
    }
    for (const payload of [null, 7, 'x', [], { stars: '5' }, { stars: 5, sessionId: 'x' }]) {
      expect(codeOf(await page.command('rate', payload)), JSON.stringify(payload)).toBe('bad_request');
    }
    page.socket.emit('hangUp'); // without acknowledgement: done all the same
    await until('hung up', () => door.core.inputs.some(({ kind }) => kind === 'customer.hangUp'));
    const acks = await Promise.all(Array.from({ length: 60 }, () => page.command('rate', { stars: 9 })));
    expect(acks.map(codeOf)).toContain('rate_limited');
    for (let count = 0; count < 200; count += 1) page.socket.emit('rate', { stars: 9 });
    await page.gone;
  });

  it("oversized and malformed frames end their own connection and nobody else's", async () => {
    const bystander = asCustomer(waiting(1));
    await got(bystander, 'session');
    const large = asCustomer(waiting(2));
    await got(large, 'session');
    large.socket.emit('rate', { stars: 'x'.repeat(100_000) });
    await large.gone;
    for (const frame of [
      '99garbage',
      '40/customer,{"token":',
      '42["',
      '451-/customer,["x",{"_placeholder":true,"num":0}]',
      '4',
      '',
    ]) {
      const raw = new WebSocket(`${door.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      await once(raw, 'open');
      raw.send(frame);
      await once(raw, 'close');
    }
    const { hostname, port } = new URL(door.url);
    for (const query of [
      '',
      '?EIO=3&transport=polling',
      '?EIO=4&transport=carrier-pigeon',
      '?EIO=4&transport=polling&sid=no',
    ]) {
      const attempt = request({ hostname, port, path: `/socket.io/${query}` }).end();
      const [response] = (await once(attempt, 'response')) as [{ statusCode: number; resume(): void }];
      response.resume();
      expect(response.statusCode).toBe(400);
    }
    door.core.session(sessionId(randomUUID()), {}); // still serving
    expect(await bystander.command('hangUp')).toEqual({ ok: true });
  });

  it('upgrades to other paths are left to those who take them, and refused when nobody does', async () => {
    const gateway = new WebSocketServer({ noServer: true });
    door.server.on('upgrade', (incoming, socket, head) => {
      if (incoming.url === '/janus')
        gateway.handleUpgrade(incoming, socket, head, (open) => open.close(4_000));
    });
    const open = async (path: string) => {
      const raw = new WebSocket(door.url.replace('http', 'ws') + path);
      raw.on('error', () => undefined); // a refused upgrade is an error first
      return new Promise<number>((resolve) => raw.on('close', resolve));
    };
    expect(await open('/janus')).toBe(4_000);
    expect(await open('/elsewhere')).toBe(1_006);
  });
});
