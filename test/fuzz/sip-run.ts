// Wrong SIP and SDP, by the hundred thousand, at everything that speaks SIP: the embedded SIP server, the edge behind it and
// the embedded switch, each in a process of its own, while good calls go on through all three.
//
//   generator ──UDP, TCP, WS──► SIP server ◄──control──► edge
//        │                          │ proxied: trunk's calls
//        └──────UDP──────────► media switch ◄──events── answerer        sipp ──good calls──► SIP server
//
// Passed: no process ended, none needed more than a second of processor time for what it was sent, none kept more than 50 MB,
// no bug was logged, and every good call was made.
import { callScenario, runSipp } from '../support/sipp.ts';
import { until } from '../support/until.ts';
import { Doors, WrongPhone } from './doors.ts';
import { answerCalls, type Answerer } from './event-socket.ts';
import { generate, spoiledAnswer, type Way } from './generate.ts';
import { Probe } from './probe.ts';
import { Target } from './process.ts';
import type { Place } from './seeds.ts';

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Index of the first message. Default 0. */
  readonly from?: number;
  /** Told how far it has come, every few thousand messages. */
  readonly onProgress?: (line: string) => void;
}

export interface TargetReport {
  readonly name: string;
  /** Megabytes in use after a collection: before the first message, and at the end when everything has run out. */
  readonly startMb: number;
  readonly endMb: number;
  readonly residentMb: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface FuzzReport {
  readonly sent: Readonly<Record<Way, number>>;
  readonly seconds: number;
  readonly targets: readonly TargetReport[];
  readonly slowestProbeMs: number;
  readonly goodCalls: { readonly successful: number; readonly failed: number };
  readonly answerer: Answerer['counts'];
  /** Final answers over UDP by way and status: how deep the messages got. */
  readonly answers: Readonly<Record<string, number>>;
  /** What went wrong, each with the indexes it may be due to; empty when passed. */
  readonly defects: readonly string[];
}

/** Messages between two looks; as many as a socket's buffer surely holds. */
const WINDOW = 60;
const HANG_MS = 1000;
/** A machine with others to serve may take this long for a window without anybody hanging. */
const PATIENCE_MS = 30_000;
const GROWTH_MB = 50;
const GOOD_CALLER = '4930123456';
const MB = 1024 * 1024;
/** 64·T1 and a little: what absorbs repetitions has run out by then. */
const LINGERING_MS = 40_000;

interface World {
  readonly sipServer: Target;
  readonly edge: Target;
  readonly mediaSwitch: Target;
  readonly doors: Doors;
  readonly phone: WrongPhone;
  readonly answerer: Answerer;
  readonly probes: readonly { readonly probe: Probe; readonly targets: readonly Target[] }[];
}

/** Runs it. */
export async function fuzzSip(options: FuzzOptions): Promise<FuzzReport> {
  const world = await openWorld();
  try {
    return await new Run(world, options).report();
  } finally {
    await closeWorld(world);
  }
}

async function openWorld(): Promise<World> {
  const [sipServer, mediaSwitch, phone] = await Promise.all([
    Target.start('sip-server', []),
    Target.start('switch', []),
    WrongPhone.open(),
  ]);
  const control = String(sipServer.port('control'));
  const edge = await Target.start('edge', [
    control,
    'fuzz-secret',
    String(mediaSwitch.port('sip')),
    phone.address,
  ]);
  const ports = { sip: sipServer.port('sip'), ws: sipServer.port('ws'), switch: mediaSwitch.port('sip') };
  const isGood = (number: string): boolean => number === GOOD_CALLER;
  return {
    sipServer,
    edge,
    mediaSwitch,
    phone,
    doors: await Doors.open(ports),
    answerer: await answerCalls(mediaSwitch.port('esl'), 'fuzz-secret', isGood),
    probes: [
      { probe: await Probe.open(ports.sip), targets: [sipServer, edge] },
      { probe: await Probe.open(ports.switch), targets: [mediaSwitch] },
    ],
  };
}

async function closeWorld({
  sipServer,
  edge,
  mediaSwitch,
  doors,
  phone,
  answerer,
  probes,
}: World): Promise<void> {
  for (const { probe } of probes) probe.close();
  doors.close();
  phone.close();
  answerer.close();
  await Promise.all([edge.stop(), sipServer.stop(), mediaSwitch.stop()]);
}

class Run {
  readonly #world: World;
  readonly #options: FuzzOptions;
  readonly #sent: Record<Way, number> = { stranger: 0, trunk: 0, tcp: 0, ws: 0, switch: 0, answer: 0 };
  readonly #defects: string[] = [];
  readonly #before = new Map<Target, number>();
  readonly #crashed: Promise<undefined>;
  #slowestProbeMs = 0;
  #next: number;
  #over = false;

