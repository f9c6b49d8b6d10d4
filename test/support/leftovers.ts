// What is left when everybody has left: figures of a running Cordboard, taken before the first caller and after the last, from the
// parts themselves (/metrics), from the operating system (sockets of each process) and from Janus. Each must come back to what it was.

import { readFileSync } from 'node:fs';
import { janusHolds } from './janus-admin.ts';
import { processes, socketsOf, type Process } from './launch.ts';
import { scrape, type Figures } from './metrics.ts';
import { DeadlineExceeded, until } from './until.ts';

export interface Place {
  /** Prometheus pages, by part. */
  readonly metrics: Readonly<Record<string, string>>;
  /** The first process of each part now; its children are part of it. The supervisor's children are parts of their own. */
  readonly parts: Readonly<Record<string, number>>;
  readonly janusUrl: string;
}

export interface Excess {
  readonly figure: string;
  readonly before: number;
  readonly after: number;
}

/** Gauges that must come back. The others count what happened, or how long. */
const held: readonly RegExp[] = [
  /^cordboard_(timers|effects_underway|sessions_live|sockets|janus_links|switch_legs|switch_replies_awaited|edge_calls)\b/,
  /^sip_server_(?!applications|transactions\{phase="lingering"\})/,
  /^media_switch_(?!transactions\{phase="lingering"\})/,
  /^drachtio_stable_dialogs\b/,
  // Not PipeWrap: standard output and error come into being with their first word.
  /^nodejs_active_resources\{type="(?!PipeWrap)/,
];
/**
 * A SIP transaction absorbs repetitions for 32 s after its answer (RFC 3261 timers D, H, J), each with a timer: that is no leak, and
 * waiting for it is left to who asks.
 */
const lingering =
  /^(sip_server|media_switch)_transactions\{phase="lingering"\}|^telephony nodejs_active_resources\{type="Timeout"\}/;

/** Everything that must come back to what it was, in numbers. */
export async function take({ metrics, parts, janusUrl }: Place): Promise<Figures> {
  const figures = new Map<string, number>();
  const pages = await Promise.all(
    Object.entries(metrics).map(async ([part, url]) => [part, await scrape(url)] as const),
  );
  for (const [part, page] of pages) {
    for (const [name, value] of page) {
      const full = name.startsWith('nodejs_') ? `${part} ${name}` : name;
      if (held.some((pattern) => pattern.test(name)) || lingering.test(full)) figures.set(full, value);
    }
  }
  for (const [name, count] of sockets(parts)) figures.set(name, count);
  for (const [name, count] of Object.entries(await janusHolds(janusUrl))) figures.set(`Janus ${name}`, count);
  return figures;
}

/** Sockets by part and kind, as the kernel counts them. */
function sockets(parts: Place['parts']): Figures {
  const all = processes();
  const figures = new Map<string, number>();
  for (const [part, pid] of Object.entries(parts)) {
    const others = new Set(Object.values(parts).filter((other) => other !== pid));
    const pids = familyOf(pid, all, others);
    figures.set(`${part} processes`, pids.length);
    for (const { kind } of socketsOf(pids)) {
      const name = `${part} sockets{kind="${kind}"}`;
      figures.set(name, (figures.get(name) ?? 0) + 1);
    }
  }
  return figures;
}

/** A process, its children and theirs, but for those that are `others`. */
function familyOf(pid: number, all: readonly Process[], others: ReadonlySet<number>): readonly number[] {
  const children = all.filter((one) => one.parent === pid && !others.has(one.pid));
  return [pid, ...children.flatMap((child) => familyOf(child.pid, all, others))];
}

/** What there is more of than before. A figure that was not there before was zero. */
export function excess(before: Figures, after: Figures, patient = false): readonly Excess[] {
  return [...after].flatMap(([figure, value]) => {
    if (!patient && lingering.test(figure)) return [];
    const was = before.get(figure) ?? 0;
    return value > was ? [{ figure, before: was, after: value }] : [];
  });
}

/** The smallest of each figure in a few looks: what comes and goes by itself (a ping under way) is not held against anybody. */
export async function settled(place: Place, looks = 5): Promise<Figures> {
  let lowest: Figures | undefined;
  await until(
    'a few looks',
    async () => {
      lowest = merge(lowest, await take(place));
      looks -= 1;
      return looks === 0;
    },
    { everyMs: 100 },
  );
  return lowest ?? new Map();
}

export interface Patience {
  /** Also wait for SIP transactions that only linger. */
  readonly patient?: boolean;
  readonly withinMs?: number;
}

/**
 * Waits until everything is back to what it was.
 * @returns how many figures were compared
 * @throws Error that names each figure that stays above
 */
export async function backTo(
  before: Figures,
  place: () => Place,
  { patient = false, withinMs = 20_000 }: Patience = {},
): Promise<number> {
  let lowest: Figures | undefined;
  let left: readonly Excess[] = [];
  const isBack = async (): Promise<boolean> => {
    lowest = merge(lowest, await take(place()));
    left = excess(before, lowest, patient);
    return left.length === 0;
  };
  await until('everything is back to what it was', isBack, { withinMs, everyMs: 250 }).catch(
    (error: unknown) => {
      if (!(error instanceof DeadlineExceeded)) throw error;
      const lines = left.map(({ figure, before: was, after }) => `${figure}: ${after}, was ${was}`);
      throw new Error(`left over:\n${lines.join('\n')}`, { cause: error });
    },
  );
  return lowest?.size ?? 0;
}

function merge(one: Figures | undefined, other: Figures): Figures {
  if (!one) return other;
  // What is missing in one look was zero there.
  return new Map(
    [...other].flatMap(([name, value]) => {
      const known = one.get(name);
      return known === undefined ? [] : [[name, Math.min(known, value)] as const];
    }),
  );
}

/** A setting in the environment of a running process. */
export function settingOf(pid: number, name: string): string | undefined {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
