// The contract of the media port, call control: who is joined with whom and who hears whom, through consultation, conference,
// mute, sounds and supervision. Every sentence about hearing is measured at the phones, and so is every "does not".

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sessionId, type LegId } from '../../app/domain/ids.ts';
import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import { headerOf } from '../support/sip-text.ts';
import { beforeMedia, onEachSwitch } from '../support/switch-suites.ts';
import { type MediaWorld, concerns, hearing } from '../support/switches-world.ts';
import { sine, writeWav } from '../support/tones.ts';
import { until } from '../support/until.ts';

const [A, B, C] = [400, 700, 1_100];
const room = sessionId('room-1');

onEachSwitch('call control', (lane) => {
  let world: MediaWorld;
  beforeMedia(lane, (opened) => {
    world = opened;
    writeWav(path.join(world.switch.soundsDir, 'prompt.wav'), sine(1_500, 0, 8_000));
  });

  const alive = (...legs: LegId[]) => expect(legs.flatMap((leg) => world.of('leg.ended', leg))).toEqual([]);
  const confer = (...legs: LegId[]) => world.perform({ kind: 'legs.conference', room, legs });
  const parkAlone = (leg: LegId) => world.perform({ kind: 'leg.parkAlone', legId: leg });
  const mute = (leg: LegId, muted: boolean) => world.perform({ kind: 'leg.mute', legId: leg, muted });
  const three = async () => {
    const { customer, agent, a, b } = await world.conversation();
    const { phone: third, leg: c } = await world.agent(C);
    return { customer, agent, third, a, b, c };
  };

  describe('a conference', () => {
    it('takes in a pair and a third; all hear each other, nobody herself', async () => {
      const { customer, agent, third, a, b, c } = await three();
      await confer(a, b, c);
      for (const leg of [a, b, c]) await world.seen('conference.joined', leg);
      await hearing([customer, [B, C]], [agent, [A, C]], [third, [A, B]]);
      const kindsOf = world.signals.filter((signal) => concerns(signal, a)).map(({ kind }) => kind);
      expect(kindsOf.slice(-3)).toEqual(['legs.bridged', 'legs.unbridged', 'conference.joined']);
      alive(a, b, c);
    });

    it('goes on when one of three hangs up, and the others are told of it', async () => {
      const { customer, agent, third, a, b, c } = await three();
      await confer(a, b, c);
      for (const leg of [a, b, c]) await world.seen('conference.joined', leg);
      third.hangUp();
      expect(await world.seen('leg.ended', c)).toMatchObject({ ending: 'hung_up' });
      expect(world.of('conference.left', c)).toHaveLength(1);
      await hearing([customer, [B]], [agent, [A]]);
      alive(a, b);
    });

    it('asked for twice takes in only who is not there', async () => {
      const { customer, agent, third, a, b, c } = await three();
      await confer(a, b);
      await world.seen('conference.joined', b);
      await hearing([customer, [B]], [agent, [A]], [third, []]);
      await confer(a, b, c);
      await world.seen('conference.joined', c);
      await hearing([customer, [B, C]], [agent, [A, C]], [third, [A, B]]);
      expect(world.of('conference.joined', a)).toHaveLength(1);
    });
  });

  it('a consultation in every turn: consult, toggle, conference, drop one, the other, and nobody is lost', async () => {
    const { customer, agent, third, a, b, c } = await three();
    // The customer waits with music while the agent asks the third.
    await Promise.all([world.perform({ kind: 'legs.park', a, b }), world.music(a)]);
    await world.bridge(b, c);
    await hearing([agent, [C]], [third, [B]], [customer, []]);
    await until('music', () => customer.loudness() > 0.02);
    // Toggle, without a park in between: whoever is left waits.
    await world.bridge(a, b);
    await world.music(c);
    await hearing([customer, [B]], [agent, [A]], [third, []]);
    await until('music', () => third.loudness() > 0.02);
    await world.bridge(b, c);
    await hearing([agent, [C]], [third, [B]], [customer, []]);
    await confer(a, b, c);
    await hearing([customer, [B, C]], [agent, [A, C]], [third, [A, B]]);
    // The third is dropped from the conference, and taken in again.
    await Promise.all([parkAlone(c), world.bridge(a, b)]);
    await hearing([customer, [B]], [agent, [A]], [third, []]);
    await confer(a, b, c);
    await hearing([customer, [B, C]], [agent, [A, C]], [third, [A, B]]);
    // The agent leaves customer and third to each other.
    await Promise.all([world.hangUp(b), world.bridge(a, c)]);
    await hearing([customer, [C]], [third, [A]]);
    alive(a, c);
    expect(agent.over || world.of('leg.ended', b).length > 0).toBe(true);
  });

  it('one taken out of a bridge leaves both parked', async () => {
    const { customer, agent, a, b } = await world.conversation();
    await hearing([customer, [B]], [agent, [A]]);
    await parkAlone(b);
    await world.seen('legs.unbridged', a);
    await hearing([customer, []], [agent, []]);
    await parkAlone(b);
    await world.bridge(a, b);
    await hearing([customer, [B]], [agent, [A]]);
    alive(a, b);
  });

  it('a muted leg is heard by nobody, through hold, conference and the next bridge, until it is unmuted', async () => {
    const { customer, agent, third, a, b, c } = await three();
    await mute(b, true);
    await hearing([customer, []], [agent, [A]]);
    await world.perform({ kind: 'legs.park', a, b });
    await world.seen('legs.unbridged', a);
    await world.bridge(a, b);
    await hearing([customer, []], [agent, [A]]);
    await confer(a, b, c);
    await hearing([customer, [C]], [agent, [A, C]], [third, [A]]);
    await mute(b, false);
    await hearing([customer, [B, C]], [agent, [A, C]], [third, [A, B]]);
    await mute(b, true);
    await world.bridge(b, c);
    await hearing([agent, [C]], [third, []]);
    await mute(b, false);
    await hearing([agent, [C]], [third, [B]]);
  });

  it('keys are pressed for a leg, and only its phone hears them', async () => {
    const { customer, agent, a, b } = await world.conversation();
    await hearing([customer, [B]], [agent, [A]]);
    await world.perform({ kind: 'leg.sendDigits', legId: a, digits: '12#' });
    await until('three keys', () => customer.digitsHeard.length === 3);
    expect(customer.digitsHeard).toEqual(['1', '2', '#']);
    expect(agent.digitsHeard).toEqual([]);
    expect(world.of('leg.digit', a)).toEqual([]);
    const odd = world.perform({ kind: 'leg.sendDigits', legId: b, digits: '1@200' });
    await expect(odd).rejects.toMatchObject({ reason: 'refused' });
  });

  it('ring-back is heard by a parked leg until it is joined', async () => {
    const { customer, agent, third, a, b, c } = await three();
    await world.perform({ kind: 'legs.park', a, b });
    await world.perform({ kind: 'ringback.start', legId: b });
    await until('ring-back', () => agent.hears(425) > 0.05);
    expect(customer.hears(425)).toBeLessThan(0.02);
    await world.perform({ kind: 'ringback.stop', legId: b });
    await until('quiet', () => agent.hears(425) < 0.01);
    await world.perform({ kind: 'ringback.start', legId: b });
    await until('ring-back again', () => agent.hears(425) > 0.05);
    await world.bridge(b, c);
    await hearing([agent, [C]], [third, [B]]);
    await until('ring-back is over', () => agent.hears(425) < 0.02);
  });

  describe('a sound', () => {
    const P = 1_500;
    const play = (
      legId: LegId,
      playId: string,
      over: Partial<Extract<MediaEffect, { kind: 'sound.play' }>> = {},
    ) =>
      world.perform({
        ...{ kind: 'sound.play', legId, playId, soundId: 'prompt' },
        ...{ mix: true, volume: 0, times: 1, to: 'leg', ...over },
      });
    const ended = (leg: LegId, playId: string) =>
      until(`the end of ${playId}`, () => world.of('sound.ended', leg).find((end) => end.playId === playId));

    it('mixed over a conversation is heard by its leg, the talk goes on, and its end is told', async () => {
      const { customer, agent, b } = await world.conversation();
      await hearing([customer, [B]], [agent, [A]]);
      await play(b, 'once');
      await hearing([customer, [B]], [agent, [A, P]]);
      expect(await ended(b, 'once')).toMatchObject({ how: 'done' });
      await hearing([customer, [B]], [agent, [A]]);
      await play(b, 'all', { to: 'both', times: 0 });
      await hearing([customer, [B, P]], [agent, [A, P]]);
      await world.perform({ kind: 'sound.stop', legId: b, playId: 'all' });
      expect(await ended(b, 'all')).toMatchObject({ how: 'stopped' });
      await hearing([customer, [B]], [agent, [A]]);
      expect(world.of('sound.ended', b)).toHaveLength(2);
    });

    it('not mixed takes the place of the conversation for its leg', async () => {
      const { customer, agent, a } = await world.conversation();
      await hearing([customer, [B]], [agent, [A]]);
      await play(a, 'alone', { mix: false, times: 2 });
      await hearing([customer, [P]], [agent, []]);
      await ended(a, 'alone');
      await hearing([customer, [B]], [agent, [A]]);
    });

    it('is followed by others in the place of music, which goes on afterwards', async () => {
      const { customer, a, b } = await world.conversation();
      const Q = 2_100;
      writeWav(path.join(world.switch.soundsDir, 'second.wav'), sine(Q, 0, 8_000));
      await Promise.all([world.perform({ kind: 'legs.park', a, b }), world.music(a)]);
      await until('music', () => customer.loudness() > 0.02);
      await play(a, 'line', { mix: false, then: ['tone-beep', 'second'] });
      await hearing([customer, [P]]);
      await hearing([customer, [Q]]);
      expect(await ended(a, 'line')).toMatchObject({ how: 'done' });
      await until('music again', () => customer.loudness() > 0.02 && customer.hears(Q) < 0.01);
      expect(world.of('sound.ended', a)).toHaveLength(1);
    });

    it('is heard by a leg that is parked and quiet, as often as asked, and by all of a conference', async () => {
      const { customer, agent, third, a, b, c } = await three();
      await play(c, 'parked', { times: 2 });
      const from = performance.now();
      await hearing([third, [P]], [customer, [B]], [agent, [A]]);
      expect(await ended(c, 'parked')).toMatchObject({ how: 'done' });
      expect(performance.now() - from).toBeGreaterThan(1_400);
      await confer(a, b, c);
      for (const leg of [a, b, c]) await world.seen('conference.joined', leg);
      await play(a, 'room', { to: 'both', times: 0 });
      await hearing([customer, [B, C, P]], [agent, [A, C, P]], [third, [A, B, P]]);
      await world.perform({ kind: 'sound.stop', legId: a, playId: 'room' });
      await hearing([customer, [B, C]], [agent, [A, C]], [third, [A, B]]);
    });

    it('is as loud as asked', async () => {
      const { customer, agent, a, b } = await world.conversation();
      await hearing([customer, [B]], [agent, [A]]);
      await play(a, 'quiet', { volume: -2, times: 0 });
      await until('a quieter sound', () => Math.abs(customer.hears(P) - 0.1) < 0.02);
      await world.perform({ kind: 'sound.stop', legId: a, playId: 'quiet' });
      await ended(a, 'quiet');
      await play(b, 'tone', { soundId: 'tone-busy', volume: 1, times: 3 });
      await until('a tone', () => agent.hears(425) > 0.05);
    });

    it('that the switch does not have has failed', async () => {
      const { a } = await world.conversation();
      await play(a, 'missing', { soundId: 'nosuch' });
      expect(await ended(a, 'missing')).toMatchObject({ how: 'failed' });
      await expect(play(a, 'odd', { soundId: '../../etc/passwd' })).rejects.toMatchObject({
        reason: 'refused',
      });
    });

    it('ends with its leg', async () => {
      const { customer, a } = await world.conversation();
      await play(a, 'cut', { times: 0 });
      await until('heard', () => customer.hears(P) > 0.1);
      customer.hangUp();
      await world.seen('leg.ended', a);
      expect(world.of('sound.ended', a)).toMatchObject([{ playId: 'cut', how: 'stopped' }]);
    });
  });

  describe('a number', () => {
    const number = '+4930123456';
    const toNumber = { to: { kind: 'number', number } } as const;

    it('is dialled through the edge, which is told that it is one, and nothing of our sessions', async () => {
      const phone = world.bank.phone(number, { tone: C, onInvite: 'answer' });
      const leg = await world.dial('x', { ...toNumber, callerNumber: '+4940555', callerName: '' });
      await world.seen('leg.answered', leg);
      const { received } = phone.call;
      expect(received?.uri).toContain(`sip:${number}@`);
      expect(received?.uri).toContain('user=phone');
      expect(headerOf(received!, 'From')).toContain('sip:+4940555@');
      const names = received!.headers.map(([name]) => name.toLowerCase());
      expect(names.filter((name) => /cordboard|asserted|remote-party|diversion/.test(name))).toEqual([]);
    });

    it('is heard before it answers where that was asked for, and the bridge holds through its answer', async () => {
      const phone = world.bank.phone(number, { tone: C, onInvite: 'early' });
      const customer = await world.customer();
      const leg = await world.dial('x', { ...toNumber, earlyMedia: true });
      await world.seen('leg.earlyMedia', leg);
      await world.bridge(customer.leg, leg);
      await until('early sound', () => customer.phone.hears(C) > 0.1);
      expect(world.of('leg.answered', leg)).toEqual([]);
      phone.call.answer();
      await world.seen('leg.answered', leg);
      await hearing([customer.phone, [C]], [phone.call, [A]]);
    });

    it('that sends early sound nobody asked for only rings', async () => {
      world.bank.phone(number, { tone: C, onInvite: 'early' });
      const customer = await world.customer();
      const leg = await world.dial('x', toNumber);
      await world.seen('leg.ringing', leg);
      const bridge = { kind: 'legs.bridge', a: customer.leg, b: leg, sessionId: room } as const;
      await expect(world.perform(bridge)).rejects.toMatchObject({ reason: 'refused' });
      expect(world.of('leg.earlyMedia', leg)).toEqual([]);
    });

    it.each(['0170 1', 'abc', '1,x=1', '++1', ''])('%j is none', async (text) => {
      const wish = world.dial('x', { to: { kind: 'number', number: text } });
      await expect(wish).rejects.toMatchObject({ reason: 'refused' });
    });
  });

  it('a phone asked to answer by itself is asked in the words phones know', async () => {
    const { user, phone } = world.agentPhone({ tone: B });
    const leg = await world.dial(user, { autoAnswer: true });
    await world.seen('leg.ringing', leg);
    const invite = phone.call.received!;
    expect(headerOf(invite, 'Call-Info')).toMatch(/^<sip:[^>]+>;\s*answer-after=0$/);
    expect(headerOf(invite, 'Alert-Info')).toContain('info=alert-autoanswer');
    expect(headerOf(invite, 'Answer-Mode')).toBe('Auto');
  });
});
