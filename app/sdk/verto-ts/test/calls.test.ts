import { describe, expect, test, vi } from 'vitest';
import { VertoError } from '../src/errors.ts';
import { Verto } from '../src/verto.ts';
import { phone, ringing, talking } from './support/phone.ts';
import { settle } from './support/world.ts';

describe('calling', () => {
  test('new, requesting, trying, early, active; hang up: hangup, destroy', async () => {
    const { world, verto, states } = await phone({}, {});
    const ok = vi.fn();
    const dialog = verto.newCall(
      {
        destination_number: '3000',
        caller_id_name: 'Me',
        caller_id_number: '1001',
        useStream: undefined as never,
      },
      {},
      ok,
    );
    await settle();
    const { params } = world.socket.last('verto.invite');
    expect(params).toEqual({
      sdp: 'offer',
      sessid: verto.sessid,
      dialogParams: {
        callID: dialog?.callID,
        destination_number: '3000',
        caller_id_name: 'Me',
        caller_id_number: '1001',
        remote_caller_id_name: 'Outbound Call',
        remote_caller_id_number: '3000',
        useVideo: false,
        useStereo: false,
      },
    });
    await world.socket.answer('verto.invite', { message: 'CALL CREATED' });
    expect(ok).toHaveBeenCalledOnce();
    await world.socket.request('verto.media', { callID: dialog?.callID, sdp: 'early-sdp' });
    await world.socket.request('verto.answer', { callID: dialog?.callID });
    expect(states).toEqual(['requesting', 'trying', 'early', 'active']);
    expect(world.sound.applied).toEqual(['early-sdp']);
    expect(dialog?.state).toBe(Verto.enum.state.active);
    expect(dialog?.direction.name).toBe('outbound');
    dialog?.hangup();
    expect(world.socket.last('verto.bye').params).toMatchObject({ cause: 'NORMAL_CLEARING', causeCode: 16 });
    await settle();
    expect(states.slice(4)).toEqual(['hangup', 'destroy']);
    expect(verto.dialogs).toEqual({});
    expect(world.sound.closed).toBe(true);
  });

  test('the answer applied before the early media is understood waits its turn', async () => {
    const { world, dialog, states } = await talking();
    expect(states).toEqual(['requesting', 'trying', 'active']);
    await world.socket.request('verto.media', { callID: dialog.callID, sdp: 'late-early' });
    expect(world.sound.applied).toEqual(['their-answer']);
    expect(dialog.state.name).toBe('active');
  });

  test('an answer that overtakes the reply to our invite is an answer', async () => {
    const { world, verto, states } = await phone();
    const dialog = verto.newCall({ destination_number: '1' });
    await settle();
    await world.socket.request('verto.answer', { callID: dialog?.callID, sdp: 'x' });
    await world.socket.answer('verto.invite', {});
    expect(states).toEqual(['requesting', 'active']);
  });

  test('a refused call ends with the server’s cause, and no bye', async () => {
    const { world, verto, states } = await phone();
    const fail = vi.fn();
    const dialog = verto.newCall({ destination_number: '1' }, {}, undefined, fail);
    await settle();
    await world.socket.refuse('verto.invite', {
      code: -32002,
      message: 'CALL ERROR',
      data: { cause: 'USER_BUSY', causeCode: 17 },
    });
    expect(states).toEqual(['requesting', 'hangup', 'destroy']);
    expect([dialog?.cause, dialog?.causeCode]).toEqual(['USER_BUSY', 17]);
    expect(fail).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: -32002 }));
    expect(world.socket.methods()).not.toContain('verto.bye');
  });

  test('an invite that nobody answers is taken back: the server may have begun it', async () => {
    const { world, verto, states } = await phone({ requestTimeout: 4_000 });
    verto.newCall({ destination_number: '1' });
    await settle();
    await world.pass(4_000);
    expect(states).toEqual(['requesting', 'hangup', 'destroy']);
    expect(world.socket.methods()).toContain('verto.bye');
  });

  test('without a microphone there is no call, and the page hears why', async () => {
    const { world, verto, states } = await phone();
    world.microphoneProblem = new VertoError('microphone-denied', 'not allowed');
    const fail = vi.fn();
    verto.newCall({ destination_number: '1' }, {}, undefined, fail);
    await settle();
    expect(fail).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: 'microphone-denied' }));
    expect(states).toEqual(['hangup', 'destroy']);
    expect(world.socket.methods()).toEqual(['login']);
  });

  test('without a connection there is no dialog', async () => {
    const { world, verto } = await phone();
    await world.socket.drop();
    expect(verto.newCall({ destination_number: '1' })).toBeUndefined();
  });

  test('hung up before the microphone opened: nothing was ever sent', async () => {
    const { world, verto, states } = await phone();
    verto.newCall({ destination_number: '1' })?.hangup();
    await settle();
    expect(states).toEqual(['hangup', 'destroy']);
    expect(world.socket.methods()).toEqual(['login']);
  });
});

