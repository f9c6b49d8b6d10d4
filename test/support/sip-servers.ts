// The servers the edge suite runs on: the embedded one always, drachtio-server where this machine has it. A suite is
// written once, as tests on a lane; what the real server is known to do otherwise is marked with the reason.
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSipServer, type SipServerOptions } from '@cordboard/sip-server';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { freePorts } from '../../app/supervisor/ports.ts';
import type { IssuedCertificate } from './certificates.ts';
import { startProcess, type OwnProcess } from './own-process.ts';
import { until } from './until.ts';

export interface LaunchOptions {
  /** T1 in ms, when a test is about timers; everything derived from it shrinks alike. */
  readonly t1?: number;
  /** Listens on TLS, WS and WSS too, with this certificate. */
  readonly certificate?: IssuedCertificate;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface LaunchedSipServer {
  readonly sip: Address;
  /** Present when launched with a certificate. */
  readonly tls?: Address;
  readonly ws?: Address;
  readonly wss?: Address;
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly pid: number;
  /** Where it runs as a process of its own; for stories that kill it. */
  readonly process?: OwnProcess;
  /** Its Prometheus page, where it has one. */
  readonly metricsUrl?: string;
  /** What is still in progress, by kind; undefined where the server does not say. */
  leftovers(): Record<string, number> | undefined;
  stop(): Promise<void>;
}

export interface SipServerLane {
  readonly name: 'embedded' | 'drachtio-server';
  /** Why this lane cannot run here; undefined when it can. */
  readonly missing: string | undefined;
  launch(options?: LaunchOptions): Promise<LaunchedSipServer>;
}

const SECRET = 'edge-suite-secret';
const LOOPBACK = '127.0.0.1';

export const embeddedLane: SipServerLane = { name: 'embedded', missing: undefined, launch: launchEmbedded };

const drachtioBin = findDrachtio();

export const drachtioLane: SipServerLane = {
  name: 'drachtio-server',
  missing: drachtioBin === undefined ? 'no drachtio in the PATH and DRACHTIO_BIN is not set' : undefined,
  launch: launchDrachtio,
};

export const lanes: readonly SipServerLane[] = [embeddedLane, drachtioLane];

/** Starts the embedded server in this process; `overrides` for what only it can do. */
export async function launchEmbedded(
  options: LaunchOptions = {},
  overrides: Partial<SipServerOptions> = {},
): Promise<LaunchedSipServer> {
  const { t1, certificate } = options;
  const any = { host: LOOPBACK, port: 0 };
  const server = await startSipServer({
    sip: any,
    control: any,
    secret: SECRET,
    ...(certificate && { tls: any, ws: any, wss: any, certificates: [certificate] }),
    ...(t1 === undefined ? {} : { timers: { t1, t2: 8 * t1, t4: 10 * t1, d: 64 * t1 } }),
    ...overrides,
  });
  const { control: _control, ...sides } = server.addresses;
  return {
    ...sides,
    control: { ...server.addresses.control, secret: SECRET },
    pid: process.pid,
    leftovers: () => ({ ...server.counts() }),
    stop: () => server.stop(),
  };
}

/** A test of the suite on one lane. `embeddedOnly` gives the reason why the real server is not asked. */
export interface LaneTests {
  readonly lane: SipServerLane;
  /** The server of this suite; valid inside tests. */
  server(): LaunchedSipServer;
  test(name: string, body: () => Promise<void>): void;
  embeddedOnly(reason: string, name: string, body: () => Promise<void>): void;
}

/**
 * Runs a suite on every lane, one server per lane. A lane this machine lacks is skipped, and says why and how much.
 * After the tests the server must have nothing in progress any more.
 */
export function edgeSuite(
  name: string,
  define: (suite: LaneTests) => void,
  options: LaunchOptions | (() => LaunchOptions) = {},
): void {
  for (const lane of lanes) {
    const skip = lane.missing !== undefined;
    let count = 0;
    describe.skipIf(skip)(`${name}, on ${lane.name}`, () => {
      let launched: LaunchedSipServer | undefined;
      beforeAll(async () => {
        launched = await lane.launch(typeof options === 'function' ? options() : options);
      });
      afterAll(async () => {
        const server = launched;
        if (!server) return;
        try {
          await until('nothing is in progress any more', () => idle(server)).catch((error: unknown) => {
            throw new Error(`left over: ${JSON.stringify(server.leftovers())}`, { cause: error });
          });
        } finally {
          await server.stop();
        }
      });
      const server = (): LaunchedSipServer => {
        if (!launched) throw new Error('the server is only there inside tests');
        return launched;
      };
      define({
        lane,
        server,
        test: (title, body) => {
          count += 1;
          test(title, body);
        },
        embeddedOnly: (reason, title, body) => {
          if (lane === embeddedLane) test(title, body);
          else test.skip(`${title} (embedded only: ${reason})`, body);
        },
      });
      // vitest collects suites later than it reads this file: only here are the tests known.
      if (skip)
        process.stdout.write(
          `lane ${lane.name} skipped: ${lane.missing}; ${count} tests of "${name}" not run\n`,
        );
    });
  }
}

const idle = (server: LaunchedSipServer): boolean =>
  Object.values(server.leftovers() ?? {}).every((count) => count === 0);

function findDrachtio(): string | undefined {
  const named = process.env['DRACHTIO_BIN'];
  const candidates = named
    ? [named]
    : (process.env['PATH'] ?? '').split(path.delimiter).map((dir) => path.join(dir, 'drachtio'));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

interface Ports {
  readonly sipPort: number;
  readonly controlPort: number;
  readonly metricsPort: number;
  readonly others?: { readonly tls: number; readonly ws: number; readonly wss: number } | undefined;
}

async function launchDrachtio({ t1, certificate }: LaunchOptions = {}): Promise<LaunchedSipServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'edge-drachtio-'));
  const [sipPort = 0, controlPort = 0, metricsPort = 0] = await freePorts(3);
  const config = path.join(folder, 'drachtio.conf.xml');
  const [tls = 0, ws = 0, wss = 0] = await freePorts(3);
  const others = certificate && { tls, ws, wss };
  const secured = certificate && others && { certificate, ...others };
  writeFileSync(config, drachtioConfig({ sipPort, controlPort, metricsPort, t1, secured }));
  const own = await startProcess({
    name: 'drachtio-server',
    program: drachtioBin ?? '',
    args: ['-f', config],
    outputFile: path.join(folder, 'output.txt'),
    // Its transports come up in the order of the configuration.
    isUp: async () => (await reachable(controlPort)) && (await reachable(others?.wss ?? sipPort)),
  });
  return launchedAs(own, folder, { sipPort, controlPort, metricsPort, others });
}

