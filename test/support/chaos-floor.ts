// A floor under load for chaos: callers over a trunk, agents with phones who answer and hang up, a control plane, and under it servers
// that can be killed, frozen and cut off (chaos-parts.ts). In the end one verdict: who was lost, who was doubled, who was cut off.

import { expect } from 'vitest';
import { ha1For } from '../../db/directory.ts';
import type { CallDetail } from '../../app/contract/calls.ts';
import type { AgentView, SessionView } from '../../app/domain/floor/view.ts';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { CallRecord } from '../../app/domain/record.ts';
import { openDatabaseFile } from './database-file.ts';
import { ChaosParts } from './chaos-parts.ts';
import { checkInvariants, type GeneratedCall } from './invariants.ts';
import { Desks, Trunk, type AgentCall } from './load.ts';
import { missesOf, storyOf } from './chaos-evidence.ts';
import { unexcused, unheard, type MortalPart, type Outage } from './outages.ts';
import type { Pair } from './pairs.ts';
import { Board, read } from './people.ts';
import { Scene, trunkAddress } from './scene.ts';
import { until } from './until.ts';

export interface ChaosOptions {
  readonly pair: Pair;
  readonly agents: number;
  /** How many media switches. Default one. */
  readonly switches?: number;
}

export interface Outcome {
  readonly offered: number;
  readonly letIn: number;
  readonly refused: number;
  readonly records: Readonly<Record<string, number>>;
  /** Agents whose call was hung up for them while they talked with a customer. */
  readonly cutOff: number;
}

const firstAgent = 2_001;
const stuckMs = 30_000;
/** Wrap-up would only need more agents for the same load. */
const noWrapUp = { wrap_up_ms: 0, record: 'never' };

export class ChaosFloor {
  readonly scene: Scene;
  readonly parts: ChaosParts;
  readonly trunk: Trunk;
  readonly desks: Desks;
  /** How long agents talk from now on, shortest and longest, milliseconds. */
  talkMs: readonly [number, number] = [1_000, 3_000];
  readonly #outages: Outage[] = [];
  #caller: NodeJS.Timeout | undefined;

  private constructor(scene: Scene, parts: ChaosParts, trunk: Trunk, desks: Desks) {
    this.scene = scene;
    this.parts = parts;
    this.trunk = trunk;
    this.desks = desks;
  }

  static async open({ pair, agents, switches = 1 }: ChaosOptions): Promise<ChaosFloor> {
    const parts = await ChaosParts.launch(pair, switches);
    const scene = await Scene.open({ beside: parts });
    const edge = { protocol: 'udp', host: '127.0.0.1', port: scene.cordboard.sipPort } as const;
    const trunk = await Trunk.open(trunkAddress, edge);
    const desks = await Desks.open(edge, () => floor.#nextTalkMs());
    const floor = new ChaosFloor(scene, parts, trunk, desks);
    scene.whenAllLeave(() => trunk.close());
    scene.whenAllLeave(() => desks.close());
    await floor.#hire(agents);
    return floor;
  }

  #nextTalkMs(): number {
    const [shortest, longest] = this.talkMs;
    return shortest + Math.random() * (longest - shortest);
  }

