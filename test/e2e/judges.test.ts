// The judges of every story can say no: something of each kind is left over, or taken away, on purpose, and they must name it.

import { connect } from 'node:net';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { checkInvariants } from '../support/invariants.ts';
import { JanusClient } from '../support/janus-client.ts';
import { backTo, settled } from '../support/leftovers.ts';
import type { Figures } from '../support/metrics.ts';
import { signIn, type AgentDesk } from '../support/people.ts';
import { Scene } from '../support/scene.ts';
import { until } from '../support/until.ts';

let scene: Scene;
let caller: Phone;
let phone: Phone;
let desk: AgentDesk;
let before: Figures;

beforeAll(async () => {
  scene = await Scene.open();
  caller = await scene.trunkPhone('4930999001');
  phone = await scene.deskPhone('1001');
  desk = await scene.desk('1001');
  before = await settled(scene.cordboard.place());
});
afterAll(() => scene?.close());

/** What is named as left over, a moment after it was planted; undefined when nothing is. */
async function named(): Promise<string | undefined> {
  return backTo(before, () => scene.cordboard.place(), { withinMs: 1_000 }).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}

describe('what is left over is named, and forgiven once it is gone', () => {
  const isGone = (): Promise<number> => backTo(before, () => scene.cordboard.place());

  test('a supervisor who never leaves', async () => {
    const token = await signIn(scene.cordboard.url, 'supervisor', scene.cordboard.demoPassword);
    const socket = io(`${scene.cordboard.url}/supervisor`, { auth: { token }, transports: ['websocket'] });
    await until('she is connected', () => socket.connected);
    expect(await named()).toMatch(/cordboard_sockets\{audience="supervisor"\}: 2, was 1/);
    expect(await named()).toMatch(/^cordboard sockets\{kind="tcp"\}: \d+, was \d+$/m);
    socket.disconnect();
    await isGone();
  });

  test('a call that nobody ends: channel, dialog, RTP sockets, what the adapter and the edge keep', async () => {
    await scene.caller(caller);
    const message = (await named()) ?? '';
    for (const figure of [
      'cordboard_sessions_live: 1, was 0',
      'cordboard_switch_legs: 1, was 0',
      'cordboard_edge_calls: 1, was 0',
      'media_switch_channels: 1, was 0',
      'media_switch_dialogs: 1, was 0',
      'media_switch_media_legs: 1, was 0',
    ])
      expect(message).toContain(figure);
    expect(message).toMatch(/^telephony sockets\{kind="udp"\}: \d+, was \d+$/m);
    await caller.hangUp();
    await isGone();
  });

  test('a timer of the floor: a session that was asked for and never arrives', async () => {
    const link = (scene.cordboard.ready.customerLink ?? '').split('/').at(-1);
    const answer = await fetch(`${scene.cordboard.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link }),
    });
    const { sessionId, token } = (await answer.json()) as { sessionId: string; token: string };
    scene.called('a visitor who never calls', sessionId);
    expect(await named()).toMatch(/cordboard_timers: 1, was 0/);

    const janus = await JanusClient.open(`${scene.cordboard.url.replace('http', 'ws')}/janus`, token);
    await janus.attach(await janus.create());
    const message = (await named()) ?? '';
    for (const figure of [
      'cordboard_janus_links: 1, was 0',
      'Janus sessions: 1, was 0',
      'Janus handles: 1, was 0',
    ])
      expect(message).toContain(figure);
    janus.close();
    await fetch(`${scene.cordboard.url}/api/v1/sessions/${sessionId}/hang-up`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    await backTo(before, () => scene.cordboard.place(), { withinMs: 70_000 });
  });

  test('a TCP connection to the SIP port', async () => {
    const socket = connect(scene.cordboard.sipPort, '127.0.0.1');
    expect(await named()).toMatch(/sip_server_connections: 1, was 0/);
    socket.destroy();
    await isGone();
  });
});

describe('what was acknowledged and is not in the database', () => {
  let sessionId: string;

  beforeAll(async () => {
    await desk.goReady();
    sessionId = await scene.caller(caller);
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await caller.hangUp();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'kept', sessionId, idempotencyKey: `note-of-${sessionId}` });
    await scene.board.record(sessionId);
  });

  /** What N8 says after a statement of somebody who spoils the database. */
  async function afterSpoiling(statement: string): Promise<readonly string[]> {
    const db = openDatabaseFile(scene.cordboard.dataFolder);
    const judge = async () => {
      const { breaches, judged } = checkInvariants({ now: Date.now(), ...(await scene.ledger.settle(db)) });
      expect(judged).toEqual(['N8']);
      return breaches.map(({ what }) => what);
    };
    try {
      expect(await judge()).toEqual([]);
      await db.raw('begin');
      await db.raw(statement);
      const breaches = await judge();
      await db.raw('rollback');
      return breaches;
    } finally {
      await db.destroy();
    }
  }

  test.each([
    ['a note is gone', 'delete from wrap_up_notes', /^a note .* has 0 effects$/],
    ['a note has other words', "update wrap_up_notes set note = 'changed'", /^a note .* has 0 effects$/],
    ['an idempotency key is gone', 'delete from idempotency_keys', /^an idempotency key .* has 0 effects$/],
    [
      'somebody sat down twice',
      "insert into agent_states select number + 1000000, agent_id, at, axis, state, cause, session_id from agent_states where state = 'signedIn'",
      /^a change of presence .* has 2 effects$/,
    ],
  ])('%s', async (_, statement, breach) => {
    expect(await afterSpoiling(statement)).toEqual([expect.stringMatching(breach)]);
  });

  test('nothing was lost in truth', () => scene.judge());

  test('nothing is left in truth, SIP transactions included', () =>
    scene.nothingIsLeft({ patient: true, withinMs: 45_000 }));
});