/** The embedded SIP server as `npm start` runs it: a process of its own (dist/telephony.js; `npm test` builds it first). */
export async function launchTelephony(): Promise<LaunchedSipServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'edge-telephony-'));
  const [sipPort = 0, controlPort = 0, metricsPort = 0] = await freePorts(3);
  const secretFile = path.join(folder, 'secret');
  writeFileSync(secretFile, SECRET, { mode: 0o600 });
  const own = await startProcess({
    name: 'telephony',
    program: process.execPath,
    args: [
      path.resolve(import.meta.dirname, '../../dist/telephony.js'),
      ...['--sip', `${LOOPBACK}:${sipPort}`, '--control', `${LOOPBACK}:${controlPort}`],
      ...['--control-secret-file', secretFile, '--metrics', `${LOOPBACK}:${metricsPort}`],
    ],
    outputFile: path.join(folder, 'output.txt'),
    isUp: async () => (await reachable(metricsPort)) && (await reachable(controlPort)),
  });
  return launchedAs(own, folder, { sipPort, controlPort, metricsPort });
}

/** A server that runs as a process of its own, and whose files are all in one folder. */
function launchedAs(
  own: OwnProcess,
  folder: string,
  { sipPort, controlPort, metricsPort, others }: Ports,
): LaunchedSipServer {
  const at = (port: number): Address => ({ host: LOOPBACK, port });
  return {
    sip: at(sipPort),
    ...(others && { tls: at(others.tls), ws: at(others.ws), wss: at(others.wss) }),
    control: { ...at(controlPort), secret: SECRET },
    get pid() {
      return own.pid;
    },
    process: own,
    metricsUrl: `http://${LOOPBACK}:${metricsPort}/metrics`,
    leftovers: () => undefined,
    stop: async () => {
      await own.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Secured {
  readonly certificate: IssuedCertificate;
  readonly tls: number;
  readonly ws: number;
  readonly wss: number;
}

function drachtioConfig({
  sipPort,
  controlPort,
  metricsPort,
  t1,
  secured,
}: Readonly<Record<'sipPort' | 'controlPort' | 'metricsPort', number>> & {
  readonly t1: number | undefined;
  readonly secured: Secured | undefined;
}): string {
  const timers =
    t1 === undefined
      ? ''
      : `<timers><t1>${t1}</t1><t2>${8 * t1}</t2><t4>${10 * t1}</t4><t1x64>${64 * t1}</t1x64></timers>`;
  const contacts = [
    `sip:${LOOPBACK}:${sipPort};transport=udp,tcp`,
    ...(secured
      ? [
          `sips:${LOOPBACK}:${secured.tls};transport=tls`,
          `sip:${LOOPBACK}:${secured.ws};transport=ws`,
          `sips:${LOOPBACK}:${secured.wss};transport=wss`,
        ]
      : []),
  ].map((contact) => `<contact>${contact}</contact>`);
  const tls = secured
    ? `<tls><key-file>${secured.certificate.keyFile}</key-file><cert-file>${secured.certificate.certFile}</cert-file><chain-file>${secured.certificate.caFile}</chain-file></tls>`
    : '';
  return `<drachtio>
  <admin port="${controlPort}" secret="${SECRET}">${LOOPBACK}</admin>
  <sip><contacts>${contacts.join('')}</contacts>${timers}${tls}</sip>
  <cdrs>true</cdrs>
  <monitoring><prometheus port="${metricsPort}">${LOOPBACK}</prometheus></monitoring>
  <logging><console/><sofia-loglevel>0</sofia-loglevel><loglevel>error</loglevel></logging>
</drachtio>\n`;
}

async function reachable(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
