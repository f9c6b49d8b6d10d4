// The embedded telephony: SIP server and media switch in one process of their own, apart from the control plane, so that
// killing the control plane drops no call. Either half can be left out when the real server stands in its place.
//
//   telephony [--sip HOST:PORT --control HOST:PORT --control-secret-file FILE
//              [--tls HOST:PORT] [--ws HOST:PORT] [--wss HOST:PORT] [--tls-cert FILE --tls-key FILE]... [--external-ip ADDRESS]
//              and the rest of the SIP server's own arguments about transports]
//             [--switch-sip HOST:PORT --esl HOST:PORT --esl-password-file FILE --rtp HOST:LOW-HIGH --recordings DIR]
//             [--metrics HOST:PORT]
//
// Prints `ready` when everything asked for listens. Ends cleanly on SIGTERM, SIGINT, or when its parent goes away; SIGHUP reads
// the certificates again. A wrong argument ends it with code 2, anything else with 1.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startMediaSwitch } from '@cordboard/media-switch';
import { parseAddress, startSipServer, transportOptions, UsageError } from '@cordboard/sip-server';
import { gaugesOf, type Servers } from './gauges.ts';
import { serveMetrics } from './metrics.ts';

interface Running {
  stop(): Promise<void>;
  reloadCertificates?(): void;
}

/**
 * What freeswitch-conf's dial plan sets on every inbound call: its legs outlive a bridge, hold is ours to fill, and a phone that
 * vanished without a BYE is hung up after a minute without packets.
 */
const inboundVariables = { park_after_bridge: 'true', hold_music: 'silence', media_timeout: '60000' };

const one = { type: 'string' } as const;
const many = { type: 'string', multiple: true } as const;

/** @throws UsageError for an argument nobody knows */
function readArguments() {
  try {
    return parseArgs({
      options: {
        ...{ sip: one, control: one, 'control-secret-file': one },
        ...{ tls: many, ws: many, wss: many, 'tls-cert': many, 'tls-key': many, 'tls-ca': many },
        ...{ 'tls-verify': many, 'external-ip': many, connections: many, 'connections-per-address': many },
        ...{ 'session-expires': many, 'min-se': many },
        ...{ 'switch-sip': one, esl: one, 'esl-password-file': one, rtp: one, recordings: one },
        metrics: one,
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

type Values = ReturnType<typeof readArguments>;

function required(values: Values, name: 'sip' | 'control' | 'control-secret-file' | SwitchArgument): string {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

type SwitchArgument = 'switch-sip' | 'esl' | 'esl-password-file' | 'rtp' | 'recordings';

const secretIn = (file: string): string => readFileSync(file, 'utf8').trim();

async function startAsked(values: Values): Promise<Running[]> {
  const servers: Servers = {
    ...(values.sip !== undefined && { sipServer: await sipServer(values) }),
    ...(values.esl !== undefined && { mediaSwitch: await mediaSwitch(values) }),
  };
  const running: Running[] = [servers.sipServer, servers.mediaSwitch].filter(
    (server) => server !== undefined,
  );
  if (running.length === 0) throw new UsageError('nothing to run: give --sip, --esl, or both');
  if (values.metrics !== undefined) {
    const at = parseAddress('metrics', values.metrics);
    running.push(await serveMetrics(at, () => gaugesOf(servers)));
  }
  return running;
}

function sipServer(values: Values): ReturnType<typeof startSipServer> {
  const given = (name: string): readonly string[] => {
    const value = values[name as keyof Values];
    return Array.isArray(value) ? value : [];
  };
  return startSipServer({
    sip: parseAddress('sip', required(values, 'sip')),
    control: parseAddress('control', required(values, 'control')),
    secret: secretIn(required(values, 'control-secret-file')),
    ...transportOptions(given),
    observe: (happening, detail) => {
      if (happening === 'certificates') process.stderr.write(`sip server: certificates ${detail}\n`);
    },
  });
}

async function mediaSwitch(values: Values): ReturnType<typeof startMediaSwitch> {
  const running = await startMediaSwitch({
    sip: required(values, 'switch-sip'),
    esl: required(values, 'esl'),
    password: secretIn(required(values, 'esl-password-file')),
    rtp: required(values, 'rtp'),
    recordings: required(values, 'recordings'),
    profile: 'cordboard',
    inboundVariables,
    log: (line) => void process.stderr.write(`media switch: ${line}\n`),
  });
  // Without its media worker the switch is deaf: better dead, and started again.
  void running.failed.then(giveUp);
  return running;
}

async function main(): Promise<void> {
  const running = await startAsked(readArguments());
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void Promise.all(running.map((part) => part.stop())).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  process.on('SIGHUP', () => reloadCertificates(running));
  // Started by the supervisor: when it dies, nobody would ever end us.
  process.on('disconnect', end);
  process.stdout.write('ready\n');
}

function reloadCertificates(running: readonly Running[]): void {
  try {
    for (const part of running) part.reloadCertificates?.();
  } catch (error) {
    process.stderr.write(`telephony: certificates not usable, the old ones stay: ${String(error)}\n`);
  }
}

function giveUp(error: unknown): void {
  process.stderr.write(`telephony: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

main().catch(giveUp);