  constructor(world: World, options: FuzzOptions) {
    this.#world = world;
    this.#options = options;
    this.#next = options.from ?? 0;
    this.#crashed = Promise.race(this.#targets.map((target) => target.crashed)).then((why) => {
      this.#defects.push(`crash before message ${this.#next}: ${why}`);
      this.#over = true;
      return undefined;
    });
  }

  get #targets(): readonly Target[] {
    const { sipServer, edge, mediaSwitch } = this.#world;
    return [sipServer, edge, mediaSwitch];
  }

  async report(): Promise<FuzzReport> {
    const begun = performance.now();
    await this.#noteStart();
    const calls = this.#goodCalls();
    await this.#sendAll();
    const seconds = (performance.now() - begun) / 1000;
    this.#over = true;
    const goodCalls = await calls;
    if (goodCalls.failed > 0 || goodCalls.successful === 0)
      this.#defects.push(
        `good calls: ${goodCalls.failed} of ${goodCalls.failed + goodCalls.successful} failed\n${goodCalls.errors}`,
      );
    const targets = await this.#memory();
    return {
      sent: this.#sent,
      seconds,
      targets,
      slowestProbeMs: this.#slowestProbeMs,
      goodCalls,
      answerer: this.#world.answerer.counts,
      answers: Object.fromEntries([...this.#world.doors.answers].sort()),
      defects: this.#defects,
    };
  }

  async #sendAll(): Promise<void> {
    const { count, onProgress, from = 0 } = this.#options;
    const end = from + count;
    const begun = performance.now();
    let told = begun;
    while (this.#next < end && !this.#over) {
      const first = this.#next;
      while (this.#next < end && this.#next < first + WINDOW) this.#sendOne(this.#next++);
      await this.#answering(first);
      if (performance.now() - told > 10_000) {
        told = performance.now();
        const rate = Math.round((this.#next - from) / ((told - begun) / 1000));
        onProgress?.(
          `${this.#next - from} of ${count} sent, ${rate}/s, slowest answer ${Math.round(this.#slowestProbeMs)} ms`,
        );
      }
    }
  }

  #sendOne(index: number): void {
    const { doors, phone, answerer, sipServer } = this.#world;
    const { seed } = this.#options;
    const { way, bytes } = generate(seed, index, {
      place: (of) => this.#placeOf(of),
      dialog: (of) => doors.dialog(of),
    });
    this.#sent[way] += 1;
    if (way !== 'answer') return doors.send(way, bytes);
    phone.queue((request) => spoiledAnswer(request, this.#placeOf('answer'), seed, index));
    answerer.call(`sip:1002@127.0.0.1:${sipServer.port('sip')}`);
  }

  #placeOf(way: Way): Place {
    const { doors, phone, sipServer, mediaSwitch } = this.#world;
    if (way === 'answer')
      return { server: `127.0.0.1:${sipServer.port('sip')}`, self: phone.address, user: '1002' };
    if (way === 'switch')
      return { server: `127.0.0.1:${mediaSwitch.port('sip')}`, self: doors.self(way), user: 'queue-sales' };
    return { server: `127.0.0.1:${sipServer.port('sip')}`, self: doors.self(way), user: '4000' };
  }

  /** Waits until both doors have answered a good request after this window. */
  async #answering(first: number): Promise<void> {
    const waits = this.#world.probes.map(async ({ probe, targets }) => {
      const before = targets.map((target) => target.processorMs());
      const ms = await Promise.race([probe.ask(PATIENCE_MS), this.#crashed]);
      if (this.#over) return;
      this.#slowestProbeMs = Math.max(this.#slowestProbeMs, ms ?? PATIENCE_MS);
      if (ms !== undefined && ms <= HANG_MS) return;
      targets.forEach((target, at) => {
        const used = target.processorMs() - (before[at] ?? 0);
        if (used > HANG_MS || ms === undefined)
          this.#defects.push(
            `hang: ${target.name} took ${used} ms of processor for messages ${first} to ${this.#next - 1} (answer after ${ms?.toFixed() ?? 'never'} ms)`,
          );
      });
      if (ms === undefined) this.#over = true;
    });
    await Promise.all(waits);
  }

  /** One call after another through SIP server, edge and switch, until the run is over. */
  async #goodCalls(): Promise<{ successful: number; failed: number; errors: string }> {
    const total = { successful: 0, failed: 0, errors: '' };
    const target = `127.0.0.1:${this.#world.sipServer.port('sip')}`;
    const scenario = callScenario({ talkMs: 200, caller: GOOD_CALLER });
    do {
      const result = await runSipp({
        scenario,
        target,
        number: '4000',
        address: '127.0.0.2',
        calls: 10,
        rate: 5,
      });
      total.successful += result.successful;
      total.failed += result.failed;
      if (result.failed > 0) total.errors = result.errors.slice(0, 2000);
    } while (!this.#over);
    return total;
  }

  async #noteStart(): Promise<void> {
    for (const target of this.#targets) {
      const { used } = await target.vitals();
      this.#before.set(target, used / MB);
    }
  }

  /** What is kept when nothing is in progress any more: what is in use gets time to run out, and no longer. */
  async #memory(): Promise<TargetReport[]> {
    if (this.#defects.some((defect) => defect.startsWith('crash'))) return [];
    this.#options.onProgress?.('waiting for transactions to run out');
    const deadline = performance.now() + LINGERING_MS;
    const reports: TargetReport[] = [];
    for (const target of this.#targets) {
      const report = await this.#settled(target, deadline);
      reports.push(report);
      const { name, startMb, endMb } = report;
      if (endMb - startMb > GROWTH_MB)
        this.#defects.push(`memory: ${name} grew from ${startMb.toFixed(1)} to ${endMb.toFixed(1)} MB`);
    }
    return reports;
  }

  async #settled(target: Target, deadline: number): Promise<TargetReport> {
    const startMb = this.#before.get(target) ?? 0;
    return until(
      `${target.name} has settled`,
      async () => {
        const { used, resident, counts, faults } = await target.vitals();
        for (const fault of faults) this.#defects.push(`fault in ${target.name}: ${fault}`);
        const endMb = used / MB;
        if (endMb - startMb > GROWTH_MB / 2 && performance.now() < deadline) return undefined;
        return { name: target.name, startMb, endMb, residentMb: resident / MB, counts };
      },
      { withinMs: LINGERING_MS + 30_000, everyMs: 1000 },
    );
  }
}

