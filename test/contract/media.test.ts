// The contract of the media port: what every switch behind it has to do. Runs on the embedded switch and, where there is
// one, on FreeSWITCH. Sound is measured at the phones, never assumed.

import { describe, expect, it } from 'vitest';
import { agentId, offerId, sessionId } from '../../app/domain/ids.ts';
import { headerOf } from '../support/sip-text.ts';
import { beforeMedia, onEachSwitch } from '../support/switch-suites.ts';
import { MediaWorld, talk } from '../support/switches-world.ts';
import { until } from '../support/until.ts';

onEachSwitch('media', (lane) => {
  let world: MediaWorld;
  beforeMedia(lane, (opened) => (world = opened));

  describe('a caller', () => {
    it('arrives once, with what the edge said of her', async () => {
      const { signal, phone, leg } = await world.arrive({
        from: '13800138000',
        fromName: 'Li Wei',
        headers: { 'X-Cordboard-Queue': 'sales' },
      });
      expect(signal).toMatchObject({
        source: 'web',
        queueId: 'sales',
        from: '13800138000',
        fromName: 'Li Wei',
        to: 'queue-default',
      });
      expect(phone.progress).not.toContain(180);
      phone.cancel();
      await world.seen('leg.ended', leg);
      expect(world.of('leg.arrived', leg)).toHaveLength(1);
    });

    it('who did not come through the edge is turned away without a word to the core', async () => {
      const before = world.signals.length;
      const phone = await world.bank.call({
        to: 'queue-default',
        switchPort: world.switch.sipPort,
        tone: 400,
      });
      await until('turned away', () => phone.over);
      expect(phone.end).toMatchObject({ by: 'far', how: 404 });
      expect(world.signals.slice(before).filter(({ kind }) => kind === 'leg.arrived')).toEqual([]);
    });

    it('who wants the echo is given a tone and then herself, without a word to the core', async () => {
      const before = world.signals.length;
      const phone = await world.bank.call({
        to: 'echo',
        switchPort: world.switch.sipPort,
        tone: 620,
        headers: { 'X-Cordboard-Source': 'echo' },
      });
      await until('the tone', () => phone.hears(1004) > 0.05);
      await until('her own voice', () => phone.hears(620) > 0.05 && phone.hears(1004) < 0.01);
      expect(await world.media.liveLegs()).toEqual([]);
      expect(world.media.vitals.legs).toBe(1);
      phone.hangUp();
      await until('nothing is kept of it', () => world.media.vitals.legs === 0);
      expect(world.signals.slice(before)).toEqual([]);
    });

    it('hears ring-back when asked for', async () => {
      const { phone, leg } = await world.arrive();
      await world.perform({ kind: 'leg.ring', legId: leg });
      await until('180', () => phone.progress.includes(180));
      expect(world.of('leg.ringing', leg)).toEqual([]);
    });

    it('who gives up before the answer is cancelled', async () => {
      const { phone, leg } = await world.arrive();
      phone.cancel();
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'cancelled' });
    });

    it.each([
      ['queue_full', 486],
      ['closed', 480],
      ['not_found', 404],
      ['temporary_failure', 503],
    ] as const)('refused with %s is answered %i', async (cause, status) => {
      const { phone, leg } = await world.arrive();
      await world.hangUp(leg, cause);
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'released' });
      await until('refused', () => phone.over);
      expect(phone.end).toMatchObject({ by: 'far', how: status });
    });

    it('hears music from its start to its stop, and may be answered with music in one breath', async () => {
      const { phone, leg } = await world.arrive();
      await Promise.all([world.perform({ kind: 'leg.answer', legId: leg }), world.music(leg)]);
      await until('music', () => phone.loudness() > 0.02);
      await world.perform({ kind: 'music.stop', legId: leg });
      await until('quiet', () => phone.loudness() < 0.002);
      await world.music(leg);
      await until('music again', () => phone.loudness() > 0.02);
    });

    it('who hangs up after the answer has hung up', async () => {
      const { phone, leg } = await world.customer();
      phone.hangUp();
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'hung_up' });
    });

    it('whose phone sends another Reason with BYE has still hung up', async () => {
      const { phone, leg } = await world.customer();
      phone.hangUp('Q.850;cause=17');
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'hung_up' });
    });

    it('who is hung up on is told at once', async () => {
      const { phone, leg } = await world.customer();
      await world.hangUp(leg);
      await until('BYE', () => phone.over);
      expect(phone.end).toMatchObject({ by: 'far', how: 'BYE' });
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'released' });
    });

    it('pressing keys is reported digit by digit', async () => {
      const { phone, leg } = await world.customer();
      await until('sound flows', () => phone.packetsSpoken > 25);
      phone.press('5');
      await until('digit', () => world.of('leg.digit', leg).length === 1);
      phone.press('#');
      await until('digit', () => world.of('leg.digit', leg).length === 2);
      expect(world.of('leg.digit', leg).map(({ digit }) => digit)).toEqual(['5', '#']);
    });
  });

  describe("an agent's phone", () => {
    it('rings, shows who calls, and answers', async () => {
      const { user, phone } = world.agentPhone({ tone: 700 });
      const effect = world.dialEffect(user, { callerNumber: '138****8000', callerName: '李 伟' });
      await world.perform(effect);
      await world.seen('leg.ringing', effect.legId);
      const invite = phone.call.received;
      expect(headerOf(invite!, 'From')).toContain('138****8000');
      expect(headerOf(invite!, 'From')).toContain('李 伟');
      expect(headerOf(invite!, 'X-Cordboard-Session')).toBe(effect.labels.sessionId);
      phone.call.answer();
      await world.seen('leg.answered', effect.legId);
      expect(world.of('leg.ringing', effect.legId)).toHaveLength(1);
      expect(world.of('leg.answered', effect.legId)).toHaveLength(1);
    });

    it.each([
      ['busy', 486, undefined, 'busy'],
      ['busy everywhere', 600, undefined, 'busy'],
      ['declining', 603, undefined, 'declined'],
      ['unavailable', 480, undefined, 'unreachable'],
      ['forbidden', 403, undefined, 'failed'],
      ['unknown', 404, undefined, 'unknown_number'],
      ['timed out at a proxy', 408, undefined, 'unreachable'],
      ['without a common codec', 488, undefined, 'rejected_media'],
      ['broken', 500, undefined, 'failed'],
      ['out of service', 503, undefined, 'unreachable'],
    ] as const)('%s (%i) ends its leg accordingly', async (_name, refuse, reason, ending) => {
      const { user } = world.agentPhone({
        tone: 700,
        onInvite: { refuse, ...(reason ? { reason } : {}) },
      });
      const leg = await world.dial(user);
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending });
      expect(world.of('leg.answered', leg)).toEqual([]);
    });

    it('that nobody registered is unreachable', async () => {
      const leg = await world.dial('nobody');
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'unreachable' });
    });

    it('that rings until the deadline gets no answer, exactly then', async () => {
      const { user, phone } = world.agentPhone({ tone: 700 });
      const ringUntil = Date.now() + 1_500;
      const leg = await world.dial(user, { ringUntil });
      const ended = await world.seen('leg.ended', leg);
      expect(ended).toMatchObject({ ending: 'no_answer' });
      expect(Math.abs(Date.now() - ringUntil)).toBeLessThan(400);
      await until('CANCEL', () => phone.call.over);
      expect(phone.call.end).toMatchObject({ how: 'CANCEL' });
    });

    it('that says nothing at all gets no answer either', async () => {
      const { user } = world.agentPhone({ tone: 700, onInvite: 'silent' });
      const leg = await world.dial(user, { ringUntil: Date.now() + 1_000 });
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'no_answer' });
    });

    it('is told when somebody else took the call', async () => {
      const { user, phone } = world.agentPhone({ tone: 700 });
      const leg = await world.dial(user);
      await world.seen('leg.ringing', leg);
      await world.hangUp(leg, 'answered_elsewhere');
      expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'released' });
      await until('CANCEL', () => phone.call.over);
      expect(phone.call.end?.reason ?? '').toContain('Call completed elsewhere');
    });

    it('may be hung up in the same breath as it is dialled', async () => {
      const { user } = world.agentPhone({ tone: 700 });
      const effect = world.dialEffect(user);
      await Promise.all([world.perform(effect), world.hangUp(effect.legId)]);
      expect(await world.seen('leg.ended', effect.legId)).toMatchObject({ ending: 'released' });
    });

    it('that is asked to talk answers by itself when it can', async () => {
      const { user, phone } = world.agentPhone({ tone: 700, obeysTalk: true });
      const leg = await world.dial(user);
      await world.seen('leg.ringing', leg);
      await world.perform({ kind: 'leg.autoAnswer', legId: leg });
      await world.seen('leg.answered', leg);
      expect(phone.call.answered).toBe(true);
    });

    it('dialled twice under one id is refused, and the living leg does not notice', async () => {
      const { user } = world.agentPhone({ tone: 700 });
      const effect = world.dialEffect(user);
      await world.perform(effect);
      await world.seen('leg.ringing', effect.legId);
      await expect(world.perform(effect)).rejects.toMatchObject({ reason: 'refused' });
      expect(world.of('leg.ended', effect.legId)).toEqual([]);
    });
  });

  describe('a bridge', () => {
    it('carries sound both ways, and nobody hears herself', async () => {
      const { customer, agent, a, b } = await world.conversation();
      await talk(customer, 400, agent, 700);
      expect(world.of('legs.bridged', a)).toEqual([{ kind: 'legs.bridged', a, b }]);
    });

    it('ends the music the customer was hearing', async () => {
      const customer = await world.customer();
      await world.music(customer.leg);
      await until('music', () => customer.phone.loudness() > 0.02);
      const agent = await world.agent();
      await world.bridge(customer.leg, agent.leg);
      await talk(customer.phone, 400, agent.phone, 700);
    });

    it('works when music was asked for a moment before', async () => {
      const customer = await world.customer();
      const agent = await world.agent();
      await Promise.all([world.music(customer.leg), world.bridge(customer.leg, agent.leg)]);
      await talk(customer.phone, 400, agent.phone, 700);
      // Music begins some 100 ms after it was asked for; were it to begin inside the bridge, both would fall silent.
      const heard = customer.phone.packetsHeard;
      await until('a second has passed', () => customer.phone.packetsHeard > heard + 50);
      await talk(customer.phone, 400, agent.phone, 700);
    });

    it('works in the same breath as the answer', async () => {
      const agent = await world.agent();
      const { phone, leg } = await world.arrive();
      await Promise.all([world.perform({ kind: 'leg.answer', legId: leg }), world.bridge(leg, agent.leg)]);
      await talk(phone, 400, agent.phone, 700);
    });

    it('with a leg that still rings is refused, and both legs live', async () => {
      const customer = await world.customer();
      const { user } = world.agentPhone({ tone: 700 });
      const leg = await world.dial(user);
      await world.seen('leg.ringing', leg);
      const bridge = {
        kind: 'legs.bridge',
        a: customer.leg,
        b: leg,
        sessionId: sessionId('s-1'),
      } as const;
      await expect(world.perform(bridge)).rejects.toMatchObject({ reason: 'refused' });
      const live = await world.media.liveLegs();
      expect(live.map(({ legId }) => legId)).toEqual(expect.arrayContaining([customer.leg, leg]));
    });

    it.each(['customer', 'agent'] as const)(
      'left by the %s leaves the other parked and able to hear music',
      async (who) => {
        const { customer, agent, a, b } = await world.conversation();
        await talk(customer, 400, agent, 700);
        const [leaver, stayer, gone, left] =
          who === 'customer' ? [customer, agent, a, b] : [agent, customer, b, a];
        leaver.hangUp();
        expect(await world.seen('leg.ended', gone)).toMatchObject({ ending: 'hung_up' });
        await world.seen('legs.unbridged', left);
        await world.music(left);
        await until('music', () => stayer.loudness() > 0.02);
        expect(stayer.over).toBe(false);
        expect(world.of('leg.ended', left)).toEqual([]);
      },
    );

    it('parted into hold: music to one, quiet to the other, and joined again', async () => {
      const { customer, agent, a, b } = await world.conversation();
      await talk(customer, 400, agent, 700);
      await Promise.all([world.perform({ kind: 'legs.park', a, b }), world.music(a)]);
      await world.seen('legs.unbridged', a);
      await until('music on hold', () => customer.loudness() > 0.02 && customer.hears(700) < 0.02);
      await until('the agent hears nobody', () => agent.hears(400) < 0.02);
      const packets = agent.packetsHeard;
      await until('and is still sent packets', () => agent.packetsHeard > packets + 10);
      await world.bridge(a, b);
      await talk(customer, 400, agent, 700);
      expect(world.of('legs.bridged', a)).toHaveLength(2);
      expect(world.of('legs.unbridged', a)).toHaveLength(1);
    });

    it('moves a customer to another agent when the first one has gone', async () => {
      const { customer, agent, a, b } = await world.conversation();
      await talk(customer, 400, agent, 700);
      await world.hangUp(b);
      await world.seen('legs.unbridged', a);
      const second = await world.agent(1_100);
      await world.bridge(a, second.leg);
      await talk(customer, 400, second.phone, 1_100);
    });
  });

  describe('what the switch holds', () => {
    it('is told with the labels left on it', async () => {
      const { customer, a, b } = await world.conversation();
      const session = sessionId('s-labels');
      await world.perform({
        kind: 'leg.label',
        legId: a,
        labels: { role: 'customer', sessionId: session },
      });
      const { user } = world.agentPhone({ tone: 700 });
      const effect = world.dialEffect(user, {
        labels: {
          role: 'agent',
          sessionId: sessionId('s-7'),
          agentId: agentId('1001'),
          offerId: offerId('offer-7'),
          standing: true,
        },
      });
      await world.perform(effect);
      await world.seen('leg.ringing', effect.legId);

      // Asked by somebody who was not there, who has only what is on the channels.
      const other = await MediaWorld.open(world.switch);
      try {
        const live = await until('all three are listed', async () => {
          const legs = await other.media.liveLegs();
          return legs.length === 3 ? legs : undefined;
        });
        const of = (leg: string) => live.find(({ legId }) => legId === leg);
        expect(of(a)).toMatchObject({
          role: 'customer',
          sessionId: session,
          state: 'answered',
          bridgedTo: b,
        });
        expect(of(b)).toMatchObject({ role: 'agent', state: 'answered', bridgedTo: a });
        expect(of(effect.legId)).toMatchObject({
          role: 'agent',
          sessionId: effect.labels.sessionId,
          agentId: '1001',
          offerId: 'offer-7',
          standing: true,
          state: 'ringing',
        });
        expect(Math.abs((of(a)?.createdAt ?? 0) - Date.now())).toBeLessThan(10_000);
        expect(other.of('leg.arrived')).toEqual([]);
      } finally {
        await other.close();
      }
      expect(customer.over).toBe(false);
      expect(await world.media.liveLegs()).toHaveLength(3);
    });

    it('is not bridged any more after a hold', async () => {
      const { a, b } = await world.conversation();
      await world.perform({ kind: 'legs.park', a, b });
      await world.seen('legs.unbridged', a);
      const other = await MediaWorld.open(world.switch);
      try {
        for (const leg of await other.media.liveLegs()) expect(leg.bridgedTo).toBeUndefined();
      } finally {
        await other.close();
      }
    });

    it('includes a caller who came while nobody was listening', async () => {
      const { phone, leg } = await world.arrive();
      const other = await MediaWorld.open(world.switch);
      try {
        expect(await other.seen('leg.arrived', leg)).toMatchObject({ source: 'web' });
      } finally {
        await other.close();
      }
      expect(phone.over).toBe(false);
    });
  });

  describe('a wish the switch cannot fulfil', () => {
    it('for an unknown leg is refused as such', async () => {
      const leg = world.dialEffect('x').legId;
      await expect(world.perform({ kind: 'leg.answer', legId: leg })).rejects.toMatchObject({
        reason: 'no_such_leg',
      });
      await expect(world.music(leg)).rejects.toMatchObject({ reason: 'no_such_leg' });
      await expect(world.hangUp(leg)).rejects.toMatchObject({ reason: 'no_such_leg' });
    });

    it('twice for a leg that has ended is fulfilled already', async () => {
      const { phone, leg } = await world.customer();
      phone.hangUp();
      await world.seen('leg.ended', leg);
      await world.hangUp(leg);
      expect(world.of('leg.ended', leg)).toHaveLength(1);
    });
  });
});
