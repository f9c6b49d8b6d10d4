import { describe, expect, test } from 'vitest';
import { phone, reconnected, ringing, talking } from './support/phone.ts';
import { settle } from './support/world.ts';

describe('a call outlives its connection', () => {
  test('the server attaches it again: same dialog, same microphone, new path', async () => {
    const line = await talking();
    const { world, dialog, states } = line;
    const before = world.sound;
    await reconnected(line, [dialog.callID]);
    expect(dialog.state.name).toBe('recovering');
    await world.socket.request('verto.attach', { callID: dialog.callID, sdp: 'fresh-offer' });
    expect(world.socket.last('verto.attach').params).toMatchObject({
      sdp: 'answer-to-fresh-offer',
      dialogParams: { callID: dialog.callID },
    });
    await world.socket.answer('verto.attach');
    expect(states.slice(3)).toEqual(['recovering', 'answering', 'active']);
    expect(world.media).toHaveLength(2);
    expect(before.closed).toBe(true);
    expect(world.sound.options.useStream).toBe(before.local);
    await world.pass(120_000);
    expect(dialog.state.name).toBe('active');
  });

  test('a server that keeps the path names the call and no more: it goes on as it was', async () => {
    const line = await talking();
    line.world.sound.alive = true;
    await reconnected(line, [line.dialog.callID]);
    expect(line.states.slice(3)).toEqual(['recovering', 'active']);
    expect(line.world.media).toHaveLength(1);
    await line.world.pass(120_000);
    expect(line.dialog.state.name).toBe('active');
  });

  test('what was held comes back held', async () => {
    const line = await talking();
    void line.dialog.hold();
    await line.world.socket.answer('verto.modify', { holdState: 'held' });
    await reconnected(line, [line.dialog.callID]);
    await line.world.socket.request('verto.attach', { callID: line.dialog.callID, sdp: 'o' });
    await line.world.socket.answer('verto.attach');
    expect(line.dialog.state.name).toBe('held');
  });

  test('a call the server no longer has is over', async () => {
    const line = await talking();
    await reconnected(line, []);
    expect([line.dialog.state.name, line.dialog.cause]).toEqual(['destroy', 'NORMAL_TEMPORARY_FAILURE']);
    expect(line.verto.dialogs).toEqual({});
  });

  test('a server that does not come back in time: the call is given up', async () => {
    const { world, dialog } = await talking({ recoverTimeout: 20_000 });
    await world.socket.drop();
    await world.pass(20_000);
    expect([dialog.state.name, dialog.cause]).toEqual(['destroy', 'RECOVERY_ON_TIMER_EXPIRE']);
  });

  test('hung up during the gap: the server is told as soon as it brings the call back', async () => {
    const line = await talking();
    await line.world.socket.drop();
    line.dialog.hangup();
    expect(line.dialog.state.name).toBe('destroy');
    await line.world.pass(1_000);
    await line.world.socket.letIn();
    await line.world.socket.request('verto.attach', { callID: line.dialog.callID, sdp: 'fresh' });
    expect(line.world.socket.last('verto.bye').params).toMatchObject({
      dialogParams: { callID: line.dialog.callID },
    });
    expect(line.verto.dialogs).toEqual({});
  });

  test('the connection breaks while answering: the call waits to be attached', async () => {
    const line = await ringing();
    void line.dialog.answer();
    await settle();
    await reconnected(line, ['c-1']);
    await line.world.socket.request('verto.attach', { callID: 'c-1', sdp: 'again' });
    await line.world.socket.answer('verto.attach');
    expect(line.states).toEqual(['ringing', 'answering', 'recovering', 'answering', 'active']);
  });

  test('a call that only rang is gone with the connection', async () => {
    const line = await ringing();
    await line.world.socket.drop();
    expect(line.states).toEqual(['ringing', 'hangup', 'destroy']);
  });

  test('after a reload the page gets its call back, as a new dialog', async () => {
    const line = await phone();
    await line.world.socket.request('verto.clientReady', { reattached_sessions: ['c-9'] });
    await line.world.socket.request('verto.attach', {
      callID: 'c-9',
      sdp: 'offer-9',
      caller_id_number: '4711',
    });
    await line.world.socket.answer('verto.attach');
    expect(line.states).toEqual(['recovering', 'answering', 'active']);
    expect(line.verto.dialogs['c-9']?.params.remote_caller_id_number).toBe('4711');
  });

  test('purge() forgets calls without a word, as older pages do in onWSClose', async () => {
    const line = await talking();
    line.verto.purge();
    expect(line.states.slice(3)).toEqual(['purge', 'destroy']);
    expect(line.world.socket.methods()).not.toContain('verto.bye');
  });

  test('logout hangs up; nothing is left', async () => {
    const { world, verto, dialog } = await talking();
    verto.logout();
    expect(world.socket.methods().slice(-2)).toEqual(['verto.bye', 'logout']);
    await settle();
    expect(dialog.state.name).toBe('destroy');
    expect(world.timers).toBe(0);
  });
});
