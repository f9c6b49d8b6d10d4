// The policy proxy in front of the real Janus, spoken to by a client that does not behave.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { audioOffer, JanusClient } from '../support/janus-client.ts';
import { JanusRig } from '../support/janus-rig.ts';
import { headerOf } from '../support/sip-text.ts';
import { until } from '../support/until.ts';

let rig: JanusRig;
let clients: JanusClient[] = [];
let turn = 0;

beforeAll(async () => {
  rig = await JanusRig.open();
});

afterAll(async () => {
  await rig?.close();
});

beforeEach(() => {
  turn += 1;
  rig.customer(`ada-${turn}`, { sessionId: `ada-session-${turn}` });
  rig.customer(`eve-${turn}`, { sessionId: `eve-session-${turn}`, queueId: 'support' });
  rig.agent(`agent-${turn}`, `20${turn}`);
});

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await until('every line is gone', () => rig.proxy.links() === 0);
});

async function open(token: string): Promise<JanusClient> {
  const client = await JanusClient.open(rig.url, token);
  clients.push(client);
  return client;
}

/** A client with a session and a handle of the SIP plugin. */
async function seat(token: string) {
  const client = await open(token);
  const session_id = await client.create();
  const handle_id = await client.attach(session_id);
  const ask = (body: object, jsep?: object) =>
    client.ask({ janus: 'message', session_id, handle_id, body, ...(jsep && { jsep }) });
  return { client, session_id, handle_id, ask };
}

async function registeredSeat(token: string) {
  const seated = await seat(token);
  await seated.ask({ request: 'register' });
  await seated.client.event('registered');
  return seated;
}

const offer = { type: 'offer', sdp: audioOffer };

describe('at the door', () => {
  test.each([
    ['no token', undefined],
    ['a token nobody has', 'forged'],
    ['a token that is not one', 'x.y.z'],
  ])('%s: refused with 401 while it still is HTTP', async (_, token) => {
    await expect(JanusClient.open(rig.url, token)).rejects.toThrow('refused with 401');
  });

  test("another site's page is refused with 403, our own is let in", async () => {
    const origin = (value: string) => JanusClient.open(rig.url, `ada-${turn}`, { origin: value });
    await expect(origin('https://evil.example')).rejects.toThrow('refused with 403');
    await expect(origin('null')).rejects.toThrow('refused with 403');
    clients.push(await origin(rig.origin));
  });

  test('another protocol is refused with 404', async () => {
    await expect(JanusClient.open(rig.url, `ada-${turn}`, {}, 'janus-admin-protocol')).rejects.toThrow('404');
  });
});

