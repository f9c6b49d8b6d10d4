// Starts a media switch as a process of its own: ours always, FreeSWITCH where this machine has one. Both get free ports
// and a private scratch folder, and both are killed by the id of the process that was started here.

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { portProblem } from '../../app/supervisor/ports.ts';
import { startProcess, type OwnProcess } from './own-process.ts';

/** Its `stop` also removes its scratch folder. */
export interface LaunchedSwitch extends OwnProcess {
  readonly kind: 'embedded' | 'freeswitch';
  /** `esl://:password@127.0.0.1:port` */
  readonly eslUrl: string;
  readonly eslPort: number;
  readonly eslPassword: string;
  readonly sipPort: number;
  readonly recordingsDir: string;
  /** An empty folder for a test's own sounds. */
  readonly soundsDir: string;
}

export interface SwitchLane {
  readonly name: 'embedded' | 'freeswitch';
  /** Why this lane cannot run here; undefined when it can. */
  readonly missing: string | undefined;
  launch(): Promise<LaunchedSwitch>;
}

const root = path.resolve(import.meta.dirname, '../..');
const embeddedMain = path.join(root, 'gateway/embedded/media-switch/src/main.ts');

/** The FreeSWITCH program: FREESWITCH_BIN, or `freeswitch` on the PATH. */
export function freeswitchProgram(): string | undefined {
  const named = process.env['FREESWITCH_BIN'];
  const candidates = named
    ? [named]
    : (process.env['PATH'] ?? '').split(':').map((dir) => path.join(dir, 'freeswitch'));
  return candidates.find(isExecutable);
}

/** Both switches, each with the reason when it cannot run on this machine. */
export function switchLanes(): readonly SwitchLane[] {
  return [
    {
      name: 'embedded',
      missing: existsSync(embeddedMain) ? undefined : `${path.relative(root, embeddedMain)} does not exist`,
      launch: () => launchEmbeddedSwitch(),
    },
    {
      name: 'freeswitch',
      missing: freeswitchProgram()
        ? undefined
        : 'no FreeSWITCH: set FREESWITCH_BIN or put freeswitch on the PATH',
      launch: () => launchFreeswitch(),
    },
  ];
}

/** @param over variables set on every caller beside the usual ones, and how many ports for sound */
export async function launchEmbeddedSwitch({
  set = [],
  rtpPorts = 400,
}: { readonly set?: readonly string[]; readonly rtpPorts?: number } = {}): Promise<LaunchedSwitch> {
  const ports = await freePorts();
  return launch('embedded', ports, (scratch) => ({
    program: process.execPath,
    args: [
      '--conditions=cordboard-source',
      '--import',
      'tsx',
      embeddedMain,
      ...['--sip', `127.0.0.1:${ports.sip}`, '--esl', `127.0.0.1:${ports.esl}`, '--password', ports.password],
      ...[
        '--rtp',
        `127.0.0.1:${ports.rtp}-${ports.rtp + rtpPorts}`,
        '--recordings',
        path.join(scratch, 'recordings'),
      ],
      // What freeswitch-conf's dial plan sets on every caller; both switches are driven alike.
      ...['park_after_bridge=true', 'hold_music=silence', 'media_timeout=60000', ...set].flatMap(
        (variable) => ['--set', variable],
      ),
    ],
    env: {},
  }));
}

/**
 * FreeSWITCH makes two RSA keys of 4096 bits at its first start, which takes up to eight seconds on a busy machine: tests make
 * them once. Throw-away keys of calls on loopback; no test encrypts with them.
 */
const madeKeys = path.join(root, 'node_modules/.cache/cordboard-freeswitch-certs');

function keepKeys(certs: string): void {
  if (existsSync(madeKeys)) return;
  // Copied aside and renamed: whoever finds the folder finds all of it.
  const part = `${madeKeys}.${process.pid}`;
  cpSync(certs, part, { recursive: true });
  try {
    renameSync(part, madeKeys);
  } catch {
    rmSync(part, { recursive: true, force: true }); // Another test was faster.
  }
}

/** What a test of the configuration itself sets otherwise. */
export interface FreeswitchOver {
  /** Another folder than freeswitch-conf. */
  readonly conf?: string;
  /** Environment variables of freeswitch-conf; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How it is known to be up, where it does not let us ask. */
  readonly isUp?: (ports: Ports) => Promise<boolean>;
}

