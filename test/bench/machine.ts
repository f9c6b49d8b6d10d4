// What the kernel says of processes and of the machine: /proc, so Linux only.

import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';

/** USER_HZ: 100 on every Linux that Node runs on. */
const msPerClockTick = 10;

const statOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');

/** CPU time a process has used in all its threads, those that ended included; milliseconds. proc(5), fields 14 and 15. */
export function cpuMs(pid: number): number {
  const fields = statOf(`/proc/${pid}/stat`);
  return (Number(fields[11]) + Number(fields[12])) * msPerClockTick;
}

/** Time the process's threads were ready to run and had no CPU, milliseconds. */
export function waitedForCpuMs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const waited = (task: string): number =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[1]);
  return tasks.reduce((sum, task) => sum + waited(task), 0) / 1e6;
}

/** Resident memory of a process in megabytes (10^6 bytes), shared pages included. */
export function rssMb(pid: number): number {
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kib * 1024) / 1e6;
}

/** The process and everything below it. */
export function family(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => parentOf(Number(entry)));
  const below = (one: number): number[] => [
    one,
    ...parents.filter(({ parent }) => parent === one).flatMap(({ child }) => below(child)),
  ];
  return below(pid);
}

function parentOf(child: number): { child: number; parent: number }[] {
  try {
    return [{ child, parent: Number(statOf(`/proc/${child}/stat`)[1]) }];
  } catch (error) {
    // It ended between the listing and now.
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error as NodeJS.ErrnoException).code === 'ESRCH'
    )
      return [];
    throw error;
  }
}

export interface CpuTotals {
  readonly all: number;
  readonly idle: number;
  readonly steal: number;
}

/** The machine's CPU time so far, in ticks. */
export function cpuTotals(): CpuTotals {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const ticks = line.trim().split(/\s+/).slice(1).map(Number);
  const [, , , idle = 0, iowait = 0, , , steal = 0] = ticks;
  return { all: ticks.slice(0, 8).reduce((sum, value) => sum + value, 0), idle: idle + iowait, steal };
}

/** What the hypervisor gave to other machines since `before`, as a share of all CPU time, 0…1. */
export function stolenSince(before: CpuTotals): number {
  const now = cpuTotals();
  return (now.steal - before.steal) / Math.max(1, now.all - before.all);
}

/** How busy the machine was since `before`: `load 1.2, 71% busy, 0.0% stolen`. */
export function machineSince(before: CpuTotals): string {
  const now = cpuTotals();
  const all = Math.max(1, now.all - before.all);
  const busy = 100 - (100 * (now.idle - before.idle)) / all;
  const stolen = (100 * (now.steal - before.steal)) / all;
  return `load ${(loadavg()[0] ?? 0).toFixed(1)}, machine ${busy.toFixed(0)}% busy, ${stolen.toFixed(1)}% stolen`;
}
