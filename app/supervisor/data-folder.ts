// The data folder belongs to one Cordboard at a time: two on the same database and the same Janus folder would end each other's
// calls. A file in it says whose it is; one that was left behind by kill -9 is noticed and replaced.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeOf, StartProblem } from './start-problem.ts';

export interface HeldFolder {
  /** The one before did not end cleanly: its parts may still be on their way out. */
  readonly leftBehind: boolean;
  release(): void;
}

/**
 * Makes the data folder when it is missing, and takes it.
 * @throws StartProblem when it cannot be written or another Cordboard runs on it
 */
export function holdDataFolder(folder: string): HeldFolder {
  const file = path.join(folder, 'supervisor.pid');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const owner = ownerIn(file);
    if (owner !== undefined && isAlive(owner)) throw inUse(folder, owner.pid);
    rmSync(file, { force: true });
    const own = `${process.pid} ${bornAt(process.pid) ?? ''}\n`;
    writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
    return { leftBehind: owner !== undefined, release: () => rmSync(file, { force: true }) };
  } catch (error) {
    if (error instanceof StartProblem) throw error;
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new StartProblem(
      `CORDBOARD_DATA ${folder} cannot be used (${code}); expected a folder this user may write to`,
      { cause: error },
    );
  }
}

/** The process of the Cordboard that runs on this folder; undefined when none does. */
export function holderOf(folder: string): number | undefined {
  const owner = ownerIn(path.join(folder, 'supervisor.pid'));
  return owner !== undefined && isAlive(owner) ? owner.pid : undefined;
}

interface Owner {
  readonly pid: number;
  /** When that process began; process ids are used again. */
  readonly born: string;
}

const inUse = (folder: string, pid: number): StartProblem =>
  new StartProblem(`CORDBOARD_DATA ${folder} is in use by another Cordboard (process ${pid})`);

function ownerIn(file: string): Owner | undefined {
  const [pid = '', born = ''] = (readIfThere(file) ?? '').trim().split(' ');
  return /^\d+$/.test(pid) ? { pid: Number(pid), born } : undefined;
}

function isAlive({ pid, born }: Owner): boolean {
  const now = bornAt(pid);
  return now !== undefined && now === born;
}

/**
 * Clock ticks from boot to the process's start (proc_pid_stat(5), field 22). Where there is no /proc: a fixed word while the
 * process lives.
 * @returns undefined when there is no such process, or only its remains
 */
function bornAt(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat !== undefined) {
    // The program's name comes second, in brackets, and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  }
  if (process.platform === 'linux') return undefined;
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return codeOf(error) === 'EPERM' ? 'alive' : undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // ESRCH: the process ended while its file was being read.
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
