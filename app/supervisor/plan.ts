// Which programs run, with which arguments, as data: made once at start from the settings, so that a restarted part is found
// where it was.

import path from 'node:path';
import type { Config } from '../config.ts';
import type { Secrets } from '../../db/secrets.ts';
import type { ChildSpec } from './child.ts';

/** Ports of the parts that only talk to each other over loopback. */
export interface InnerPorts {
  readonly control: number;
  readonly esl: number;
  readonly switchSip: number;
  readonly janus: number;
  readonly janusAdmin: number;
  /** Where the embedded telephony tells Prometheus of itself. */
  readonly telephonyMetrics: number;
}

export interface Plan {
  /** Where parts other than the control plane tell Prometheus of themselves, by part. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Started together; the control plane follows when they are ready. */
  readonly first: readonly ChildSpec[];
  readonly controlPlane: ChildSpec;
}

const loopback = '127.0.0.1';
/** UDP ranges for sound. Apart, so that a full range of one never starves another. */
const ports = { rtp: '20000-21999', webrtc: '22000-23999', janusSip: '24000-25999' } as const;

export interface PlanInput {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly janusSecrets: { readonly apiSecret: string; readonly adminSecret: string };
  readonly inner: InnerPorts;
  /** Folder of the built programs. */
  readonly dist: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function makePlan(input: PlanInput): Plan {
  const first = [telephony(input), janus(input)].filter((spec) => spec !== undefined);
  const hasTelephony = first.some(({ name }) => name === 'telephony');
  return {
    first,
    controlPlane: controlPlane(input),
    metrics: hasTelephony ? { telephony: `http://${loopback}:${input.inner.telephonyMetrics}/metrics` } : {},
  };
}

function telephony(input: PlanInput): ChildSpec | undefined {
  const { config, inner } = input;
  const args: string[] = [];
  const secretFile = (name: string): string => {
    // Made now if it is the first start: the program only reads it.
    input.secrets.word(name);
    return path.join(config.dataFolder, 'secrets', name);
  };
  if (!config.drachtio) {
    args.push('--sip', `${config.sip.host}:${config.sip.port}`, '--control', `${loopback}:${inner.control}`);
    args.push('--control-secret-file', secretFile('drachtio'), ...transportArguments(config));
  }
  if (config.freeswitch.length === 0) {
    args.push('--switch-sip', `${loopback}:${inner.switchSip}`, '--esl', `${loopback}:${inner.esl}`);
    args.push('--esl-password-file', secretFile('esl'), '--rtp', `${config.mediaIp}:${ports.rtp}`);
    args.push('--recordings', path.join(config.dataFolder, 'recordings'));
  }
  if (args.length === 0) return undefined;
  args.push('--metrics', `${loopback}:${inner.telephonyMetrics}`);
  return program(input, 'telephony', args, {});
}

function transportArguments({ sip, sipTransports }: Config): readonly string[] {
  const { certificate } = sipTransports;
  const ways = (['tls', 'ws', 'wss'] as const).flatMap((way) => {
    const port = sipTransports[way];
    return port === undefined ? [] : [`--${way}`, `${sip.host}:${port}`];
  });
  return certificate ? [...ways, '--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile] : ways;
}

function janus(input: PlanInput): ChildSpec | undefined {
  const { config, inner } = input;
  if (config.janus) return undefined;
  const args = [
    ['--folder', path.join(config.dataFolder, 'janus')],
    ['--secrets', path.join(config.dataFolder, 'secrets')],
    ['--port', String(inner.janus)],
    ['--admin-port', String(inner.janusAdmin)],
    ['--sip-address', config.sip.host],
    ['--media-ip', config.mediaIp],
    ['--webrtc-ports', ports.webrtc],
    ['--sip-ports', ports.janusSip],
  ].flat();
  return program(input, 'janus', args, {});
}

function controlPlane(input: PlanInput): ChildSpec {
  const { config, inner, secrets } = input;
  const where: Record<string, string> = {
    // Where port 0 was asked for, the supervisor has chosen.
    CORDBOARD_PORT: String(config.http.port),
    CORDBOARD_SIP_PORT: String(config.sip.port),
  };
  if (!config.drachtio) {
    where['CORDBOARD_DRACHTIO_URL'] = `drachtio://:${secrets.word('drachtio')}@${loopback}:${inner.control}`;
  }
  if (config.freeswitch.length === 0) {
    const sip = `${loopback}:${inner.switchSip}`;
    where['CORDBOARD_FREESWITCH_URL'] = `esl://:${secrets.word('esl')}@${loopback}:${inner.esl}?sip=${sip}`;
  }
  if (!config.janus) where['CORDBOARD_JANUS_URL'] = janusUrl(input);
  return program(input, 'cordboard', [], { ...settingsIn(input.environment), ...where });
}

function janusUrl({ inner, janusSecrets }: PlanInput): string {
  const { apiSecret, adminSecret } = janusSecrets;
  return `ws://:${apiSecret}@${loopback}:${inner.janus}?admin=${loopback}:${inner.janusAdmin}&admin_secret=${adminSecret}`;
}

const isSetting = ([name]: readonly [string, unknown]): boolean => name.startsWith('CORDBOARD_');

const settingsIn = (environment: PlanInput['environment']): Record<string, string> =>
  given(Object.entries(environment).filter(isSetting));

/** The settings hold secrets: only the program that reads them gets them. */
function program(
  { config, dist, environment }: PlanInput,
  name: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): ChildSpec {
  const inherited = given(Object.entries(environment).filter((entry) => !isSetting(entry)));
  return {
    name,
    args: [path.join(dist, `${name}.js`), ...args],
    env: { ...inherited, ...settings },
    logFile: path.join(config.dataFolder, 'log', `${name}.log`),
  };
}

const given = (entries: readonly (readonly [string, string | undefined])[]): Record<string, string> =>
  Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
