// A whole Cordboard under test: the built programs, started by the real supervisor, on free ports, with a data folder of its own;
// its telephony embedded, or drachtio-server and FreeSWITCH beside it.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../app/supervisor/ports.ts';
import { readySchema, type Ready } from '../../app/supervisor/banner.ts';
import { settingOf, type Place } from './leftovers.ts';
import type { Pair } from './pairs.ts';
import { launchRealPair, type PartsBeside } from './real-pair.ts';
import { until } from './until.ts';

/** Longer than the supervisor's own patience with a start (ChildTiming.readyWithin). */
const longestStartMs = 90_000;
const root = path.resolve(import.meta.dirname, '../..');

/** `telephony` is the embedded pair's process; on the real pair, FreeSWITCH. */
export type PartName = 'cordboard' | 'telephony' | 'janus' | 'supervisor';

export interface Cordboard {
  readonly ready: Ready;
  readonly url: string;
  readonly sipPort: number;
  readonly dataFolder: string;
  readonly demoPassword: string;
  /** The process id a part has now; undefined while it is being restarted. */
  pid(part: PartName): number | undefined;
  /** What there is to look at for leftovers: Prometheus pages, processes, Janus (leftovers.ts). */
  place(): Place;
  /** `kill -9` of one part; resolves when the supervisor has it up again under another process id. */
  killAndAwaitReturn(part: Exclude<PartName, 'supervisor'>): Promise<void>;
  /** Everything printed so far. */
  output(): string;
  /** Ctrl-C. Resolves when the supervisor has exited. */
  interrupt(): Promise<number | null>;
  /** Ends it, checks that no process of it is left, and removes its data. */
  stop(): Promise<void>;
}

export interface CordboardOptions {
  readonly pair?: Pair;
  /** Instead of a pair: servers the test has started. They are stopped with it. */
  readonly beside?: PartsBeside;
  readonly env?: Readonly<Record<string, string>>;
  /** Puts things into the data folder before the start. */
  readonly furnish?: (dataFolder: string) => void;
  readonly readyWithinMs?: number;
}

/** Starts the built supervisor (dist/supervisor.js; `npm test` builds it first) and waits until everything is up. */
export async function startCordboard(options: CordboardOptions = {}): Promise<Cordboard> {
  const beside = options.beside ?? (options.pair === 'real' ? await launchRealPair() : undefined);
  try {
    for (let tries = 3; ; tries -= 1) {
      const started = await startSupervisor(options, beside).catch((error: unknown) => error as Error);
      if (!(started instanceof Error)) return started;
      // Free when it was looked up, and somebody else's a moment later: other ports will do.
      if (tries === 1 || !started.message.includes('is taken by another program')) throw started;
    }
  } catch (error) {
    await beside?.stop();
    throw error;
  }
}

async function startSupervisor(
  { env = {}, furnish, readyWithinMs = 60_000 }: CordboardOptions,
  beside: PartsBeside | undefined,
): Promise<Cordboard> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-'));
  const readyFile = path.join(folder, 'ready.json');
  const [http, free] = (await freePorts(2)) as [number, number];
  const sip = beside?.sipPort ?? free;
  const demoPassword = 'demo-for-tests-1';
  furnish?.(path.join(folder, 'data'));
  const child = spawn(process.execPath, [path.join(root, 'dist/supervisor.js')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      CORDBOARD_PORT: String(http),
      CORDBOARD_SIP_PORT: String(sip),
      CORDBOARD_DATA: path.join(folder, 'data'),
      CORDBOARD_READY_FILE: readyFile,
      CORDBOARD_DEMO_PASSWORD: demoPassword,
      ...beside?.settings,
      ...env,
    },
  });
  // A test run that dies leaves no Cordboard behind: the supervisor ends its parts.
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  child.once('exit', () => process.removeListener('exit', endWithUs));
  const printed: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  const output = (): string => printed.join('');

  try {
    await until('Cordboard is up', () => readyFileOf(readyFile) ?? deadOr(child, output), {
      withinMs: readyWithinMs,
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${output()}`, {
      cause: error,
    });
  }
  const ready = readySchema.parse(readyFileOf(readyFile));
  return running({ child, ready, readyFile, folder, sip, demoPassword, output, beside });
}

interface Started {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly readyFile: string;
  readonly folder: string;
  readonly sip: number;
  readonly demoPassword: string;
  readonly output: () => string;
  readonly beside: PartsBeside | undefined;
}

function running({ child, ready, readyFile, folder, sip, demoPassword, output, beside }: Started): Cordboard {
  const seen = new Set<number>();
  const pid = (part: PartName): number | undefined => {
    if (beside && part === 'telephony') return beside.switchPid;
    const content = readyFileOf(readyFile) as { processes?: Record<string, number> } | undefined;
    const now = content?.processes?.[part];
    if (now !== undefined) seen.add(now);
    return now;
  };
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const interrupt = async (): Promise<number | null> => {
    for (const part of ['cordboard', ...(beside ? [] : (['telephony'] as const)), 'janus'] as const)
      pid(part);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    return exited;
  };
  return {
    ready,
    url: ready.url,
    sipPort: sip,
    dataFolder: path.join(folder, 'data'),
    demoPassword,
    pid,
    place() {
      const content = readyFileOf(readyFile) as {
        processes: Record<string, number>;
        metrics: Record<string, string>;
      };
      const janusUrl = settingOf(content.processes['cordboard'] ?? 0, 'CORDBOARD_JANUS_URL') ?? '';
      return {
        metrics: { ...content.metrics, ...beside?.metrics },
        parts: { ...content.processes, ...beside?.processes() },
        janusUrl,
      };
    },
    async killAndAwaitReturn(part) {
      if (beside && part === 'telephony') return beside.killSwitchAndAwaitReturn();
      const before = pid(part);
      if (before === undefined) throw new Error(`${part} is not running`);
      const deaths = (): number => output().split(`${part} died (`).length - 1;
      const known = deaths();
      process.kill(before, 'SIGKILL');
      // How long a start may take is for the supervisor to judge, and it says so. Another death than ours is a finding.
      const isBack = (): boolean => {
        if (deaths() > known + 1) throw new Error(`${part} died again by itself:\n${output().slice(-2_000)}`);
        const now = pid(part);
        return now !== undefined && now !== before;
      };
      await until(`${part} is back`, isBack, { withinMs: longestStartMs });
    },
    output,
    interrupt,
    async stop() {
      await interrupt();
      await beside?.stop();
      const left = [...seen].filter(groupLives);
      rmSync(folder, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`processes left over: ${left.join(', ')}\n${output()}`);
    },
  };
}

function readyFileOf(file: string): unknown {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined;
}

function deadOr(child: ChildProcess, output: () => string): undefined {
  if (child.exitCode === null && child.signalCode === null) return undefined;
  throw new Error(`Cordboard ended before it was up:\n${output()}`);
}

/** Whether any process of this process group is alive (a part leads its own group). */
function groupLives(group: number): boolean {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const stat = `/proc/${entry}/stat`;
    if (!existsSync(stat)) return false;
    const fields = readFileSync(stat, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[2]) === group && fields[0] !== 'Z';
  });
}