/** The report as people read it. */
export function describe({
  answers,
  sent,
  seconds,
  targets,
  slowestProbeMs,
  goodCalls,
  answerer,
  defects,
}: FuzzReport): string {
  const total = Object.values(sent).reduce((sum, each) => sum + each, 0);
  const ways = Object.entries(sent).map(([way, count]) => `${way} ${count}`);
  return [
    `${total} messages in ${seconds.toFixed(0)} s (${Math.round(total / seconds)}/s): ${ways.join(', ')}`,
    `good calls: ${goodCalls.successful} made, ${goodCalls.failed} failed; calls that reached the switch: ${answerer.hungUp} wrong, ${answerer.picked} good; calls placed to the wrong phone: ${answerer.placed}`,
    `answers: ${Object.entries(answers)
      .map(([key, count]) => `${key}: ${count}`)
      .join(', ')}`,
    `slowest answer: ${slowestProbeMs.toFixed(0)} ms`,
    ...targets.map(({ name, startMb, endMb, residentMb, counts }) => {
      const what = Object.entries(counts).map(([key, value]) => `${key} ${value}`);
      return `${name}: ${startMb.toFixed(1)} → ${endMb.toFixed(1)} MB in use, ${residentMb.toFixed(0)} MB resident; ${what.join(', ')}`;
    }),
    defects.length === 0 ? 'no defect' : `${defects.length} defects:\n${defects.join('\n')}`,
  ].join('\n');
}
