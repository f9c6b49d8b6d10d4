// The contract of the media port over several switches, on real ones: calls are shared out, a session stays together, and a switch
// that freezes takes no new call and no other switch's call with it.

import { describe, expect, it } from 'vitest';
import { sessionId } from '../../app/domain/ids.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import { realClock } from '../../app/real-clock.ts';
import { createSwitches } from '../../gateway/freeswitch/switches.ts';
import { PhoneBank } from '../support/sip-phone.ts';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { switchLanes, type LaunchedSwitch } from '../support/switches.ts';
import { talk } from '../support/switches-world.ts';
import { until } from '../support/until.ts';

const ignore = () => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

tellSkipped(switchLanes());
for (const lane of switchLanes()) {
  describe.skipIf(lane.missing !== undefined)(
    `two switches, ${lane.name}${lane.missing ? ` (skipped: ${lane.missing})` : ''}`,
    () => {
      it('share the calls; one that freezes is given none within three seconds, and only its own are lost', async () => {
        const both = await Promise.all([lane.launch(), lane.launch()]);
        const bank = await PhoneBank.open();
        const sipOf = (one: LaunchedSwitch) => `127.0.0.1:${one.sipPort}`;
        const signals: MediaSignal[] = [];
        const media = createSwitches({
          switches: both.map((one) => ({ url: one.eslUrl, sip: sipOf(one) })),
          edge: bank.address,
          recordingsDir: both[0].recordingsDir,
          clock: realClock(),
          log,
        });
        media.subscribe((signal) => void signals.push(signal));
        const allUp = () => until('both are up', () => media.overview().every(({ up }) => up));
        const seen = <Kind extends MediaSignal['kind']>(
          kind: Kind,
          is: (signal: Extract<MediaSignal, { kind: Kind }>) => boolean = () => true,
        ) =>
          until(kind, () =>
            signals.find(
              (signal): signal is Extract<MediaSignal, { kind: Kind }> =>
                signal.kind === kind && is(signal as Extract<MediaSignal, { kind: Kind }>),
            ),
          );
        /** As the edge does it: asks where to, and sends the caller there. */
        const converse = async (session: string, tone: number) => {
          const where = media.forNewCall(session);
          const customer = await bank.call({
            to: 'queue-default',
            switchPort: Number(where?.split(':')[1]),
            tone: 400,
            headers: { 'X-Cordboard-Source': 'web', 'X-Cordboard-Session': session },
          });
          const { legId: a } = await seen('leg.arrived', (signal) => signal.sessionId === session);
          await media.perform({ kind: 'leg.answer', legId: a });
          const phone = bank.phone(session, { tone, onInvite: 'answer' });
          const b = `agent-${session}` as typeof a;
          await media.perform({
            kind: 'leg.dial',
            legId: b,
            to: { kind: 'device', device: { kind: 'sip', address: session } },
            labels: { role: 'agent', sessionId: sessionId(session) },
            callerNumber: '1',
            callerName: '',
            ringUntil: Date.now() + 10_000,
          });
          await seen('leg.answered', ({ legId }) => legId === b);
          await media.perform({ kind: 'legs.bridge', a, b, sessionId: sessionId(session) });
          await seen('legs.bridged', (signal) => signal.a === a || signal.b === a);
          await talk(customer, 400, phone.call, tone);
          return { where, customer, agent: phone.call, a, b };
        };
        try {
          await allUp();
          const first = await converse('s-1', 700);
          const second = await converse('s-2', 1_100);
          expect(new Set([first.where, second.where])).toEqual(new Set(both.map(sipOf)));

          const frozen = both.find((one) => sipOf(one) === first.where)!;
          frozen.kill('SIGSTOP');
          const from = performance.now();
          await until('noticed', () => media.overview().some(({ up }) => !up));
          expect(performance.now() - from).toBeLessThan(3_500);
          const third = await converse('s-3', 900);
          expect(third.where).toBe(second.where);
          expect(await seen('switch.lost')).toEqual({
            kind: 'switch.lost',
            switch: first.where,
            legs: expect.arrayContaining([first.a, first.b]) as unknown,
            othersUp: true,
          });
          await talk(second.customer, 400, second.agent, 1_100);

          frozen.kill('SIGCONT');
          await seen('switch.back');
          await until('what thawed with it is let go', () => first.customer.over && first.agent.over);
          await until('only the two others are left', async () => (await media.liveLegs()).length === 4);
          await talk(third.customer, 400, third.agent, 900);
        } finally {
          both.forEach((one) => one.kill('SIGCONT'));
          await media.close();
          await bank.close();
          await Promise.all(both.map((one) => one.stop()));
        }
      });
    },
  );
}