describe('being called', () => {
  test('ringing, answering, active; the caller is named', async () => {
    const { world, dialog, states } = await ringing();
    expect(dialog.direction.name).toBe('inbound');
    expect(dialog.params.caller_id_number).toBe('4711');
    expect(dialog.cidString()).toBe('Ada <4711>');
    const answered = dialog.answer();
    await settle();
    expect(world.socket.last('verto.answer').params).toMatchObject({
      sdp: 'answer-to-their-offer',
      dialogParams: { callID: 'c-1' },
    });
    expect((world.socket.last('verto.answer').params.dialogParams as object) ?? {}).not.toHaveProperty('sdp');
    await world.socket.answer('verto.answer', {});
    await answered;
    expect(states).toEqual(['ringing', 'answering', 'active']);
  });

  test('answered twice by a nervous finger is answered once', async () => {
    const { world, dialog } = await ringing();
    void dialog.answer();
    void dialog.answer();
    await settle();
    expect(world.socket.methods().filter((method) => method === 'verto.answer')).toHaveLength(1);
    await world.socket.answer('verto.answer');
  });

  test('a microphone that was refused leaves it ringing, to be answered again', async () => {
    const { world, dialog, states } = await ringing();
    world.microphoneProblem = new VertoError('microphone-denied', 'not allowed');
    await expect(dialog.answer()).rejects.toMatchObject({ reason: 'microphone-denied' });
    expect(states).toEqual(['ringing']);
    world.microphoneProblem = undefined;
    void dialog.answer({ useStream: { getTracks: () => [] } as unknown as MediaStream });
    await settle();
    await world.socket.answer('verto.answer');
    expect(states).toEqual(['ringing', 'answering', 'active']);
  });

  test('declined with a cause', async () => {
    const { world, dialog, states } = await ringing();
    dialog.hangup({ cause: 'USER_BUSY', causeCode: 17 });
    expect(world.socket.last('verto.bye').params).toMatchObject({
      cause: 'USER_BUSY',
      causeCode: 17,
      dialogParams: { callID: 'c-1' },
    });
    expect(states).toEqual(['ringing', 'hangup', 'destroy']);
  });

  test('the caller gives up while it rings: the cause is told, and no bye goes back', async () => {
    const { world, dialog, states } = await ringing();
    await world.socket.request('verto.bye', { callID: 'c-1', cause: 'ORIGINATOR_CANCEL', causeCode: 487 });
    expect(states).toEqual(['ringing', 'hangup', 'destroy']);
    expect([dialog.cause, dialog.causeCode]).toEqual(['ORIGINATOR_CANCEL', 487]);
    expect(world.socket.methods()).toEqual(['login']);
  });

  test('an answer the server refuses ends the call', async () => {
    const { world, dialog, states } = await ringing();
    const answered = expect(dialog.answer()).rejects.toMatchObject({ code: -32002, message: 'CODEC ERROR' });
    await settle();
    await world.socket.refuse('verto.answer', { code: -32002, message: 'CODEC ERROR' });
    await answered;
    expect(states).toEqual(['ringing', 'answering', 'hangup', 'destroy']);
  });

  test('two calls at once are told apart', async () => {
    const { world, calls } = await ringing();
    await world.socket.request('verto.invite', { callID: 'c-2', sdp: 'other' });
    await world.socket.request('verto.bye', { callID: 'c-1' });
    expect(calls.map(({ callID, state }) => `${callID} ${state.name}`)).toEqual([
      'c-1 destroy',
      'c-2 ringing',
    ]);
  });

  test('with the same invite again nothing happens', async () => {
    const { world, calls } = await ringing();
    await world.socket.request('verto.invite', { callID: 'c-1', sdp: 'their-offer' });
    expect(calls).toHaveLength(1);
  });
});

