// The embedded telephony: SIP server and media switch in one process of their own, apart from the control plane, so that
// killing the control plane drops no call. Either half can be left out when the real server stands in its place.
//
//   telephony [--sip HOST:PORT --control HOST:PORT --control-secret-file FILE]
//             [--switch-sip HOST:PORT --esl HOST:PORT --esl-password-file FILE --rtp HOST:LOW-HIGH --recordings DIR]
//             [--metrics HOST:PORT]
//
// Prints `ready` when everything asked for listens. Ends cleanly on SIGTERM, SIGINT, or when its parent goes away.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startMediaSwitch } from '@cordboard/media-switch';
import { startSipServer } from '@cordboard/sip-server';
import { gaugesOf, type Servers } from './gauges.ts';
import { serveMetrics } from './metrics.ts';

interface Running {
  stop(): Promise<void>;
}

/**
 * What freeswitch-conf's dial plan sets on every inbound call: its legs outlive a bridge, hold is ours to fill, and a phone that
 * vanished without a BYE is hung up after a minute without packets.
 */
const inboundVariables = { park_after_bridge: 'true', hold_music: 'silence', media_timeout: '60000' };

class WrongArgument extends Error {
  override readonly name = 'WrongArgument';
}

const { values } = parseArgs({
  options: {
    sip: { type: 'string' },
    control: { type: 'string' },
    'control-secret-file': { type: 'string' },
    'switch-sip': { type: 'string' },
    esl: { type: 'string' },
    'esl-password-file': { type: 'string' },
    rtp: { type: 'string' },
    recordings: { type: 'string' },
    metrics: { type: 'string' },
  },
});

function required(name: keyof typeof values): string {
  const value = values[name];
  if (value === undefined) throw new WrongArgument(`--${name} is missing`);
  return value;
}

function addressIn(name: 'sip' | 'control' | 'metrics'): { host: string; port: number } {
  const [, host = '', port = ''] = /^\[?([0-9A-Za-z:.-]+?)\]?:(\d{1,5})$/.exec(required(name)) ?? [];
  if (host === '') throw new WrongArgument(`--${name} was given ${required(name)}, expected HOST:PORT`);
  return { host, port: Number(port) };
}

const secretIn = (file: string): string => readFileSync(file, 'utf8').trim();

async function startAsked(): Promise<Running[]> {
  const servers: Servers = {
    ...(values.sip !== undefined && { sipServer: await sipServer() }),
    ...(values.esl !== undefined && { mediaSwitch: await mediaSwitch() }),
  };
  const running: Running[] = [servers.sipServer, servers.mediaSwitch].filter(
    (server) => server !== undefined,
  );
  if (running.length === 0) throw new WrongArgument('nothing to run: give --sip, --esl, or both');
  if (values.metrics !== undefined)
    running.push(await serveMetrics(addressIn('metrics'), () => gaugesOf(servers)));
  return running;
}

const sipServer = () =>
  startSipServer({
    sip: addressIn('sip'),
    control: addressIn('control'),
    secret: secretIn(required('control-secret-file')),
  });

async function mediaSwitch(): ReturnType<typeof startMediaSwitch> {
  const running = await startMediaSwitch({
    sip: required('switch-sip'),
    esl: required('esl'),
    password: secretIn(required('esl-password-file')),
    rtp: required('rtp'),
    recordings: required('recordings'),
    profile: 'cordboard',
    inboundVariables,
    log: (line) => void process.stderr.write(`media switch: ${line}\n`),
  });
  // Without its media worker the switch is deaf: better dead, and started again.
  void running.failed.then(giveUp);
  return running;
}

async function main(): Promise<void> {
  const running = await startAsked();
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void Promise.all(running.map((part) => part.stop())).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  // Started by the supervisor: when it dies, nobody would ever end us.
  process.on('disconnect', end);
  process.stdout.write('ready\n');
}

function giveUp(error: unknown): void {
  process.stderr.write(`telephony: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(giveUp);