  /** More agents than the demo has, all ready at their phones. */
  async #hire(count: number): Promise<void> {
    const { demoPassword, dataFolder } = this.scene.cordboard;
    const users = Array.from({ length: count }, (_, i) => String(firstAgent + i));
    const db = openDatabaseFile(dataFolder);
    try {
      const [known] = await db('users').where({ username: '1001' }).select<{ password_hash: string }[]>();
      for (const user of users) {
        await db('agents').insert({
          agent_id: user,
          display_name: user,
          ha1: ha1For(user, demoPassword),
          active: true,
        });
        await db('agent_queues').insert({ agent_id: user, queue_id: 'default' });
        await db('users').insert({ ...known, username: user, display_name: user, agent_id: user });
      }
      await db('queues').update(noWrapUp);
    } finally {
      await db.destroy();
    }
    // Settings are read at the start.
    await this.scene.cordboard.killAndAwaitReturn('cordboard');
    await this.isUp();
    for (const user of users) {
      await this.desks.register(user, demoPassword);
      const desk = await this.scene.desk(user);
      await desk.goReady();
    }
  }

  /** Callers begin to come, `perSecond` of them, evenly. */
  begin(perSecond: number): void {
    this.end();
    this.#caller = setInterval(() => this.trunk.call(), 1_000 / perSecond);
  }

  /** No more callers. */
  end(): void {
    clearInterval(this.#caller);
  }

  /**
   * Every part answers, and this test's supervisor follows the control plane that runs now. Judged by progress, not by a deadline: on a busy
   * machine everything takes longer.
   * @throws when nothing has changed for half a minute
   */
  async isUp(): Promise<void> {
    const { url, demoPassword } = this.scene.cordboard;
    let stage = { name: '', since: performance.now() };
    const ready = async (): Promise<boolean> => {
      const name = await this.#stage();
      if (name !== stage.name) stage = { name, since: performance.now() };
      if (performance.now() - stage.since > stuckMs) throw new Error(`no progress: ${name}`);
      return name === 'ready';
    };
    await until('every part is up', ready, { withinMs: 20 * stuckMs, everyMs: 50 });
    this.scene.board.close();
    this.scene.board = await Board.open(url, demoPassword);
  }

  /** How far the control plane has come. */
  async #stage(): Promise<string> {
    const answer = await fetch(`${this.scene.cordboard.url}/health/ready`).catch(() => undefined);
    if (answer === undefined) return 'nobody listens';
    const { down } = (await answer.json()) as { readonly down: readonly string[] };
    return down.length === 0 ? 'ready' : `down: ${down.join(', ')}`;
  }

  /** Lets so much time pass, milliseconds. */
  async passed(ms: number): Promise<void> {
    const at = performance.now() + ms;
    await until('the time has passed', () => performance.now() >= at, { withinMs: ms + 60_000 });
  }

  /** What the control plane says of its media switches. */
  async mediaHealth(): Promise<string> {
    const answer = await fetch(`${this.scene.cordboard.url}/health/ready`);
    const { parts } = (await answer.json()) as { parts: { media: { detail: string } } };
    return parts.media.detail;
  }

  /** As a supervisor sees it who comes now. */
  async everyAgentIsFree(): Promise<boolean> {
    const { url, demoPassword } = this.scene.cordboard;
    const board = await Board.open(url, demoPassword);
    board.close();
    const atWork = board.snapshot?.agents.filter(({ presence }) => presence !== 'signedOut') ?? [];
    return atWork.every(({ presence, activity }) => presence === 'ready' && activity === 'idle');
  }

  /** `kill -9` of the control plane. @returns once it is up again: after how long, milliseconds */
  async killControlPlane(): Promise<number> {
    const from = performance.now();
    await this.away('control plane', async () => {
      await this.scene.cordboard.killAndAwaitReturn('cordboard');
      await this.isUp();
    });
    return performance.now() - from;
  }

  /** Remembers that a part was not there meanwhile: what was lost then is excused. */
  async away(part: MortalPart, meanwhile: () => Promise<void>): Promise<void> {
    const from = Date.now();
    await meanwhile();
    this.#outages.push({ part, from, to: Date.now() });
  }

  /** Resolves when every caller has been let go of. @throws with those that still wait */
  async drained(withinMs = 60_000): Promise<void> {
    this.end();
    await until('every caller is let go of', () => this.trunk.open === 0, { withinMs, everyMs: 100 }).catch(
      async (error: unknown) => {
        const missed = missesOf(await this.#facts());
        const open = this.trunk.calls
          .filter(({ end }) => !end)
          .map(
            ({ number, answeredAt }) => `${number} ${answeredAt === undefined ? 'rings' : 'waits or talks'}`,
          );
        throw new Error(
          `${open.length} callers are still there: ${open.slice(0, 5).join(', ')}\noffers missed: ${missed}\n${this.scene.evidence()}`,
          { cause: error },
        );
      },
    );
  }

  /**
   * Judges N1–N7 over every call there was, from records, facts and floor; and that nobody is on record as lost who was not.
   * @returns counts; that nobody was cut off is for the story to demand
   */
  async judge(): Promise<Outcome> {
    const { scene, parts } = this;
    await until('the switch is empty', async () => (await parts.channels()).length === 0, { everyMs: 100 });
    const letIn = this.trunk.calls.filter(({ answeredAt }) => answeredAt !== undefined);
    const records = await until(
      'every caller has her record',
      async () => {
        const found = await this.#records();
        const numbers = new Set(found.map(({ customerNumber }) => customerNumber));
        return letIn.every(({ number }) => numbers.has(number)) ? found : undefined;
      },
      { everyMs: 500 },
    ).catch(() => this.#records());
    const known = new Set(records.map(({ customerNumber }) => customerNumber));
    const calls: GeneratedCall[] = this.trunk.calls
      // One that was not let in has a record when there was somebody to write it.
      .filter(({ number, answeredAt }) => answeredAt !== undefined || known.has(number))
      .map(({ number }) => ({ name: number, from: number }));
    const facts = await this.#facts();
    await this.isUp(); // The floor as it is now.
    const { sessions = [], agents = [] } = scene.board.snapshot ?? {};
    const verdict = checkInvariants({
      now: Date.now(),
      records: records as unknown as readonly CallRecord[],
      facts,
      floor: {
        sessions: sessions as unknown as readonly SessionView[],
        agents: agents as unknown as readonly AgentView[],
      },
      liveLegs: await parts.channels(),
      calls,
    });
    const concerned = (text: string): string => storyOf(text, records, facts);
    const breaches = JSON.stringify(verdict.breaches);
    expect(verdict.breaches, concerned(breaches)).toEqual([]);
    expect(verdict.judged).toEqual(['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7']);
    const endings: Record<string, number> = {};
    for (const { ending } of records) endings[ending] = (endings[ending] ?? 0) + 1;
    const strange = [
      ...unexcused(records, this.trunk.calls, this.#outages),
      ...unheard(this.trunk.calls, this.parts.pair === 'real' ? this.#outages : []),
    ];
    const excuses = `excused by ${JSON.stringify(this.#outages)}`;
    expect(strange, `${excuses}\n${concerned(strange.join())}`).toEqual([]);
    return {
      offered: this.trunk.calls.length,
      letIn: letIn.length,
      refused: this.trunk.calls.filter(({ end }) => end?.how === 'refused').length,
      records: endings,
      cutOff: this.desks.calls.filter((call) => wasTalking(call, facts)).length,
    };
  }

  /** Every record, oldest pages included. */
  async #records(): Promise<readonly CallDetail[]> {
    const { url } = this.scene.cordboard;
    const { token } = this.scene.board;
    const details: CallDetail[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page: { calls: { sessionId: string }[]; next: string | null } = await read(
        url,
        `/calls?limit=200${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
        token,
      );
      for (const { sessionId } of page.calls)
        details.push(await read<CallDetail>(url, `/calls/${sessionId}`, token));
      after = page.next;
    }
    return details;
  }

  /** Every fact there ever was: a subscriber of the control plane that runs now has only seen its own. */
  async #facts(): Promise<readonly Stamped<Fact>[]> {
    const db = openDatabaseFile(this.scene.cordboard.dataFolder);
    try {
      const rows = await db('facts')
        .orderBy('number')
        .select<{ number: number; at: number; body: string }[]>();
      return rows.map(({ number, at, body }) => ({ number, at, fact: JSON.parse(body) as Fact }));
    } finally {
      await db.destroy();
    }
  }

  async close(): Promise<void> {
    this.end();
    await this.scene.close();
  }
}

/** Her call was ended for her, and a customer was on it. */
function wasTalking({ agent, answeredAt, end }: AgentCall, facts: readonly Stamped<Fact>[]): boolean {
  if (end?.how !== 'far') return false;
  return facts.some(
    ({ at, fact }) =>
      fact.kind === 'session.connected' && fact.agentId === agent && at >= answeredAt && at <= end.at,
  );
}
