import { describe, expect, test, vi } from 'vitest';
import { VertoCallcenter } from '../src/callcenter.ts';
import { World } from './support/world.ts';

async function desk() {
  const world = new World();
  const verto = await world.online();
  return { world, verto, vcc: new VertoCallcenter(verto) };
}

describe('each verb is one request', () => {
  const q = ['default', '1007'] as const;
  test.each<[string, (vcc: VertoCallcenter) => Promise<unknown>, Record<string, unknown>]>([
    ['cc.login', (vcc) => vcc.ccLogin(...q, '1007'), { extn: '1007' }],
    ['cc.logout', (vcc) => vcc.ccLogout(...q), {}],
    ['cc.ready', (vcc) => vcc.ccGoReady(...q), {}],
    ['cc.break', (vcc) => vcc.ccGoBreak(...q, 'DND'), { reason: 'DND' }],
    ['cc.break', (vcc) => vcc.ccGoBreak(...q), {}],
    ['cc.rest', (vcc) => vcc.ccGoRest(...q, 'lunch'), { reason: 'lunch' }],
    ['cc.wrapup', (vcc) => vcc.ccWrapUp(...q), {}],
    ['cc.answer', (vcc) => vcc.ccAnswer(...q), {}],
    ['cc.decline', (vcc) => vcc.ccDecline(...q), {}],
    ['cc.hold', (vcc) => vcc.ccHold(...q), {}],
    ['cc.unhold', (vcc) => vcc.ccUnHold(...q), {}],
    ['cc.hangup', (vcc) => vcc.ccHangup(...q), {}],
    ['cc.mute', (vcc) => vcc.ccMute(...q, true), { muted: true }],
    ['cc.dtmf', (vcc) => vcc.ccDtmf(...q, '12#'), { digits: '12#' }],
    ['cc.transfer', (vcc) => vcc.ccTransfer(...q, '3001'), { destNumber: '3001' }],
    ['cc.transfer', (vcc) => vcc.ccTransfer(...q, { queue: 'sales' }), { to: { queue: 'sales' } }],
    ['cc.consult', (vcc) => vcc.ccConsult(...q, { agent: '1008' }), { to: { agent: '1008' } }],
    ['cc.completeTransfer', (vcc) => vcc.ccCompleteTransfer(...q), {}],
    ['cc.cancelConsult', (vcc) => vcc.ccCancelConsult(...q), {}],
    ['cc.toggle', (vcc) => vcc.ccToggle(...q), {}],
    ['cc.conference', (vcc) => vcc.ccConference(...q), {}],
    ['cc.dropParty', (vcc) => vcc.ccDropParty(...q, 'third'), { party: 'third' }],
    ['cc.park', (vcc) => vcc.ccPark(...q), {}],
    ['cc.pickup', (vcc) => vcc.ccPickUp(...q, 701), { slot: 701 }],
    ['cc.recording', (vcc) => vcc.ccRecording(...q, 'pause'), { wish: 'pause' }],
    [
      'cc.play',
      (vcc) => vcc.ccPlay(...q, { soundId: 'terms', mix: false }),
      { soundId: 'terms', mix: false },
    ],
    ['cc.stopPlaying', (vcc) => vcc.ccStopPlaying(...q), {}],
    ['cc.token', (vcc) => vcc.cc('cc.token', { queue: q[0], agent: q[1] }), {}],
  ])('%s', async (method, give, more) => {
    const { world, verto, vcc } = await desk();
    const outcome = give(vcc);
    expect(world.socket.last(method).params).toEqual({
      group: 'default',
      queue: 'default',
      agent: '1007',
      ...more,
      sessid: verto.sessid,
    });
    const result = { code: 200, message: 'OK' };
    await world.socket.answer(method, result);
    expect(await outcome).toEqual(result);
  });

  test('cc.dial: early media is off unless asked for', async () => {
    const { world, vcc } = await desk();
    void vcc.ccDial('1007', '1007', '055', '0123').catch(() => undefined);
    expect(world.socket.last('cc.dial').params).toMatchObject({
      agent: '1007',
      extn: '1007',
      cidNumber: '055',
      destNumber: '0123',
      earlyMedia: false,
    });
    void vcc.ccDial('1007', '1007', '055', '0123', true).catch(() => undefined);
    expect(world.socket.last('cc.dial').params.earlyMedia).toBe(true);
  });

  test('setGroup() names the group from then on', async () => {
    const { world, vcc } = await desk();
    vcc.setGroup('sales');
    void vcc.ccGoReady('sales', '1007').catch(() => undefined);
    expect(world.socket.last('cc.ready').params.group).toBe('sales');
  });
});

describe('with functions and without', () => {
  test.each<[string, (vcc: VertoCallcenter, ok: () => void, fail: () => void) => unknown, string]>([
    ['after the reason', (vcc, ok, fail) => vcc.ccGoBreak('q', 'a', 'BRB', ok, fail), 'cc.break'],
    ['in place of the reason', (vcc, ok, fail) => vcc.ccGoBreak('q', 'a', ok, fail), 'cc.break'],
    [
      'after a reason of undefined',
      (vcc, ok, fail) => vcc.ccGoRest('q', 'a', undefined, ok, fail),
      'cc.rest',
    ],
    ['after earlyMedia', (vcc, ok, fail) => vcc.ccDial('a', 'e', 'c', 'd', true, ok, fail), 'cc.dial'],
    ['in place of earlyMedia', (vcc, ok, fail) => vcc.ccDial('a', 'e', 'c', 'd', ok, fail), 'cc.dial'],
    [
      'after earlyMedia of undefined',
      (vcc, ok, fail) => vcc.ccDial('a', 'e', 'c', 'd', undefined, ok, fail),
      'cc.dial',
    ],
    ['at the end', (vcc, ok, fail) => vcc.ccLogin('q', 'a', 'e', ok, fail), 'cc.login'],
  ])('%s they are called', async (_place, give, method) => {
    const { world, vcc } = await desk();
    const [ok, fail] = [vi.fn(), vi.fn()];
    give(vcc, ok, fail);
    await world.socket.answer(method, { code: 200, message: 'OK' });
    expect(ok).toHaveBeenCalledExactlyOnceWith({ code: 200, message: 'OK' });
    give(vcc, ok, fail);
    await world.socket.refuse(method, { code: 409, message: 'not now', data: { refusal: 'in_call' } });
    expect(fail).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 409, data: { refusal: 'in_call' } }),
    );
    expect(ok).toHaveBeenCalledOnce();
  });

  test('the promise rejects for who looks', async () => {
    const { world, vcc } = await desk();
    const outcome = vcc.ccGoReady('default', '1007');
    await world.socket.refuse('cc.ready', { code: 401, message: 'sign in first' });
    await expect(outcome).rejects.toMatchObject({ reason: 'refused', code: 401 });
  });
});
