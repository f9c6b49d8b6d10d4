// Who listens where on this machine, as the kernel tells it (proc(5): /proc/net, /proc/<pid>/fd). Elsewhere than on Linux: nothing.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp';
  /** Numeric address. */
  readonly host: string;
  readonly port: number;
  /** As the kernel numbers it. */
  readonly inode: string;
}

/** Listening TCP sockets, and every bound UDP socket. */
export function listeningSockets(): ListeningSocket[] {
  return (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((file) => {
    const protocol = file.startsWith('tcp') ? 'tcp' : 'udp';
    return linesOf(`/proc/net/${file}`).flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = '0'] = local.split(':');
      // 0A: LISTEN.
      if (inode === '' || (protocol === 'tcp' && state !== '0A')) return [];
      return [{ protocol, host: addressOf(address), port: parseInt(port, 16), inode }];
    });
  });
}

/** The sockets a process holds, by inode; empty for one that is gone or not ours to look at. */
export function socketsHeldBy(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  const targets = namesIn(folder).map((fd) => targetOf(path.join(folder, fd)));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

export interface Holder {
  readonly pid: number;
  /** Its command line, shortened. */
  readonly command: string;
}

/** The process that holds a socket; undefined when it is another user's and we may not look. */
export function holderOfSocket(inode: string): Holder | undefined {
  const pid = namesIn('/proc').find(
    (entry) => /^\d+$/.test(entry) && socketsHeldBy(Number(entry)).has(inode),
  );
  if (pid === undefined) return undefined;
  return {
    pid: Number(pid),
    command: textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim().slice(0, 80),
  };
}

/** In words of 32 bits, each with its least significant byte first. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return groups
    .join(':')
    .replace(/^(0:){7}/, '::')
    .replace(/^::0$/, '::');
}

export const isLoopback = (host: string): boolean => /^127\./.test(host) || host === '::1';

/** Nobody's: what may not be read, or is gone by now, holds nothing as far as we know. */
const unknown = '';

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return unknown;
  }
}

const linesOf = (file: string): string[] => textOf(file).split('\n').slice(1);

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return unknown;
  }
}
