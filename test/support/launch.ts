// The supervisor as a person starts it, for tests about starting and ending: its two outputs apart, its exit code, and what the
// operating system knows of its processes and sockets.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { readySchema, type Ready } from '../../app/supervisor/banner.ts';
import { until } from './until.ts';

const supervisor = path.resolve(import.meta.dirname, '../../dist/supervisor.js');

export interface ReadyFile extends Ready {
  readonly processes: Readonly<Record<'supervisor' | 'cordboard' | 'telephony' | 'janus', number>>;
}

export interface Launched {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Its exit code, once it has ended and said its last word. */
  readonly ended: Promise<number | null>;
  /** What the ready file says, once it is there. @throws when it ends before */
  ready(withinMs?: number): Promise<ReadyFile>;
}

/**
 * @param folder its working directory; the ready file is `ready.json` in it
 * @param env all of its environment besides PATH
 * @param prefix a program that starts it, with arguments
 */
export function launch(
  folder: string,
  env: Readonly<Record<string, string>>,
  prefix: readonly string[] = [],
): Launched {
  const readyFile = env['CORDBOARD_READY_FILE'] ?? path.join(folder, 'ready.json');
  const [program = '', ...args] = [...prefix, process.execPath, supervisor];
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, CORDBOARD_READY_FILE: readyFile, ...env },
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  return {
    child,
    out: () => said.out,
    err: () => said.err,
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
    ready: (withinMs = 60_000) =>
      until(
        'everything is up',
        () => {
          if (child.exitCode !== null) throw new Error(`it ended before it was up:\n${said.out}${said.err}`);
          return existsSync(readyFile) ? readReadyFile(readyFile) : undefined;
        },
        { withinMs },
      ),
  };
}

export function readReadyFile(file: string): ReadyFile {
  const content = JSON.parse(readFileSync(file, 'utf8')) as Pick<ReadyFile, 'processes'>;
  return { ...readySchema.parse(content), processes: content.processes };
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
  readonly environment: string;
}

/** Every process of this machine that we may look at; remains of dead ones are left out. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const stat = readProc(entry, 'stat');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (stat === '' || fields[0] === 'Z') return [];
      const words = (file: string): string => readProc(entry, file).replaceAll('\0', ' ').trim();
      return [
        {
          pid: Number(entry),
          parent: Number(fields[1]),
          group: Number(fields[2]),
          command: words('cmdline'),
          environment: words('environ'),
        },
      ];
    });
}

/** Everything that runs on a folder: named on the command line or in the environment, or in such a process's group. */
export function processesOn(folder: string): Process[] {
  const all = processes().filter(({ pid }) => pid !== process.pid);
  const named = all.filter(({ command, environment }) => `${command} ${environment}`.includes(folder));
  const ownGroup = processes().find(({ pid }) => pid === process.pid)?.group;
  const groups = new Set(named.map(({ group }) => group).filter((group) => group !== ownGroup));
  return all.filter((one) => named.includes(one) || groups.has(one.group));
}

export interface OpenSocket {
  readonly pid: number;
  readonly protocol: 'tcp' | 'udp';
  /** As the kernel prints it: hexadecimal, least significant byte first within each word. */
  readonly host: string;
  readonly port: number;
}

/** Where these processes can be reached from: listening TCP sockets, and every UDP socket. */
export function openSockets(pids: readonly number[]): OpenSocket[] {
  const table = new Map<string, Omit<OpenSocket, 'pid'>>();
  for (const file of ['tcp', 'tcp6', 'udp', 'udp6'] as const) {
    const protocol = file.startsWith('tcp') ? 'tcp' : 'udp';
    for (const line of readProc('net', file).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (inode === '') continue;
      const [host = '', port = '0'] = local.split(':');
      if (protocol === 'udp' || state === '0A')
        table.set(inode, { protocol, host, port: parseInt(port, 16) });
    }
  }
  return pids.flatMap((pid) =>
    descriptorsOf(pid).flatMap((target) => {
      const socket = table.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
      return socket ? [{ pid, ...socket }] : [];
    }),
  );
}

export interface HeldSocket {
  readonly pid: number;
  /** `other`: not of this machine's IP tables, such as a pipe to a child. */
  readonly kind: 'tcp listening' | 'tcp' | 'udp' | 'other';
}

/** Every socket these processes hold. */
export function socketsOf(pids: readonly number[]): HeldSocket[] {
  const kinds = new Map<string, HeldSocket['kind']>();
  for (const file of ['tcp', 'tcp6', 'udp', 'udp6'] as const) {
    for (const line of readProc('net', file).split('\n').slice(1)) {
      const [, , , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const isTcp = file.startsWith('tcp');
      kinds.set(inode, isTcp ? (state === '0A' ? 'tcp listening' : 'tcp') : 'udp');
    }
  }
  return pids.flatMap((pid) =>
    descriptorsOf(pid).flatMap((target) => {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      return inode === undefined ? [] : [{ pid, kind: kinds.get(inode) ?? 'other' }];
    }),
  );
}

/** 127/8, ::1, or 127/8 written as IPv6. */
export const isLoopback = ({ host }: OpenSocket): boolean =>
  /^[0-9A-F]{6}7F$/.test(host) ||
  host === '00000000000000000000000001000000' ||
  /^0{16}FFFF0000[0-9A-F]{6}7F$/.test(host);

function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((fd) => {
      try {
        return readlinkSync(path.join(folder, fd));
      } catch {
        return ''; // Closed while we looked.
      }
    });
  } catch {
    return []; // Ended while we looked.
  }
}

function readProc(entry: string, file: string): string {
  try {
    return readFileSync(path.join('/proc', entry, file), 'utf8');
  } catch {
    return ''; // Ended while we looked, or somebody else's.
  }
}
