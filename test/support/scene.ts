// A whole floor for one test file: Cordboard, a supervisor who sees everything, real phones and a real browser on demand; and
// the judgement that nothing was lost (N1–N8), made from what the outside can see.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import type { AgentView, SessionView } from '../../app/domain/floor/view.ts';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { CallRecord } from '../../app/domain/record.ts';
import { startPhone, type Phone, type PhoneOptions } from './baresip.ts';
import { TestBrowser, toneWav, type Person } from './chromium.ts';
import { startCordboard, type Cordboard, type CordboardOptions } from './cordboard.ts';
import { openDatabaseFile } from './database-file.ts';
import { checkInvariants, type GeneratedCall } from './invariants.ts';
import { backTo, settled, type Patience } from './leftovers.ts';
import { Ledger, type Settled } from './ledger.ts';
import type { Figures } from './metrics.ts';
import { AgentDesk, Board } from './people.ts';
import { eslOnce } from './switches.ts';
import { startTwinkle, type Twinkle } from './twinkle.ts';
import { until } from './until.ts';

export const tones = { customer: 620, agent: 1_150, other: 1_730, supervisor: 2_210 } as const;
export const trunkAddress = '127.0.0.2';

export interface Visitor {
  readonly person: Person;
  readonly page: Page;
}

export interface SceneOptions extends CordboardOptions {
  /** What the database is to say of queues, by their id: columns of the table. */
  readonly queues?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

type Closer = () => void | Promise<void>;

/** Scenes that are open now, for what a failing test wants to show. */
export const openScenes = new Set<Scene>();

export class Scene {
  readonly cordboard: Cordboard;
  board: Board;
  /** What people were told is done. */
  readonly ledger = new Ledger();
  /** How everything was before the first caller. */
  readonly #before: Figures;
  readonly #closers: Closer[] = [];
  readonly #calls: GeneratedCall[] = [];
  #browser: TestBrowser | undefined;

  private constructor(cordboard: Cordboard, board: Board, before: Figures) {
    this.cordboard = cordboard;
    this.board = board;
    this.#before = before;
  }

  static async open({ env = {}, queues, ...options }: SceneOptions = {}): Promise<Scene> {
    const cordboard = await startCordboard({
      ...options,
      env: { CORDBOARD_TRUNKS: `carrier=${trunkAddress}`, ...env },
    });
    if (queues) await furnish(cordboard, queues);
    const before = await settled(cordboard.place());
    const scene = new Scene(cordboard, await Board.open(cordboard.url, cordboard.demoPassword), before);
    openScenes.add(scene);
    return scene;
  }

  get edge(): string {
    return `127.0.0.1:${this.cordboard.sipPort}`;
  }

  /** An agent's desk phone, registered. */
  async deskPhone(user: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
    const { demoPassword: password } = this.cordboard;
    const phone = await this.#phone({ user, password, edge: this.edge, toneHz: tones.agent, ...options });
    await phone.registered();
    return phone;
  }

  /** An agent's desk phone that answers by itself what asks for it (twinkle.ts); it registers on its own. */
  async selfAnsweringPhone(user: string, toneHz: number): Promise<Twinkle> {
    const { demoPassword: password } = this.cordboard;
    const phone = await startTwinkle({ user, password, edge: this.edge, toneHz });
    this.#closers.push(() => phone.stop());
    return phone;
  }

  /** A phone behind the trunk; it dials, and does not register. */
  trunkPhone(user: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
    const fixed = { password: 'not-asked-for', registerEvery: 0, address: trunkAddress };
    return this.#phone({ user, edge: this.edge, toneHz: tones.customer, ...fixed, ...options });
  }

  async #phone(options: PhoneOptions): Promise<Phone> {
    const phone = await startPhone(options);
    this.#closers.push(() => phone.stop());
    return phone;
  }

  /** Somebody else who leaves when everybody does, before it is looked what is left. */
  whenAllLeave(leave: Closer): void {
    this.#closers.push(leave);
  }

  async desk(agent: string): Promise<AgentDesk> {
    const desk = await AgentDesk.open(this.cordboard.url, agent, this.cordboard.demoPassword, this.ledger);
    this.#closers.push(() => desk.close());
    return desk;
  }

  /** A person with a browser whose microphone is the customer's tone. */
  async person(): Promise<Person> {
    if (!this.#browser) {
      const browser = await TestBrowser.launch({ microphone: toneWav(tones.customer) });
      this.#browser = browser;
      this.#closers.push(() => browser.close());
    }
    return this.#browser.person();
  }

  /** A web customer who has opened her link and pressed Call. @param tells the fact that she is where she is awaited */
  async visitor(tells: Fact['kind'] = 'session.queued'): Promise<Visitor & { readonly sessionId: string }> {
    const person = await this.person();
    const page = await person.open(this.cordboard.ready.customerLink ?? '');
    const seen = this.board.facts.length;
    await page.click('button.go');
    const sessionId = await this.#sessionOf(tells, seen);
    this.called('web customer', sessionId);
    return { person, page, sessionId };
  }

  /** A caller from the PSTN who is in line. @param tells the fact that she is where she is awaited */
  async caller(phone: Phone, number = '4000', tells: Fact['kind'] = 'session.queued'): Promise<string> {
    const seen = this.board.facts.length;
    await phone.dial(`sip:${number}@${this.edge}`);
    await phone.talking();
    const sessionId = await this.#sessionOf(tells, seen);
    this.called('phone caller', sessionId);
    return sessionId;
  }

