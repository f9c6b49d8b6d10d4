// Both doors, REST and Socket.IO, give the same wish as the same input of the floor, in the name of whoever is signed in; both
// refuse the same nonsense; and each audience sees of the three parties what is hers to see.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callCommands, monitorCommands } from '../../app/contract/call-control.ts';
import type { AgentSession, CustomerSession, SupervisorSession } from '../../app/contract/sessions.ts';
import type { Snapshot } from '../../app/contract/socket.ts';
import { agentId, legId, sessionId } from '../../app/domain/ids.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { apiOf, codeOf as httpCodeOf } from './http-client.ts';
import { codeOf, connectClient, disconnectClients, got } from './socket-client.ts';

let door: FrontDoor;
beforeEach(async () => {
  door = await openFrontDoor();
});
afterEach(async () => {
  disconnectClients();
  await door.close();
});

const bob = { kind: 'agent', agentId: '1002' };
const carrier = { kind: 'number', number: '+49 (30) 12-34.56/7' };
const dialled = { kind: 'number', number: '+49301234567' };

/** Each wish, and the input of the floor it becomes. */
const wishes: readonly (readonly [keyof typeof callCommands, object, object])[] = [
  ['mute', { muted: true }, { muted: true }],
  ['sendDigits', { digits: '12#*AD' }, { digits: '12#*AD' }],
  ['transfer', { to: bob }, { to: bob }],
  ['transfer', { to: carrier }, { to: dialled }],
  ['transfer', { to: { kind: 'queue', queueId: 'sales' } }, { to: { kind: 'queue', queueId: 'sales' } }],
  ['consult', { to: bob }, { to: bob }],
  ['consult', { to: carrier }, { to: dialled }],
  ['completeTransfer', {}, {}],
  ['cancelConsult', {}, {}],
  ['toggle', {}, {}],
  ['conference', {}, {}],
  ['dropParty', { party: 'third' }, { party: 'third' }],
  ['park', {}, {}],
  ['pickUp', { slot: 701 }, { slot: 701 }],
  ['play', { soundId: 'terms' }, { soundId: 'terms', mix: true, volume: 0, times: 1 }],
  [
    'play',
    { soundId: 'jingle', mix: false, volume: -2, times: 3 },
    { soundId: 'jingle', mix: false, volume: -2, times: 3 },
  ],
  ['stopPlaying', {}, {}],
  ['recording', { wish: 'pause' }, { wish: 'pause' }],
];

const nonsense: readonly (readonly [string, object])[] = [
  ['mute', {}],
  ['mute', { muted: 'yes' }],
  ['sendDigits', { digits: '' }],
  ['sendDigits', { digits: '1,2' }],
  ['sendDigits', { digits: '1'.repeat(33) }],
  ['transfer', {}],
  ['transfer', { to: { kind: 'number', number: 'sip:eve@example.org' } }],
  ['transfer', { to: { kind: 'number', number: '${hostname}' } }],
  ['transfer', { to: { kind: 'number', number: '+49301234567\nuuid_kill x' } }],
  ['transfer', { to: { ...bob, number: '+4930' } }],
  ['consult', { to: { kind: 'queue', queueId: 'sales' } }],
  ['dropParty', { party: 'agent' }],
  ['pickUp', { slot: 0 }],
  ['pickUp', { slot: '701' }],
  ['play', { soundId: '../../etc/passwd' }],
  ['play', { soundId: 'terms', volume: 5 }],
  ['play', { soundId: 'terms', times: 0 }],
  ['recording', { wish: 'erase' }],
  ['park', { slot: 1 }],
  ['dial', {}],
  ['dial', { number: '1' }],
  ['dial', { number: '+4930123', queueId: 'No Queue' }],
];

const pathOf = (name: string) =>
  (callCommands as Record<string, { path: string } | undefined>)[name]?.path ?? name;

describe('an agent in a call', () => {
  it('every command is tried here', () => {
    expect(new Set(wishes.map(([name]) => name))).toEqual(new Set(Object.keys(callCommands)));
  });

  it('says over REST and over the socket what becomes the same input, in her own name', async () => {
    const token = await door.token('1001');
    const page = connectClient(`${door.url}/agent`, token);
    for (const [name, wish, input] of wishes) {
      door.core.inputs.length = 0;
      const path = `/agents/me/${pathOf(name)}`;
      expect((await apiOf(door.url)('POST', path, { token, body: wish })).json, path).toEqual({ ok: true });
      expect(await page.command(name, wish), name).toEqual({ ok: true });
      const expected = { kind: `agent.${name}`, agentId: '1001', ...input };
      expect(door.core.inputs, name).toEqual([expected, expected]);
    }
  });

  it('calls a number, and learns the session it makes', async () => {
    const token = await door.token('1001');
    const body = { number: '030 1234567', callerNumber: '+49 30 999', queueId: 'sales', earlyMedia: true };
    const answer = await apiOf(door.url)('POST', '/agents/me/dial', { token, body });
    expect(answer.status).toBe(201);
    const { sessionId: made } = answer.json as { sessionId: string };
    expect(door.core.inputs).toEqual([
      {
        kind: 'agent.dial',
        agentId: '1001',
        sessionId: made,
        number: '0301234567',
        callerNumber: '+4930999',
        queueId: 'sales',
        earlyMedia: true,
      },
    ]);
  });

  it('is refused nonsense at both doors, and the floor hears nothing of it', async () => {
    const token = await door.token('1001');
    const page = connectClient(`${door.url}/agent`, token);
    for (const [name, wish] of nonsense) {
      const body = await apiOf(door.url)('POST', `/agents/me/${pathOf(name)}`, { token, body: wish });
      expect(httpCodeOf(body), JSON.stringify([name, wish])).toBe('bad_request');
      expect(codeOf(await page.command(name, wish)), JSON.stringify([name, wish])).toBe('bad_request');
    }
    expect(door.core.inputs).toEqual([]);
  });

  it("hears the floor's refusal with its code", async () => {
    const token = await door.token('1001');
    door.core.refusals.set('agent.consult', 'agent_unavailable');
    const page = connectClient(`${door.url}/agent`, token);
    expect(codeOf(await page.command('consult', { to: bob }))).toBe('agent_unavailable');
    const answer = await apiOf(door.url)('POST', '/agents/me/consult', { token, body: { to: bob } });
    expect(answer.status).toBe(409);
    expect(httpCodeOf(answer)).toBe('agent_unavailable');
  });
});