/** The repository's own freeswitch-conf, unchanged: everything that differs comes through the environment. */
export async function launchFreeswitch(over: FreeswitchOver = {}): Promise<LaunchedSwitch> {
  const program = freeswitchProgram();
  if (!program) throw new Error('no FreeSWITCH on this machine');
  const ports = await freePorts();
  const command = freeswitchCommand(program, ports, over.conf ?? path.join(root, 'freeswitch-conf'));
  const described = (scratch: string): Command => {
    if (existsSync(madeKeys)) cpSync(madeKeys, privateFolder(scratch, 'certs'), { recursive: true });
    const { env, ...rest } = command(scratch);
    return { ...rest, env: { ...env, ...over.env } };
  };
  const launched = await launch('freeswitch', ports, described, over.isUp);
  keepKeys(path.join(path.dirname(launched.recordingsDir), 'certs'));
  return launched;
}

function freeswitchCommand(program: string, ports: Ports, conf: string): (scratch: string) => Command {
  return (scratch) => ({
    program,
    args: [
      // No -np: by itself FreeSWITCH takes real-time priority where it may, as its packaged service does. With -np its sound would
      // wait for a turn behind the browsers of the same test, and what is measured would be the test.
      ...['-nf', '-nc', '-nonat', '-nonatmap', '-conf', conf],
      ...[
        'log',
        'db',
        'run',
        'temp',
        'cache',
        'certs',
        'storage',
        'recordings',
        'scripts',
        'grammar',
        'htdocs',
      ].flatMap((folder) => [`-${folder}`, privateFolder(scratch, folder)]),
    ],
    env: {
      CORDBOARD_ESL_PASSWORD: ports.password,
      CORDBOARD_ESL_PORT: String(ports.esl),
      CORDBOARD_SWITCH_SIP_PORT: String(ports.sip),
      CORDBOARD_RTP_START: String(ports.rtp),
      CORDBOARD_RTP_END: String(ports.rtp + 400),
      CORDBOARD_SWITCH_LOG_LEVEL: process.env['CORDBOARD_SWITCH_LOG_LEVEL'] ?? 'notice',
    },
  });
}

export interface Ports {
  readonly sip: number;
  readonly esl: number;
  readonly rtp: number;
  readonly password: string;
}
interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

async function launch(
  kind: LaunchedSwitch['kind'],
  ports: Ports,
  command: (scratch: string) => Command,
  isUp: (ports: Ports) => Promise<boolean> = () => answers(kind, ports),
): Promise<LaunchedSwitch> {
  const scratch = mkdtempSync(path.join(tmpdir(), `cordboard-${kind}-`));
  const outputFile = path.join(scratch, 'output.txt');
  privateFolder(scratch, 'recordings');
  const { program, args, env } = command(scratch);
  const own = await startProcess({
    name: kind,
    program,
    args,
    env,
    outputFile,
    isUp: () => isUp(ports),
  }).catch((error: unknown) => {
    rmSync(scratch, { recursive: true, force: true });
    throw error;
  });
  return {
    kind,
    eslUrl: `esl://:${ports.password}@127.0.0.1:${ports.esl}`,
    eslPort: ports.esl,
    eslPassword: ports.password,
    sipPort: ports.sip,
    get pid() {
      return own.pid;
    },
    recordingsDir: path.join(scratch, 'recordings'),
    soundsDir: privateFolder(scratch, 'sounds'),
    output: own.output,
    kill: own.kill,
    gone: own.gone,
    restart: own.restart,
    async stop() {
      await own.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function privateFolder(scratch: string, name: string): string {
  const folder = path.join(scratch, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Not there or not ours to run: the next candidate is tried.
  }
}

/** Authenticated, and (FreeSWITCH) the SIP profile is up: it starts after the event socket listens. */
async function answers(kind: LaunchedSwitch['kind'], ports: Ports): Promise<boolean> {
  const question = kind === 'freeswitch' ? 'sofia status profile cordboard' : 'status';
  const text = await eslOnce(ports.esl, ports.password, question);
  return kind === 'freeswitch'
    ? /RUNNING|Context\s+inbound/.test(text)
    : text.includes('Content-Type: api/response');
}

/** One api command over a socket of its own; what came back until the server closed or two seconds passed. */
export function eslOnce(port: number, password: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write(`auth ${password}\n\napi ${command}\n\nexit\n\n`),
    );
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('error', () => undefined); // Not up yet; `close` follows and the caller asks again.
    socket.on('close', () => resolve(text));
  });
}

/** All below the system's ephemeral range, so that no outgoing socket of a test takes one of them meanwhile. */
async function freePorts(): Promise<Ports> {
  return {
    sip: await freePort(),
    esl: await freePort(),
    // Above the ranges of a Cordboard beside it (app/supervisor/plan.ts).
    rtp: 26_000 + 2 * Math.floor(Math.random() * 3_000),
    password: randomBytes(12).toString('hex'),
  };
}

/** A port that is free for UDP and TCP alike: a SIP profile binds both. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    const problems = await Promise.all(
      (['tcp', 'udp'] as const).map((transport) => portProblem(transport, '127.0.0.1', port)),
    );
    if (problems.every((problem) => problem === undefined)) return port;
  }
}