describe('a customer who tampers', () => {
  test('with the address of her call: refused with 403 under her transaction, and no INVITE leaves', async () => {
    const { client, ask } = await registeredSeat(`ada-${turn}`);
    const before = rig.edge.invites().length;
    const refused = await ask({ request: 'call', uri: 'sip:+4930123456@trunk.example' }, offer);
    expect(refused).toMatchObject({ janus: 'error', error: { code: 403 } });
    // The same call as it should be does leave: so the first was refused, and not lost.
    await ask({ request: 'call' }, offer);
    await client.event('accepted');
    expect(
      rig.edge
        .invites()
        .slice(before)
        .map(({ uri }) => uri),
    ).toEqual([`sip:queue-sales@${rig.edge.host}`]);
  });

  test.each(['janus.plugin.videoroom', 'janus.plugin.echotest', 'janus.plugin.streaming'])(
    'with another plugin: %s',
    async (plugin) => {
      const { client, session_id } = await seat(`ada-${turn}`);
      expect(await client.ask({ janus: 'attach', session_id, plugin })).toMatchObject({
        error: { code: 403 },
      });
    },
  );

  test("with somebody else's session: keepalive, attach, claim, message and destroy are refused, and it lives on", async () => {
    const ada = await seat(`ada-${turn}`);
    const eve = await open(`eve-${turn}`);
    const foreign = { session_id: ada.session_id };
    const attempts = [
      { janus: 'claim', ...foreign },
      { janus: 'keepalive', ...foreign },
      { janus: 'attach', ...foreign, plugin: 'janus.plugin.sip' },
      { janus: 'message', ...foreign, handle_id: ada.handle_id, body: { request: 'hangup' } },
      { janus: 'destroy', ...foreign },
    ];
    for (const attempt of attempts) expect(await eve.ask(attempt)).toMatchObject({ error: { code: 403 } });
    expect(await ada.client.ask({ janus: 'keepalive', ...foreign })).toMatchObject({ janus: 'ack' });
  });

  test("with somebody else's handle inside her own session", async () => {
    const ada = await seat(`ada-${turn}`);
    const eve = await seat(`eve-${turn}`);
    const hangup = { janus: 'hangup', session_id: eve.session_id, handle_id: ada.handle_id };
    expect(await eve.client.ask(hangup)).toMatchObject({ error: { code: 403 } });
    // After a claim only Janus knows her handles, and it looks them up inside her session.
    eve.client.vanish();
    const again = await open(`eve-${turn}`);
    await again.ask({ janus: 'claim', session_id: eve.session_id });
    expect(await again.ask(hangup)).toMatchObject({ error: { code: 459 } });
  });

  test('with requests of Janus itself: info, ping, and the admin API', async () => {
    const { client } = await seat(`ada-${turn}`);
    for (const janus of ['info', 'ping', 'list_sessions', 'add_token']) {
      expect(await client.ask({ janus })).toMatchObject({ error: { code: 403 } });
    }
  });

  test('with frames that are no JSON, or binary: refused, the line stays', async () => {
    const { client, session_id } = await seat(`ada-${turn}`);
    client.raw('{"janus":');
    client.raw(Buffer.from([1, 2, 3]));
    await until(
      'two refusals',
      () => client.received.filter(({ error }) => error?.code === 454).length === 2,
    );
    expect(await client.ask({ janus: 'keepalive', session_id })).toMatchObject({ janus: 'ack' });
  });

  test('with a frame too large: closed with 1009', async () => {
    const { client } = await seat(`ada-${turn}`);
    client.raw(JSON.stringify({ janus: 'keepalive', transaction: 't', pad: 'x'.repeat(70_000) }));
    await until('the line is closed', () => client.closedWith === 1009);
  });

  test('with a flood: refused beyond the pace, and in the end sent away', async () => {
    const { client, session_id } = await seat(`ada-${turn}`);
    const before = rig.proxy.refused().too_many;
    for (let i = 0; i < 400; i += 1) {
      client.raw(JSON.stringify({ janus: 'keepalive', transaction: `flood${i}`, session_id }));
    }
    await until('the line is closed', () => client.closedWith === 1008);
    expect(rig.proxy.refused().too_many).toBeGreaterThan(before + 100);
    expect(client.received.some(({ error }) => error?.reason === 'too many requests')).toBe(true);
  });
});

describe('what goes to the edge is written by the server', () => {
  test("a customer's INVITE carries her ticket, a harmless name, and nothing that only the edge may write", async () => {
    const { client, ask } = await registeredSeat(`ada-${turn}`);
    const known = rig.edge.invites().length;
    await ask({ request: 'call' }, offer);
    await client.event('accepted');
    const invite = rig.edge.invites()[known];
    if (!invite) throw new Error('no INVITE came');
    expect(headerOf(invite, 'X-Cordboard-Ticket')).toBe(`ticket-of-ada-session-${turn}`);
    expect(headerOf(invite, 'From')).toContain('"Ada Lovelace" <sip:web-');
    const ours = invite.headers.filter(([name]) => name.startsWith('X-Cordboard-')).map(([name]) => name);
    expect(ours).toEqual(['X-Cordboard-Ticket']);
    await ask({ request: 'hangup' });
    await client.event('hangup');
  });

  test("an agent registers with her browser's account, which her page never sees, and may not call", async () => {
    const { client, ask } = await registeredSeat(`agent-${turn}`);
    await until('she is registered', () => rig.edge.bindings.has(`browser-20${turn}`));
    expect(await ask({ request: 'call' }, offer)).toMatchObject({
      error: { code: 403, reason: 'not for your role' },
    });
    expect(JSON.stringify(client.received)).not.toContain('secret-of');
    expect(JSON.stringify(client.received)).not.toContain('browser-20');
  });

  test('a wrong password at the edge is told as a failed registration', async () => {
    rig.edge.accounts.set(`browser-20${turn}`, 'changed');
    const { client, ask } = await seat(`agent-${turn}`);
    await ask({ request: 'register' });
    await client.event('registration_failed');
    expect(client.events).not.toContain('registered');
  });

  test('a call to an agent shows her page neither number nor name of the caller', async () => {
    const { client } = await registeredSeat(`agent-${turn}`);
    const call = await rig.edge.ring(`browser-20${turn}`, 1_000);
    const incoming = await client.event('incomingcall');
    expect(incoming.jsep?.type).toBe('offer');
    expect(JSON.stringify(client.received)).not.toMatch(/4930123456|Secret Caller/);
    call.cancel();
    await client.event('hangup');
  });
});

