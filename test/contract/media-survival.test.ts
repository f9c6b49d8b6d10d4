// The contract of the media port when things break: the socket, the switch, and our own patience. A switch of its own for
// each story that kills it.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { legId } from '../../app/domain/ids.ts';
import { EslRelay } from '../support/switches-relay.ts';
import { RtpStranger } from '../support/rtp-stranger.ts';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { switchLanes, type LaunchedSwitch } from '../support/switches.ts';
import { MediaWorld, talk } from '../support/switches-world.ts';
import { until } from '../support/until.ts';

tellSkipped(switchLanes());
for (const lane of switchLanes()) {
  describe.skipIf(lane.missing !== undefined)(
    `survival on ${lane.name}${lane.missing ? ` (skipped: ${lane.missing})` : ''}`,
    () => {
      const story = (name: string, tell: (launched: LaunchedSwitch) => Promise<void>) =>
        it(name, async () => {
          const launched = await lane.launch();
          try {
            await tell(launched);
          } finally {
            await launched.stop();
          }
        });

      const throughRelay = async (
        launched: LaunchedSwitch,
        tell: (world: MediaWorld, relay: EslRelay) => Promise<void>,
      ) => {
        const relay = await EslRelay.open(launched.eslPort);
        const world = await MediaWorld.open(launched, {
          url: `esl://:${launched.eslPassword}@127.0.0.1:${relay.port}`,
        });
        try {
          await tell(world, relay);
        } finally {
          await world.close();
          await relay.close();
        }
      };

      story('a cut socket loses no call, and what happened meanwhile is told', (launched) =>
        throughRelay(launched, async (world, relay) => {
          const talking = await world.conversation();
          await talk(talking.customer, 400, talking.agent, 700);
          const leaving = await world.customer();
          const { user, phone } = world.agentPhone({ tone: 900 });
          const rings = await world.dial(user);
          await world.seen('leg.ringing', rings);
          const before = world.signals.length;

          relay.cut({ stay: true });
          await until('the cut is noticed', () => !world.media.health().up);
          await expect(world.hangUp(leaving.leg)).rejects.toMatchObject({ reason: 'disconnected' });
          leaving.phone.hangUp();
          phone.call.answer();
          relay.mend();
          await world.media.whenUp();

          expect(await world.seen('leg.ended', leaving.leg)).toMatchObject({ legId: leaving.leg });
          await world.seen('leg.answered', rings);
          await talk(talking.customer, 400, talking.agent, 700);
          const since = world.signals.slice(before).map(({ kind }) => kind);
          expect(since.sort()).toEqual(['leg.answered', 'leg.ended']);
          // And it works on: the next command reaches the same legs.
          await world.perform({ kind: 'legs.park', a: talking.a, b: talking.b });
          await world.seen('legs.unbridged', talking.a);
          await world.clear();
        }),
      );

      story('twenty cuts in a row lose nothing either', (launched) =>
        throughRelay(launched, async (world, relay) => {
          const { customer, agent, a, b } = await world.conversation();
          const before = world.signals.length;
          for (let cut = 0; cut < 20; cut += 1) {
            relay.cut();
            await until('the cut is noticed', () => !world.media.health().up);
            await world.media.whenUp();
          }
          await talk(customer, 400, agent, 700);
          expect(world.signals.slice(before)).toEqual([]);
          expect((await world.media.liveLegs()).map((leg) => leg.bridgedTo).sort()).toEqual([a, b].sort());
          await world.clear();
        }),
      );

      story('a killed switch is lost within seconds, and back when it is started again', async (launched) => {
        const world = await MediaWorld.open(launched);
        try {
          const { a } = await world.conversation();
          launched.kill('SIGKILL');
          const from = performance.now();
          await world.seen('switch.lost');
          expect(performance.now() - from).toBeLessThan(5_000);
          expect(world.media.health().up).toBe(false);
          await expect(world.hangUp(a)).resolves.toBeUndefined();
          await expect(world.media.liveLegs()).rejects.toMatchObject({ reason: 'disconnected' });
          await launched.gone();
          await launched.restart();
          await world.seen('switch.back');
          expect(await world.media.liveLegs()).toEqual([]);
          const { phone } = await world.customer();
          await until('answered', () => phone.answered);
          expect(world.of('switch.lost')).toHaveLength(1);
          await world.clear();
        } finally {
          await world.close();
        }
      });

      story('a switch restarted faster than it is missed is lost and back all the same', async (launched) => {
        // So much patience that only the changed core can tell.
        const world = await MediaWorld.open(launched, { timing: { graceMs: 60_000, silenceMs: 60_000 } });
        try {
          await world.conversation();
          launched.kill('SIGKILL');
          await launched.gone();
          await launched.restart();
          await world.seen('switch.back');
          const kinds = world.signals.map(({ kind }) => kind).filter((kind) => kind.startsWith('switch.'));
          expect(kinds).toEqual(['switch.lost', 'switch.back']);
        } finally {
          await world.close();
        }
      });

      story(
        'a frozen switch is lost although its sockets stay open, and back when it thaws',
        async (launched) => {
          const world = await MediaWorld.open(launched);
          try {
            const { phone, leg } = await world.customer();
            launched.kill('SIGSTOP');
            const from = performance.now();
            await world.seen('switch.lost');
            expect(performance.now() - from).toBeLessThan(8_000);
            launched.kill('SIGCONT');
            await world.seen('switch.back');
            // The core was told that every leg is dead, and acted on it: what thawed with the switch is let go.
            await until('BYE', () => phone.over);
            await until('empty', async () => (await world.media.liveLegs()).length === 0);
            expect(world.of('leg.ended', leg)).toEqual([]);
          } finally {
            launched.kill('SIGCONT');
            await world.close();
          }
        },
      );

      story('a hundred dials hung up at once leave nothing, and each ends once', async (launched) => {
        const world = await MediaWorld.open(launched);
        try {
          const { user } = world.agentPhone({ tone: 700 });
          const legs = Array.from({ length: 100 }, () => legId(randomUUID()));
          for (const leg of legs) {
            const dialled = world.perform(world.dialEffect(user, { legId: leg }));
            await Promise.all([dialled, world.hangUp(leg)]);
          }
          await until('all have ended', () => legs.every((leg) => world.of('leg.ended', leg).length === 1));
          expect(await world.media.liveLegs()).toEqual([]);
          await until('no phone rings on', () => world.bank.busy === 0);
          expect(world.of('leg.ended')).toHaveLength(100);
        } finally {
          await world.close();
        }
      });

      story('an ordinary call costs few events and few bytes', (launched) =>
        throughRelay(launched, async (world, relay) => {
          relay.events.length = 0;
          const { customer, a, b } = await world.conversation();
          const session = world.dialEffect('x').labels.sessionId;
          await world.perform({ kind: 'recording.start', legId: a, sessionId: session });
          await world.seen('recording.started', a);
          customer.hangUp();
          await world.seen('leg.ended', a);
          await world.hangUp(b);
          await world.seen('leg.ended', b);
          const bytes = relay.events.reduce((sum, event) => sum + event.bytes, 0);
          expect(relay.events.length).toBeGreaterThanOrEqual(8);
          expect(relay.events.length).toBeLessThanOrEqual(14);
          // All events of such a call come to 231 kB on FreeSWITCH; these 11 to 63.
          expect(bytes).toBeLessThan(70_000);
        }),
      );

      story('a phone that sends no sound any more is given up as lost', async (launched) => {
        const world = await MediaWorld.open(launched, { mediaTimeoutMs: 2_000 });
        try {
          const { phone, leg } = await world.agent();
          await until('sound flows', () => phone.packetsSpoken > 10);
          phone.silentNetwork = true;
          expect(await world.seen('leg.ended', leg)).toMatchObject({ ending: 'media_lost' });
        } finally {
          await world.close();
        }
      });

      story(
        'a stranger who knows the port of a call is neither heard nor sent its sound',
        async (launched) => {
          const world = await MediaWorld.open(launched);
          try {
            const { customer, agent } = await world.conversation();
            await talk(customer, 400, agent, 700);
            expect(customer.speaksTo).toBeGreaterThan(0);
            const stranger = await RtpStranger.at(customer.speaksTo ?? 0, 1_100);
            let loudest = 0;
            await until('a hundred packets were tried', () => {
              loudest = Math.max(loudest, agent.hears(1_100));
              return stranger.spoken > 100;
            });
            await stranger.leave();
            await talk(customer, 400, agent, 700);
            expect([loudest < 0.03, loudest, stranger.leaked]).toEqual([true, loudest, 0]);
            await world.clear();
          } finally {
            await world.close();
          }
        },
      );

      story('what people type never reaches the wire as anything but text', (launched) =>
        throughRelay(launched, async (world, relay) => {
          const { user, phone } = world.agentPhone({ tone: 700 });
          const hostile = 'Bo\'b,x=1}{y=2}[z]<w>\r\napi hupall\n\n${system(id)}^^|a|b&bridge("x")\\';
          const leg = await world.dial(user, { callerName: hostile, callerNumber: `+1'2,3}${hostile}` });
          await world.seen('leg.ringing', leg);
          const line = relay.sent.split('\n').find((text) => text.startsWith('bgapi originate'));
          expect(line?.match(/[$|^<[\\"]/g) ?? []).toEqual([]);
          expect(line?.split('{')).toHaveLength(2);
          expect(line?.split('&')).toHaveLength(2);
          expect(relay.sent).not.toContain('\napi hupall');
          expect(phone.calls).toHaveLength(1);
          await expect(world.dial(`${user},x=1`)).rejects.toMatchObject({ reason: 'refused' });
          await expect(world.dial(`${user}@evil&system(id)`)).rejects.toMatchObject({ reason: 'refused' });
          await expect(world.hangUp(legId('x\n\napi hupall'))).rejects.toMatchObject({ reason: 'refused' });
          await world.clear();
        }),
      );
    },
  );
}
