// The media switches in trouble under load: their event sockets reset, slow, dead, and losing what is said; one that freezes; both that
// die. Whoever can be kept is kept, whoever is lost is told and on record as media_lost, what nobody owns is cleared away.
// Longer: `npm run chaos -- media-switch --rounds 20 --rate 10`.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { chaosCounts } from '../support/chaos-counts.ts';
import { ChaosFloor } from '../support/chaos-floor.ts';
import { channelsOf, type ChaosSwitch } from '../support/chaos-parts.ts';
import { Desks } from '../support/load.ts';
import { scrape } from '../support/metrics.ts';
import { onEachPair } from '../support/pairs.ts';
import { eslOnce } from '../support/switches.ts';
import { until } from '../support/until.ts';

const { rounds, rate, agents, patienceMs } = chaosCounts();
const patient = { withinMs: 30_000, everyMs: 50 };

onEachPair('the media switches are in trouble under load', ({ pair, test }) => {
  let floor: ChaosFloor;
  let both: readonly [ChaosSwitch, ChaosSwitch];
  /** A phone that nobody is asked to answer at, and that never hangs up. */
  let sitter: Desks;

  beforeAll(async () => {
    floor = await ChaosFloor.open({ pair, agents, switches: 2 });
    both = floor.parts.switches as unknown as readonly [ChaosSwitch, ChaosSwitch];
    const edge = { protocol: 'udp', host: '127.0.0.1', port: floor.scene.cordboard.sipPort } as const;
    sitter = await Desks.open(edge, () => 3_600_000);
    floor.scene.whenAllLeave(() => sitter.close());
    await sitter.register('1003', floor.scene.cordboard.demoPassword);
  }, 120_000);
  afterAll(() => floor?.close());

  const loaded = (): Promise<unknown> =>
    until('several talk', () => floor.desks.calls.filter(({ end }) => !end).length >= 3, patient);
  const isUp = async ({ name }: ChaosSwitch): Promise<boolean> =>
    (await floor.mediaHealth()).includes(`${name} up`);
  const isDown = async ({ name }: ChaosSwitch): Promise<boolean> =>
    (await floor.mediaHealth()).includes(`${name} down`);
  const metric = async (name: string): Promise<number> =>
    (await scrape(`${floor.scene.cordboard.url}/metrics`)).get(name) ?? 0;
  const ask = ({ server }: ChaosSwitch, command: string): Promise<string> =>
    eslOnce(server.eslPort, server.eslPassword, command);

  /** Everybody is let go of and on record. @param endings how calls may have ended so far */
  async function judged(
    what: string,
    ...endings: readonly string[]
  ): Promise<Readonly<Record<string, number>>> {
    await floor.drained();
    const outcome = await floor.judge();
    // Here, and not only at the end: what leaks on the way is covered up by the next death.
    for (const kept of ['cordboard_edge_calls', 'cordboard_switch_legs'])
      await until(`${kept} is zero`, async () => (await metric(kept)) === 0, patient);
    process.stdout.write(`${pair}: ${what}, ${JSON.stringify(outcome)}\n`);
    expect(Object.keys(outcome.records).filter((ending) => !endings.includes(ending))).toEqual([]);
    return outcome.records;
  }

  test(
    `event sockets are reset ${10 * rounds} times, read slowly, and go dead without a word: no call notices`,
    async () => {
      const [one, other] = both;
      floor.begin(rate);
      await loaded();
      for (let reset = 0; reset < 10 * rounds; reset += 1) {
        await floor.passed(50 + Math.random() * 400);
        both[reset % 2 === 0 ? 0 : 1].relay.reset();
      }
      one.relay.slow(200);
      await floor.passed(2_000);
      one.relay.mend();
      const { taken } = other.relay;
      other.relay.goDead();
      await until('it is dialled again', () => other.relay.taken > taken, patient);
      await until('both are up', async () => (await isUp(one)) && (await isUp(other)), patient);
      await judged('event sockets', 'agent_hung_up');
    },
    patienceMs,
  );

  test(
    `channels nobody owns and calls whose channel is gone unheard, ${4 * rounds} each: repaired once each, the others untouched`,
    async () => {
      const repairs = (what: string): Promise<number> => metric(`cordboard_repairs_total{what="${what}"}`);
      const kinds = ['orphan leg', 'vanished leg'] as const;
      let records: Readonly<Record<string, number>> = {};
      for (let round = 0; round < rounds; round += 1) {
        const before = await Promise.all(kinds.map(repairs));
        floor.talkMs = [120_000, 120_000];
        floor.begin(rate);
        await until('enough talk', () => floor.desks.calls.filter(({ end }) => !end).length >= 8, patient);
        floor.end();
        const from = sitter.calls.length;
        await floor.away('event socket', async () => {
          const [one] = both;
          for (let orphan = 0; orphan < 4; orphan += 1)
            await ask(
              one,
              `originate {origination_uuid=${randomUUID()}}sofia/cordboard/1003@127.0.0.1:${floor.scene.cordboard.sipPort} &park()`,
            );
          const planted = await vanish(2, 2);
          const found = async (): Promise<boolean> =>
            sitter.calls.slice(from).filter(({ end }) => end?.how === 'far').length === 4 &&
            (await repairs('vanished leg')) - (before[1] ?? 0) >= planted;
          await until('all are repaired', found, { withinMs: 30_000, everyMs: 100 });
        });
        floor.talkMs = [1_000, 3_000];
        floor.desks.hangUpAll();
        records = await judged('zombies', 'agent_hung_up', 'customer_lost');
        const after = await Promise.all(kinds.map(repairs));
        expect(kinds.map((_, i) => (after[i] ?? 0) - (before[i] ?? 0))).toEqual([4, 4]);
      }
      // Whose own channel went is lost; whose agent's went is served by another.
      expect(records['customer_lost']).toBe(2 * rounds);
    },
    patienceMs,
  );

  /** Ends channels of callers and of agents so that nobody hears of it. @returns how many */
  async function vanish(callers: number, agentLegs: number): Promise<number> {
    const victims: { readonly at: ChaosSwitch; readonly uuid: string }[] = [];
    const wanted: Record<string, number> = { customer: callers, agent: agentLegs };
    for (const at of both) {
      const sessions = new Set<string>();
      for (const uuid of await channelsOf(at.server)) {
        const [role, session] = await Promise.all(
          ['cordboard_role', 'cordboard_session'].map(async (name) =>
            bodyOf(await ask(at, `uuid_getvar ${uuid} ${name}`)),
          ),
        );
        const with_ = bodyOf(await ask(at, `uuid_getvar ${uuid} bridge_uuid`));
        if (role === undefined || session === undefined || with_ === undefined || sessions.has(session))
          continue;
        if ((wanted[role] ?? 0) === 0) continue;
        wanted[role] = (wanted[role] ?? 0) - 1;
        sessions.add(session);
        victims.push({ at, uuid });
      }
    }
    expect(wanted).toEqual({ customer: 0, agent: 0 });
    const uuids = victims.map(({ uuid }) => uuid).join('|');
    const losses = both.map(({ relay }) => relay.lose(new RegExp(`"CHANNEL_HANGUP_COMPLETE"[^]*(${uuids})`)));
    for (const { at, uuid } of victims) await ask(at, `uuid_kill ${uuid}`);
    await until(
      'all that was said of it is lost',
      () => losses.reduce((sum, { lost }) => sum + lost(), 0) >= victims.length,
    );
    for (const { stop } of losses) stop();
    return victims.length;
  }

  test(
    `one freezes, ${rounds} times: new calls go to the other, its own are ended, and what thaws with it is let go`,
    async () => {
      const [one, other] = both;
      for (let round = 0; round < rounds; round += 1) {
        floor.begin(rate);
        await loaded();
        await floor.away('media switch', async () => {
          const frozenAt = Date.now();
          one.server.kill('SIGSTOP');
          await until('it is noticed', () => isDown(one), patient);
          const noticedAt = Date.now();
          process.stdout.write(`${pair}: frozen, noticed after ${noticedAt - frozenAt} ms\n`);
          await floor.scene.board.sees('session.ended', { ending: 'media_lost' }, 30_000);
          // What it would have been told is not kept for it.
          await until(
            'nothing is waited for',
            async () => (await metric('cordboard_switch_replies_awaited')) < 10,
            patient,
          );
          const late = floor.trunk.calls.filter(({ begun }) => begun >= noticedAt);
          await until(
            'whoever called since is served by the other',
            () => late.every(({ answeredAt }) => answeredAt),
            patient,
          );
          expect(late.length).toBeGreaterThan(0);
          one.server.kill('SIGCONT');
          await until('it is back', () => isUp(one), patient);
          expect(await isUp(other)).toBe(true);
        });
        await judged('frozen', 'agent_hung_up', 'customer_lost', 'media_lost');
      }
    },
    patienceMs,
  );

  test(
    `one dies, then the other, ${rounds} times: everybody is told, and service is back when they are`,
    async () => {
      const [one, other] = both;
      for (let round = 0; round < rounds; round += 1) {
        floor.begin(rate);
        await loaded();
        await floor.away('media switch', async () => {
          one.server.kill('SIGKILL');
          await until('it is noticed', () => isDown(one), patient);
          const next = floor.trunk.call();
          await until('a new caller is served by the other', () => next.answeredAt, patient);
          other.server.kill('SIGKILL');
          await until('it is noticed', () => isDown(other), patient);
          const turnedAway = floor.trunk.call();
          await until('a new caller is turned away', () => turnedAway.end, patient);
          expect(turnedAway.end).toMatchObject({
            how: 'refused',
            status: 503,
            retryAfter: expect.stringMatching(/^\d+$/) as string,
          });
          floor.end();
          await until('everybody is told', () => floor.trunk.open === 0, patient);
          await until('every agent is free', () => floor.everyAgentIsFree(), patient);
          for (const { server } of both) await server.gone();
          await Promise.all(both.map(({ server }) => server.restart()));
          await until('both are up', async () => (await isUp(one)) && (await isUp(other)), patient);
        });
        floor.begin(rate);
        await loaded();
        const records = await judged('dead', 'agent_hung_up', 'customer_lost', 'media_lost');
        expect(records['media_lost']).toBeGreaterThan(round);
      }
    },
    patienceMs,
  );

  test('nothing is left', () => floor.scene.nothingIsLeft());
});

/** What an api command answered; undefined for a variable that is not set. */
function bodyOf(answer: string): string | undefined {
  const body = answer.split('Content-Type: api/response')[1]?.split('\n\n')[1]?.split('\n')[0] ?? '';
  const text = body.replace(/Content-Type:.*$/, '').trim();
  return text === '' || text.startsWith('_undef_') || text.startsWith('-ERR') ? undefined : text;
}