describe('whose session it is', () => {
  test('a browser that vanished comes back: its session is claimed, with handles and registration', async () => {
    const { client, session_id, handle_id } = await registeredSeat(`ada-${turn}`);
    client.vanish();
    await until('the line is gone', () => rig.proxy.links() === 0);
    const again = await open(`ada-${turn}`);
    expect(await again.ask({ janus: 'claim', session_id })).toMatchObject({ janus: 'success' });
    await again.ask({ janus: 'message', session_id, handle_id, body: { request: 'call' }, jsep: offer });
    await again.event('accepted');
  });

  test('also through another control plane, which remembers nothing; and nobody else may', async () => {
    const { session_id, handle_id } = await registeredSeat(`ada-${turn}`);
    await rig.stopControlPlane();
    clients = [];
    await rig.startControlPlane();
    const eve = await open(`eve-${turn}`);
    expect(await eve.ask({ janus: 'claim', session_id })).toMatchObject({ error: { code: 403 } });
    const again = await open(`ada-${turn}`);
    expect(await again.ask({ janus: 'claim', session_id })).toMatchObject({ janus: 'success' });
    expect(await again.ask({ janus: 'detach', session_id, handle_id })).toMatchObject({ janus: 'success' });
  });

  test('a page that is closed takes its call along at once', async () => {
    const { client, ask } = await registeredSeat(`ada-${turn}`);
    const known = rig.edge.calls.length;
    await ask({ request: 'call' }, offer);
    const call = await rig.edge.nextCall(known);
    await client.event('accepted');
    client.close(1000);
    await until('the phone is told', () => call.end?.how === 'BYE', { withinMs: 20_000 });
  });

  test('the newest page has the word: an older one of the same person is told, and its call ends', async () => {
    const first = await registeredSeat(`ada-${turn}`);
    const known = rig.edge.calls.length;
    await first.ask({ request: 'call' }, offer);
    const call = await rig.edge.nextCall(known);
    await first.client.event('accepted');
    await seat(`ada-${turn}`);
    await until('the first line is closed', () => first.client.closedWith === 4001);
    await until('its call ended', () => call.end !== undefined);
  });

  test('so it is with a page that vanished and left its call behind', async () => {
    const first = await registeredSeat(`ada-${turn}`);
    const known = rig.edge.calls.length;
    await first.ask({ request: 'call' }, offer);
    const call = await rig.edge.nextCall(known);
    await first.client.event('accepted');
    first.client.vanish();
    await until('the line is gone', () => rig.proxy.links() === 0);
    expect(call.end).toBeUndefined();
    await seat(`ada-${turn}`);
    await until('the call left behind ended', () => call.end !== undefined, { withinMs: 20_000 });
  });

  test('who is dismissed loses line, session and call', async () => {
    const { client, ask } = await registeredSeat(`ada-${turn}`);
    const known = rig.edge.calls.length;
    await ask({ request: 'call' }, offer);
    const call = await rig.edge.nextCall(known);
    await client.event('accepted');
    await rig.proxy.dismiss(`customer:ada-session-${turn}`);
    await until('the line is closed', () => client.closedWith === 4003);
    await until('the call ended', () => call.end !== undefined);
  });
});

describe('when Janus dies', () => {
  test('kill -9: lines are told, health says so, it is started again, and calls are possible again', async () => {
    const { client } = await seat(`ada-${turn}`);
    const told: boolean[] = [];
    const dispose = rig.proxy.subscribe(({ up }) => told.push(up));
    const { pid } = rig.janus;
    if (pid === undefined) throw new Error('no process');
    process.kill(pid, 'SIGKILL');
    await until('the line is closed', () => client.closedWith === 1013);
    await until('health and listeners know', () => told.includes(false));
    await until('it is back', () => rig.proxy.health().up && told.at(-1) === true, { withinMs: 30_000 });
    expect(rig.deaths).toContain('SIGKILL');
    expect(rig.janus.pid).not.toBe(pid);
    dispose();
    const again = await registeredSeat(`ada-${turn}`);
    await again.ask({ request: 'call' }, offer);
    await again.client.event('accepted');
  });

  test('frozen: noticed, and started again', async () => {
    const { pid } = rig.janus;
    if (pid === undefined) throw new Error('no process');
    process.kill(pid, 'SIGSTOP');
    try {
      await until('health says so', () => !rig.proxy.health().up, { withinMs: 15_000 });
      await expect(JanusClient.open(rig.url, `ada-${turn}`)).rejects.toThrow('refused with 503');
      await until('another one is up', () => rig.janus.pid !== pid && rig.janus.up && rig.proxy.health().up, {
        withinMs: 40_000,
      });
    } finally {
      if (rig.janus.pid === pid) process.kill(pid, 'SIGCONT');
    }
  });
});
