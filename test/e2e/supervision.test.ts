// A supervisor joins a call: listens, whispers, barges in, leaves, comes back, takes over; with her browser while the agent has a desk phone,
// and the other way round. Who hears whom, and who does not, is measured at each step.

import { afterAll, beforeAll, expect } from 'vitest';
import { withoutChromium } from '../support/chromium.ts';
import { atPhone, hearEachOther, hears, type PhoneParty } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { Scene, tones } from '../support/scene.ts';
import { atBrowser, atDesk, type Seat } from '../support/seats.ts';
import { listenerAtDesk, listenerInBrowser, type Listener } from '../support/listeners.ts';

onEachPair({ story: 'a supervisor joins a call', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let caller: PhoneParty;

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    caller = atPhone('the caller', await scene.trunkPhone('493012345'), tones.customer);
  });
  afterAll(() => scene?.close());

  const tells = (title: string, number: string, who: () => Promise<[Seat, Listener]>): void =>
    test(title, async () => {
      const [agent, supervisor] = await who();
      const all = [caller, agent, supervisor];
      await agent.goesReady();
      const sessionId = await scene.caller(caller.phone, number);
      await agent.answers();
      await hearEachOther([caller, agent], all);

      await supervisor.listens(sessionId);
      await hears(supervisor, [caller, agent], all);
      await hears(caller, [agent], all);
      await hears(agent, [caller], all);

      await supervisor.changes(sessionId, 'whisper');
      await hears(agent, [caller, supervisor], all);
      await hears(caller, [agent], all);
      await hears(supervisor, [caller, agent], all);

      await supervisor.changes(sessionId, 'barge');
      await hearEachOther(all);

      await supervisor.changes(sessionId, 'listen');
      await hears(caller, [agent], all);
      await hears(agent, [caller], all);

      await supervisor.leaves(sessionId);
      await hearEachOther([caller, agent], all);

      await supervisor.listens(sessionId);
      await hears(supervisor, [caller, agent], all);
      await supervisor.takesOver(sessionId);
      await agent.wrapsUp(sessionId, 'taken over');
      await hearEachOther([caller, supervisor], all);
      await caller.phone.hangUp();
      await scene.board.sees('session.ended', { sessionId });
      await supervisor.callIsOver();
      expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'customer_hung_up' });
      const told = scene.board.kindsOf(sessionId).filter((kind) => kind.startsWith('monitor.'));
      expect(told.length).toBeGreaterThan(4);
    });

  tells(
    'her browser beside an agent at a desk phone: listens, whispers, barges in, leaves, takes over',
    '4001',
    async () => [await atDesk(scene, '1001', tones.agent), await listenerInBrowser(scene, tones.supervisor)],
  );

  tells(
    'her desk phone beside an agent in a browser: listens, whispers, barges in, leaves, takes over',
    '4002',
    async () => [await atBrowser(scene, '1002', tones.other), await listenerAtDesk(scene, tones.supervisor)],
  );

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