describe('a supervisor', () => {
  const id = sessionId(randomUUID());
  const about = { sessionId: id, supervisorId: 'supervisor' };
  const browser = { kind: 'browser', address: 'browser-supervisor' };
  const desk = { kind: 'sip', address: 'supervisor' };
  const wishes: readonly (readonly [keyof typeof monitorCommands, object, object])[] = [
    [
      'monitor',
      { device: 'browser', mode: 'listen' },
      { kind: 'supervisor.join', mode: 'listen', device: browser },
    ],
    ['monitor', { device: 'sip', mode: 'barge' }, { kind: 'supervisor.join', mode: 'barge', device: desk }],
    ['monitorMode', { mode: 'whisper' }, { kind: 'supervisor.mode', mode: 'whisper' }],
    ['takeOver', {}, { kind: 'supervisor.takeOver' }],
    ['stopMonitoring', {}, { kind: 'supervisor.leave' }],
  ];

  it('joins, changes, takes over and leaves through both doors, under her own name', async () => {
    expect(new Set(wishes.map(([name]) => name))).toEqual(new Set(Object.keys(monitorCommands)));
    const token = await door.token('supervisor');
    const page = connectClient(`${door.url}/supervisor`, token);
    for (const [name, wish, input] of wishes) {
      door.core.inputs.length = 0;
      const path = `/sessions/${id}/${monitorCommands[name].path}`;
      expect((await apiOf(door.url)('POST', path, { token, body: wish })).json, path).toEqual({ ok: true });
      expect(await page.command(name, { ...wish, sessionId: id }), name).toEqual({ ok: true });
      expect(door.core.inputs, name).toEqual([
        { ...about, ...input },
        { ...about, ...input },
      ]);
    }
  });

  it('is refused an unknown mode, an unknown device, and a call that cannot be one', async () => {
    const token = await door.token('supervisor');
    const page = connectClient(`${door.url}/supervisor`, token);
    for (const wish of [
      { sessionId: id, device: 'sip', mode: 'spy' },
      { sessionId: id, device: '1001', mode: 'listen' },
      { sessionId: 'x', device: 'sip', mode: 'listen' },
      { device: 'sip', mode: 'listen' },
    ]) {
      expect(codeOf(await page.command('monitor', wish))).toBe('bad_request');
    }
    expect(door.core.inputs).toEqual([]);
  });

  it('is the only one who may: an agent is refused at both doors', async () => {
    const token = await door.token('1001');
    const body = { device: 'sip', mode: 'listen' };
    const answer = await apiOf(door.url)('POST', `/sessions/${id}/monitor`, { token, body });
    expect(httpCodeOf(answer)).toBe('forbidden');
    const page = connectClient(`${door.url}/agent`, token);
    expect(codeOf(await page.command('monitor', { ...body, sessionId: id }))).toBe('unknown_event');
    expect(await connectClient(`${door.url}/supervisor`, token).failure).toBe('forbidden');
    expect(door.core.inputs).toEqual([]);
  });
});

describe('what each sees of a call between three', () => {
  const id = sessionId(randomUUID());
  const number = '+4930123456789';
  beforeEach(() => {
    door.core.session(id, {
      state: 'consulting',
      facing: 'third',
      agentId: agentId('1001'),
      third: { kind: 'number', number, legId: legId('t'), state: 'answered' },
      monitors: [{ supervisorId: 'supervisor', mode: 'whisper', legId: legId('m'), state: 'on' }],
      recording: 'paused',
    });
    door.core.agent('1001', { activity: 'consulting', sessionId: id });
  });

  it('the agent sees whom she asks, the number masked, and not who listens', async () => {
    const page = connectClient(`${door.url}/agent`, await door.token('1001'));
    const [call] = await got<AgentSession>(page, 'session');
    expect(call).toMatchObject({
      state: 'consulting',
      facing: 'third',
      third: { kind: 'number', number: '+49 *** 6789', state: 'answered' },
      recording: 'paused',
    });
    expect(JSON.stringify(page.received)).not.toMatch(/supervisor|whisper|4930123456789/);
  });

  it('a supervisor sees all of it', async () => {
    const page = connectClient(`${door.url}/supervisor`, await door.token('supervisor'));
    const [snapshot] = await got<Snapshot>(page, 'snapshot');
    expect(snapshot?.sessions[0] satisfies SupervisorSession | undefined).toMatchObject({
      third: { number },
      monitors: [{ supervisorId: 'supervisor', mode: 'whisper', state: 'on' }],
    });
  });

  it('the customer is on hold, and that is all', async () => {
    const page = connectClient(`${door.url}/customer`, door.auth.sessionToken(id, 'default').token);
    const [session] = await got<CustomerSession>(page, 'session');
    expect(session).toMatchObject({ state: 'held', agentName: 'Alice' });
    expect(JSON.stringify(session)).not.toMatch(/third|monitor|4930|1001/);
  });
});
