// Ports: free ones for the parts that only talk to each other, and what is wrong with one a person chose.

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';
import { codeOf, StartProblem } from './start-problem.ts';

export type Transport = 'tcp' | 'udp';

/**
 * Below the ephemeral range (ip(7): 32768 and up), whose ports any outgoing socket may sit on while a part is being started again:
 * a client that dials a dead part's port may even reach itself. Above the ranges for sound (plan.ts).
 */
const range = { first: 26_000, last: 32_700 } as const;

/** @returns `count` different ports that were free a moment ago, for TCP and for UDP */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(range.first, range.last + 1);
    const trouble = (await portProblem('tcp', host, port)) ?? (await portProblem('udp', host, port));
    if (trouble === undefined) found.add(port);
    else if (trouble !== problems['EADDRINUSE']) throw new StartProblem(`${host} ${trouble}`);
  }
  return [...found];
}

const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program (another Cordboard?)',
  EADDRNOTAVAIL: 'is no address of this machine',
  EACCES: 'may not be opened by this user',
  ENOTFOUND: 'cannot be looked up',
  EAI_AGAIN: 'cannot be looked up',
};

/** What keeps us from listening there, as the end of a sentence; undefined when nothing does. */
export async function portProblem(
  transport: Transport,
  host: string,
  port: number,
): Promise<string | undefined> {
  try {
    const held = await (transport === 'tcp' ? holdTcp : holdUdp)(host, port);
    await held.release();
    return undefined;
  } catch (error) {
    const problem = problems[codeOf(error) ?? ''];
    if (problem === undefined) throw error;
    return problem;
  }
}

interface Held {
  readonly port: number;
  release(): Promise<void>;
}

async function holdTcp(host: string, port: number): Promise<Held> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function holdUdp(host: string, port: number): Promise<Held> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, resolve);
  });
  return {
    port: socket.address().port,
    release: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