describe('during a call', () => {
  test('hold and resume follow what the server says', async () => {
    const { world, dialog, states } = await talking();
    const held = dialog.hold();
    expect(dialog.state.name).toBe('active');
    await world.socket.answer('verto.modify', { holdState: 'held' });
    expect(await held).toEqual({ holdState: 'held' });
    expect(dialog.state.name).toBe('held');
    void dialog.toggleHold();
    await world.socket.answer('verto.modify', { holdState: 'active' });
    expect(states.slice(-2)).toEqual(['held', 'active']);
    expect(world.socket.asked.slice(-2).map(({ params }) => params.action)).toEqual(['hold', 'toggleHold']);
  });

  test('transfer, replace, keys and messages say what they say on the wire', async () => {
    const { world, dialog } = await talking();
    const fail = vi.fn();
    void dialog.transfer('3001', undefined, fail);
    expect(world.socket.last('verto.modify').params).toMatchObject({
      action: 'transfer',
      destination: '3001',
    });
    await world.socket.refuse('verto.modify', { code: -32002, message: 'call is not bridged' });
    expect(fail).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: 'call is not bridged' }));
    dialog.replace('other').catch(() => undefined);
    expect(world.socket.last('verto.modify').params).toMatchObject({
      action: 'replace',
      replaceCallID: 'other',
    });
    const keys = dialog.dtmf('12#');
    expect(world.socket.last('verto.info').params).toMatchObject({ dtmf: '12#' });
    await world.socket.answer('verto.info', { message: 'SENT' });
    expect(await keys).toEqual({ message: 'SENT' });
    await expect(dialog.dtmf('x')).rejects.toMatchObject({ reason: 'invalid' });
    dialog.message({ to: '1002', body: 'hello' }).catch(() => undefined);
    expect(world.socket.last('verto.info').params).toMatchObject({ msg: { to: '1002', body: 'hello' } });
  });

  test('mute is ours alone', async () => {
    const { world, dialog } = await talking();
    expect(dialog.setMute('on')).toBe(true);
    expect(world.sound.muted).toBe(true);
    expect(dialog.setMute('toggle')).toBe(false);
    expect([dialog.getMute(), world.sound.muted]).toEqual([false, false]);
  });

  test('a new name for the far side is shown', async () => {
    const onMessage = vi.fn();
    const line = await phone({}, { onMessage });
    await line.world.socket.request('verto.invite', { callID: 'c-1', sdp: 'o', caller_id_name: 'Ada' });
    await line.world.socket.request('verto.display', {
      callID: 'c-1',
      display_name: 'Eve',
      display_number: '9',
    });
    const dialog = line.verto.dialogs['c-1'];
    expect(dialog?.cidString()).toBe('Eve <9>');
    expect(onMessage).toHaveBeenCalledWith(line.verto, dialog, Verto.enum.message.display, expect.anything());
  });

  test('the path breaks: new candidates are negotiated, once, and the call goes on', async () => {
    const { world, dialog } = await talking();
    world.sound.events.broken();
    await settle();
    expect(world.socket.last('verto.modify').params).toMatchObject({
      action: 'updateMedia',
      sdp: 'offer-again',
    });
    await world.socket.answer('verto.modify', { sdp: 'their-answer-again' });
    expect(world.sound.applied).toEqual(['their-answer', 'their-answer-again']);
    expect(dialog.state.name).toBe('active');
  });

  test('a path that cannot be mended ends the call with a cause', async () => {
    const { world, dialog } = await talking();
    world.sound.events.broken();
    await settle();
    await world.socket.refuse('verto.modify', { code: -32002, message: 'MEDIA ERROR' });
    expect([dialog.state.name, dialog.cause]).toEqual(['destroy', 'MEDIA_TIMEOUT']);
    expect(world.socket.methods()).toContain('verto.bye');
  });

  test('a description that is not understood ends the call', async () => {
    const { world, verto, states } = await phone();
    const dialog = verto.newCall({ destination_number: '1' });
    await settle();
    await world.socket.answer('verto.invite');
    await world.socket.request('verto.answer', { callID: dialog?.callID, sdp: 'nonsense' });
    expect(states).toEqual(['requesting', 'trying', 'hangup', 'destroy']);
  });
});