  async #sessionOf(tells: Fact['kind'], seen: number): Promise<string> {
    const { sessionId } = await until(`somebody calls: ${tells}`, () => {
      const fresh = this.board.facts.slice(seen).find(({ fact }) => fact.kind === tells);
      return fresh?.fact as { sessionId: string } | undefined;
    });
    return sessionId;
  }

  /** Notes a call that must be on the record, exactly once. */
  called(name: string, sessionId: string): void {
    this.#calls.push({ name: `${name} ${this.#calls.length + 1}`, sessionId });
  }

  /** What the switch holds, asked of the switch itself. */
  async channels(): Promise<{ legId: string }[]> {
    const text = await this.#askSwitch('show channels as json');
    const uuids = text.matchAll(/"uuid":"([0-9a-f-]{36})"/g);
    return [...uuids].map(([, legId = '']) => ({ legId }));
  }

  #askSwitch(command: string): Promise<string> {
    const { port, password } = this.#switchAddress();
    return eslOnce(port, password, command);
  }

  /** Waits until the switch holds no leg. @throws with what it says of the first that stays */
  async #switchIsEmpty(): Promise<void> {
    let left: { legId: string }[] = [];
    const empty = async (): Promise<boolean> => {
      left = await this.channels();
      return left.length === 0;
    };
    await until('the switch is empty', empty, { everyMs: 100 }).catch(async (error: unknown) => {
      const dump = await this.#askSwitch(`uuid_dump ${left[0]?.legId}`);
      throw new Error(`${left.length} legs stay on the switch; the first:\n${dump}`, { cause: error });
    });
  }

  #switchAddress(): { port: number; password: string } {
    const environment = readFileSync(`/proc/${this.cordboard.pid('cordboard')}/environ`, 'utf8').split('\0');
    const text = environment.find((entry) => entry.startsWith('CORDBOARD_FREESWITCH_URL='))?.split('=', 1)[0];
    const url = new URL(
      (environment.find((entry) => entry.startsWith(`${text}=`)) ?? '').slice(`${text}=`.length),
    );
    return { port: Number(url.port), password: decodeURIComponent(url.password) };
  }

  /** Waits until every call is over, then checks N1–N8 on records, facts, floor, switch and subscribers. */
  async judge(): Promise<void> {
    const { url, demoPassword } = this.cordboard;
    for (const { sessionId = '' } of this.#calls) await this.board.record(sessionId);
    await this.#switchIsEmpty();
    const fresh = await Board.open(url, demoPassword);
    try {
      const expected = fresh.digest();
      await until('the subscriber converges', () => this.board.digest() === expected, {
        withinMs: 20_000,
      }).catch(
        () => undefined, // Judged below, with the difference shown.
      );
      const records = await Promise.all((await fresh.calls()).map((call) => fresh.record(call.sessionId)));
      const { sessions = [], agents = [] } = fresh.snapshot ?? {};
      const verdict = checkInvariants({
        now: Date.now(),
        records: records as unknown as readonly CallRecord[],
        facts: this.board.facts as unknown as readonly Stamped<Fact>[],
        floor: {
          sessions: sessions as unknown as readonly SessionView[],
          agents: agents as unknown as readonly AgentView[],
        },
        liveLegs: await this.channels(),
        calls: this.#calls,
        subscribers: [{ name: 'board', digest: this.board.digest(), gaps: this.board.gaps }],
        serverDigest: expected,
        ...(await this.#settled()),
      });
      expect(verdict.breaches).toEqual([]);
      expect(verdict.judged).toEqual(['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8']);
    } finally {
      fresh.close();
    }
  }

  /** What was acknowledged, as the database has it. @throws when nobody was ever told that something is done */
  async #settled(): Promise<Settled> {
    const db = openDatabaseFile(this.cordboard.dataFolder);
    try {
      const settled = await this.ledger.settle(db);
      expect(settled.acknowledged.length).toBeGreaterThan(0);
      return settled;
    } finally {
      await db.destroy();
    }
  }

  /** Everybody leaves; then everything must be as it was before the first came. */
  async nothingIsLeft(patience: Patience = {}): Promise<void> {
    await this.#allLeave();
    const compared = await backTo(this.#before, () => this.cordboard.place(), patience);
    // It looked: at the control plane, the telephony, Janus, and every process.
    expect(compared).toBeGreaterThan(20);
  }

  async #allLeave(): Promise<void> {
    this.board.close();
    for (const leave of this.#closers.splice(0).reverse()) await leave();
  }

  /** What happened last: facts as the supervisor saw them, and the control plane's log. */
  evidence(lines = 40): string {
    const facts = this.board.facts.slice(-lines).map(({ at, fact }) => `${at} ${JSON.stringify(fact)}`);
    const log = path.join(this.cordboard.dataFolder, 'log', 'cordboard.log');
    const said = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines) : [];
    const floor = this.board.digest();
    return [
      '-- the floor',
      floor,
      `-- the last facts, until ${Date.now()}`,
      ...facts,
      '-- the log',
      ...said,
      '',
    ].join('\n');
  }

  async close(): Promise<void> {
    openScenes.delete(this);
    await this.#allLeave();
    await this.cordboard.stop();
  }
}

/** There is no page for it yet: written where it is kept, and read at the next start of the control plane. */
async function furnish(cordboard: Cordboard, queues: SceneOptions['queues'] & {}): Promise<void> {
  const database = openDatabaseFile(cordboard.dataFolder);
  for (const [queueId, columns] of Object.entries(queues))
    await database('queues').where({ queue_id: queueId }).update(columns);
  await database.destroy();
  await cordboard.killAndAwaitReturn('cordboard');
  const isReady = (): Promise<boolean> =>
    fetch(`${cordboard.url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('the control plane is ready', isReady, { withinMs: 30_000, everyMs: 100 });
}
