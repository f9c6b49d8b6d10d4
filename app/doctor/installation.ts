// The installation that is examined: its settings, whether it runs, and where its parts are reached, the embedded ones included.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { checkPhoneSecret } from '../check-phone.ts';
import type { Config, ControlAddress, JanusAddress, SwitchAddress } from '../config.ts';
import { holderOf } from '../supervisor/data-folder.ts';
import { readRunning, type Running } from '../supervisor/running.ts';
import { readSecret } from '../../db/secrets.ts';
import { janusSecrets } from '../../gateway/janus/secrets.ts';

export interface Installation {
  /** With the ports that were chosen at start where the settings leave the choice. */
  readonly config: Config;
  /** A Cordboard runs on this data folder, or answers at the address of the settings. */
  readonly isRunning: boolean;
  /** Of our own processes, as far as they are known. */
  readonly pids: readonly number[];
  /** The SIP server's control port; undefined while the embedded one does not run. */
  readonly sipServer: ControlAddress | undefined;
  readonly switches: readonly SwitchAddress[];
  readonly janus: JanusAddress | undefined;
  /** Password of the phone that registers and calls; undefined before the first start. */
  readonly checkPassword: string | undefined;
  /** Where recordings are written, as we see it. */
  readonly recordingsFolder: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const loopback = '127.0.0.1';

/** @param answers tells whether a Cordboard answers at an HTTP address: one that no supervisor started */
export async function findInstallation(
  config: Config,
  answers: (address: string) => Promise<boolean>,
  now: () => number = Date.now,
): Promise<Installation> {
  const mayLook = isReadable(config.dataFolder);
  const holder = mayLook ? holderOf(config.dataFolder) : undefined;
  const running = holder === undefined ? undefined : readRunning(config.dataFolder);
  const placed = running ? withPorts(config, running) : config;
  const secrets = path.join(config.dataFolder, 'secrets');
  return {
    config: placed,
    isRunning: holder !== undefined || (await answers(httpAddress(placed))),
    pids: Object.values(running?.processes ?? {}).filter((pid) => pid !== undefined),
    ...partsOf(placed, running, secrets),
    checkPassword: mayLook ? readSecret(secrets, checkPhoneSecret) : undefined,
    recordingsFolder: path.join(config.dataFolder, 'recordings'),
    now,
  };
}

/** Where the control plane answers, seen from this machine. */
export const httpAddress = ({ http }: Config): string =>
  `http://${bracketed(reachable(http.host))}:${http.port}`;

/** Who listens everywhere is reached at loopback. */
export const reachable = (host: string): string =>
  host === '0.0.0.0' ? loopback : host === '::' ? '::1' : host;

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function withPorts(config: Config, running: Running): Config {
  return {
    ...config,
    http: { ...config.http, port: config.http.port || running.http },
    sip: { ...config.sip, port: config.sip.port || running.sip },
  };
}

/** Another user's is closed to us; its own check says so. */
function isReadable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What the settings name, else the embedded part of the Cordboard that runs. */
function partsOf(
  { drachtio, freeswitch, janus }: Config,
  running: Running | undefined,
  secrets: string,
): Pick<Installation, 'sipServer' | 'switches' | 'janus'> {
  const inner = running?.inner;
  const secretOf = (name: string): string => readSecret(secrets, name) ?? '';
  const embedded = inner && {
    sipServer: { host: loopback, port: inner.control, secret: secretOf('drachtio') },
    switch: {
      ...{ host: loopback, port: inner.esl, secret: secretOf('esl') },
      sip: `${loopback}:${inner.switchSip}`,
    },
  };
  return {
    sipServer: drachtio ?? embedded?.sipServer,
    switches: freeswitch.length > 0 || !embedded ? freeswitch : [embedded.switch],
    janus: janus ?? (inner && embeddedJanus(inner, secrets)),
  };
}

function embeddedJanus(inner: Running['inner'], secrets: string): JanusAddress {
  const { apiSecret, adminSecret } = janusSecrets(secrets);
  const admin = { url: `ws://${loopback}:${inner.janusAdmin}`, secret: adminSecret };
  return { url: `ws://${loopback}:${inner.janus}`, apiSecret, admin };
}
