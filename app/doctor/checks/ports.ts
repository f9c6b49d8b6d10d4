// Ports: free for us before the start, ours while we run; and nothing of ours open to the network that the settings did not ask for.

import type { Config } from '../../config.ts';
import { portProblem, type Transport } from '../../supervisor/ports.ts';
import type { Check } from '../examine.ts';
import { well, wrong, type Finding } from '../finding.ts';
import type { Installation } from '../installation.ts';
import {
  holderOfSocket,
  isLoopback,
  listeningSockets,
  socketsHeldBy,
  type ListeningSocket,
} from '../sockets.ts';

interface Wanted {
  readonly setting: string;
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

/** Every port the settings ask of this machine. */
function wantedPorts({ http, sip, sipTransports, drachtio }: Config): Wanted[] {
  const web: Wanted = { setting: 'CORDBOARD_PORT', transport: 'tcp', ...http };
  if (drachtio) return [web];
  const ways = (['tls', 'ws', 'wss'] as const).flatMap((way): Wanted[] => {
    const port = sipTransports[way];
    const setting = `CORDBOARD_SIP_${way.toUpperCase()}_PORT`;
    return port === undefined ? [] : [{ setting, transport: 'tcp', host: sip.host, port }];
  });
  const phones = (['udp', 'tcp'] as const).map((transport) => ({
    ...{ setting: 'CORDBOARD_SIP_PORT', transport },
    ...sip,
  }));
  return [web, ...phones, ...ways].filter(({ port }) => port !== 0);
}

const nameOf = ({ transport, host, port }: Wanted): string => `${transport.toUpperCase()} ${host}:${port}`;

export const ports: Check = {
  name: 'ports',
  async look(installation) {
    const wanted = wantedPorts(installation.config);
    const trouble = installation.isRunning
      ? notHeldByUs(wanted, installation)
      : (await Promise.all(wanted.map(notFree))).flat();
    if (trouble.length > 0) return trouble;
    const how = installation.isRunning ? 'open' : 'free';
    return [well('ports.well', `Ports ${how}: ${wanted.map(nameOf).join(', ')}.`)];
  },
};

async function notFree(wanted: Wanted): Promise<Finding[]> {
  const problem = await portProblem(wanted.transport, wanted.host, wanted.port);
  if (problem === undefined) return [];
  const { setting, host, port } = wanted;
  const holder = holderAt(wanted);
  return [
    wrong(
      'ports.taken',
      `${nameOf(wanted)} (${setting}) ${holder ? `is taken by ${holder}` : problem}.`,
      holder
        ? `End that program, or give ${setting} another value.`
        : `Set ${setting} (and the host beside it) to something this machine has; now: ${host}, ${port}.`,
    ),
  ];
}

function notHeldByUs(wanted: readonly Wanted[], { pids }: Installation): Finding[] {
  const sockets = listeningSockets();
  // Without a supervisor's word we know none of our processes; where there is no /proc, no socket.
  if (pids.length === 0 || sockets.length === 0) return [];
  const ours = heldBy(pids);
  return wanted.flatMap((each) => {
    const there = sockets.filter((socket) => matches(each, socket));
    if (there.some(({ inode }) => ours.has(inode))) return [];
    const todo = 'Look into data/log for what that part says; then start Cordboard again.';
    const holder = holderAt(each);
    return holder === undefined
      ? [wrong('ports.closed', `Nobody listens on ${nameOf(each)} (${each.setting}).`, todo)]
      : [
          wrong(
            'ports.other',
            `${nameOf(each)} (${each.setting}) is held by ${holder}, not by Cordboard.`,
            todo,
          ),
        ];
  });
}

function holderAt(wanted: Wanted): string | undefined {
  const socket = listeningSockets().find((each) => matches(wanted, each));
  const holder = socket && holderOfSocket(socket.inode);
  if (holder) return `process ${holder.pid} (${holder.command})`;
  return socket && "another user's program";
}

const everywhere = new Set(['0.0.0.0', '::']);

const matches = ({ transport, host, port }: Wanted, socket: ListeningSocket): boolean =>
  socket.protocol === transport &&
  socket.port === port &&
  (socket.host === host || everywhere.has(socket.host) || everywhere.has(host));

const heldBy = (pids: readonly number[]): ReadonlySet<string> =>
  new Set(pids.flatMap((pid) => [...socketsHeldBy(pid)]));

/** UDP ranges for sound (app/supervisor/plan.ts): open where sound goes, which is their purpose. */
const soundPorts = { first: 20_000, last: 25_999 } as const;

export const exposure: Check = {
  name: 'exposure',
  needsRunning: true,
  async look({ config, pids }) {
    const ours = heldBy(pids);
    const wanted = wantedPorts(config);
    const open = listeningSockets().filter((socket) => ours.has(socket.inode) && isUnasked(socket, wanted));
    if (pids.length === 0) return [];
    if (open.length === 0) return [well('exposure.well', 'Nothing of ours is open to the network unasked.')];
    return open.map(({ protocol, host, port }) =>
      wrong(
        'exposure.open',
        `${protocol.toUpperCase()} ${host}:${port} is open to the network, and no setting asks for it.`,
        'Close it in the firewall now; then tell the makers of Cordboard.',
      ),
    );
  },
};

function isUnasked(socket: ListeningSocket, wanted: readonly Wanted[]): boolean {
  const isSound =
    socket.protocol === 'udp' && socket.port >= soundPorts.first && socket.port <= soundPorts.last;
  return !isLoopback(socket.host) && !isSound && !wanted.some((each) => matches(each, socket));
}
