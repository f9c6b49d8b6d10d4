// The control plane: reads the settings, opens what it needs of the world, and wires the rooms together. Nothing else wires.

import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { destination, pino, type Logger } from 'pino';
import { openGroups, type Groups } from './auth/groups.ts';
import { createAuth, type Auth } from './auth/auth.ts';
import { environment, explain, isConfig, readConfig, unknownSettings, type Config } from './config.ts';
import type { Rules } from './domain/floor/floor.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { createHttpApp } from './http/app.ts';
import type { RecordingDoor } from './http/recordings.ts';
import { createObserver } from './observe/observer.ts';
import { attachVerto, vertoPaths } from './faces/verto/server.ts';
import { allowsOrigin } from './realtime/origin.ts';
import { attachRealtime } from './realtime/realtime.ts';
import { checkPhoneSecret, withCheckPhone } from './check-phone.ts';
import { flowsOf, furnish } from './furnish.ts';
import { createFeatureCodes } from './feature-codes.ts';
import { allUp, endOnSignals, isUp, listen, type Closers } from './life.ts';
import { drachtioAddress, janusAddress, switchAddresses } from './part-addresses.ts';
import { realClock } from './real-clock.ts';
import { Retention } from './recordings/retention.ts';
import { refuseStrayUpgrades } from './http/upgrades.ts';
import { StartProblem } from './supervisor/start-problem.ts';
import { readyMessage } from './ready-message.ts';
import { createTelephony } from './telephony.ts';
import { trunkDefaults } from './ports/trunking.ts';
import type { TrunkingFile } from './trunking-file.ts';
import { janusSpeakers, staffSpeaker } from './janus-speakers.ts';
import { openDatabase, type Database } from '../db/database.ts';
import { sipRealm } from '../db/directory.ts';
import type { Seeded } from '../db/seeds.ts';
import { openSecrets, type Secrets } from '../db/secrets.ts';
import { playableSounds } from '../gateway/freeswitch/sound-files.ts';
import { createSwitches, type Switches } from '../gateway/freeswitch/switches.ts';
import { attachJanusProxy } from '../gateway/janus/policy-proxy.ts';
import { janusSecrets } from '../gateway/janus/secrets.ts';
import { startEdge, type Edge, type EdgeOptions } from '../gateway/sip/edge.ts';

const qualifyEveryMs = 15_000;
/** A SIP server that is there takes us within moments; without one there is nobody to offer a call to, and other work to do. */
const edgePatienceMs = 3_000;

async function main(): Promise<void> {
  const config = settings();
  const log = pino({ level: config.logLevel }, destination({ sync: false }));
  for (const name of unknownSettings(environment())) log.warn({ setting: name }, 'unknown setting, ignored');
  if (config.redisUrl !== undefined)
    log.warn({ setting: 'CORDBOARD_REDIS_URL' }, 'one node only, so far: not used');
  const closers: Closers = [];
  endOnSignals(closers, log);
  await run(config, log, closers);
}

async function run(config: Config, log: Logger, closers: Closers): Promise<void> {
  const clock = realClock();
  const secrets = openSecrets(path.join(config.dataFolder, 'secrets'));
  const recordingsFolder = folderIn(config, 'recordings');
  const soundsFolder = folderIn(config, 'sounds');

  /** Made below, and needed by what is made before them. */
  const later: { auth?: Auth; edge?: Edge } = {};
  const database = await openTables(config, secrets, log, (agent) =>
    (later.auth as Auth).browserDevicePassword(agent),
  );
  closers.push(() => database.close());
  const auth = await createAuth({
    signingKey: secrets.key('signing'),
    accounts: database.accounts,
    now: clock.now,
  });
  later.auth = auth;
  const demoPassword = config.demoPassword ?? secrets.password('demo-password');
  const [seeded, trunking] = await furnish(database, config, demoPassword);
  const settled = await flowsOf(database, config, soundsFolder);
  const groups = await openGroups(database.supervisors);

  const media = createSwitches({
    switches: switchAddresses(config),
    draining: await database.drainedSwitches.all(),
    edge: `${config.sip.host}:${config.sip.port}`,
    recordingsDir: recordingsFolder,
    soundsDir: soundsFolder,
    dialogs: {
      ended: (callId) => later.edge?.callEnded(callId),
      live: (address, callIds) => later.edge?.callsOn(address, callIds),
      lost: (address, callIds) => later.edge?.switchLost(address, callIds),
    },
    clock,
    log,
  });
  closers.push(() => media.close());
  const observer = createObserver(log);
  const engine = createEngine({
    media,
    journal: database.journal,
    clock,
    queues: settled.queues,
    agents: await database.directory.agents(),
    flows: settled.flows,
    rules: rulesOf(config, media),
    watch: observer.watch,
  });
  closers.push(() => engine.stop());
  closers.push(engine.subscribe((facts) => observer.facts(facts)));
  await engine.restore();

  const edge = (later.edge = await startEdge({
    ...edgeSettings(config, secrets, trunking),
    ...keptForEdge(database, secrets),
    switches: media,
    featureCodes: createFeatureCodes(engine, database.directory),
    verifyTicket: (ticket) => auth.verifyTicket(ticket),
    ...tellingFloor(engine),
    now: clock.now,
    log,
  }));
  closers.push(() => edge.close());
  // Else the first offers after a restart meet a SIP server with nobody behind it, and count as misses of agents who did nothing.
  await isUp(() => edge.health(), edgePatienceMs);
  await engine.start();

  await serve({
    config,
    log,
    closers,
    database,
    auth,
    groups,
    engine,
    seeded,
    demoPassword,
    recordingsFolder,
    soundsFolder,
    media,
    edge,
    clock,
    observer,
  });
}

/** In the data folder; made when it is missing. */
function folderIn({ dataFolder }: Config, name: string): string {
  const folder = path.join(dataFolder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

const openTables = (
  config: Config,
  secrets: Secrets,
  log: Logger,
  browserPassword: (agentId: string) => string,
): Promise<Database> =>
  openDatabase({
    address: config.database,
    trunks: config.trunks.map((trunk) => ({ ...trunkDefaults, ...trunk })),
    sealingKey: secrets.key('sealing'),
    recordingDays: config.recordingDays,
    browserPassword,
    onTrouble: (error) => log.warn({ err: error }, 'registrations or calls of the edge cannot be written'),
  });

const edgeSettings = (config: Config, secrets: Secrets, { limits }: TrunkingFile) => ({
  server: drachtioAddress(config),
  realm: sipRealm,
  nonceKey: secrets.key('sip-nonce'),
  trusted: config.sipTrusted,
  qualifyEveryMs,
  ...(limits && { outboundLimits: limits }),
});

/** What the edge finds out about phones, and about its own way to them. */
/** A line that stands is on one switch, and where there are several a caller may be on another. */
const rulesOf = ({ rejoinMs, holdReminderMs }: Config, { addresses }: Switches): Partial<Rules> => ({
  rejoinMs,
  holdReminderMs,
  nailedUpLines: addresses.length === 1,
});

const tellingFloor = (engine: Engine): Pick<EdgeOptions, 'onReachability' | 'onLink'> => ({
  onReachability: (address, reachability) => {
    engine.submit({ kind: 'device.changed', address, reachability });
  },
  onLink: (up) => void engine.submit({ kind: 'edge.changed', up }),
});

const keptForEdge = ({ directory, trunking, registrations, edgeCalls }: Database, secrets: Secrets) => ({
  directory: withCheckPhone(directory, secrets.password(checkPhoneSecret)),
  trunking,
  registrations,
  keptCalls: edgeCalls,
});

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly closers: Closers;
  readonly database: Database;
  readonly auth: Auth;
  readonly groups: Groups;
  readonly engine: Engine;
  readonly seeded: Seeded;
  readonly demoPassword: string;
  readonly recordingsFolder: string;
  readonly soundsFolder: string;
  readonly media: Switches;
  readonly edge: Awaited<ReturnType<typeof startEdge>>;
  readonly clock: ReturnType<typeof realClock>;
  readonly observer: ReturnType<typeof createObserver>;
}

/** Opens the doors: HTTP, Socket.IO, /janus; says so once every part is up. */
async function serve(parts: Parts): Promise<void> {
  const { config, log, closers, database, auth, groups, engine, clock, media, edge, observer } = parts;
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 });
  const origins = {
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
    others: config.origins,
  };
  const janus = attachJanusProxy(server, {
    janus: janusAddress(config),
    edge: { host: `${config.sip.host}:${config.sip.port}` },
    ownershipKey: janusSecrets(path.join(config.dataFolder, 'secrets')).ownershipKey,
    authenticate: janusSpeakers(auth, engine),
    originAllowed: (origin, host) => allowsOrigin(origins, origin, host),
    log,
  });
  closers.push(() => janus.close());
  const probes = {
    database: () => database.health(),
    sip: () => edge.health(),
    media: () => media.health(),
    janus: () => janus.health(),
  };
  let address = `http://${config.http.host}:${config.http.port}`;
  const publicUrl = (): string => config.publicUrl ?? address;
  const desk = { core: engine, submissions: database.submissions, now: clock.now };
  const { koa } = createHttpApp({
    ...desk,
    auth,
    groups,
    records: database.records,
    recordings: keepRecordings(parts),
    telephony: { telephony: createTelephony(edge, media, database), tell: observer.telephony },
    messages: database.messages,
    sounds: () => playableSounds(parts.soundsFolder),
    newId: clock.newId,
    publicUrl,
    log,
    metrics: observer.metrics,
    probes,
    turn: config.turn,
    webFolder: path.join(import.meta.dirname, 'web'),
  });
  const handle = koa.callback();
  server.on('request', (request, response) => void handle(request, response));
  const realtime = attachRealtime(server, { ...desk, auth, groups, records: database.records, log, origins });
  closers.push(() => realtime.close());
  const verto = attachVerto(server, {
    core: engine,
    auth,
    groups,
    openLine: (name, listen) => janus.openLine(staffSpeaker(auth, name), listen),
    resumeLine: (name, listen) => janus.resumeLine(staffSpeaker(auth, name), listen),
    registered: async (user) => (await database.registrations.of(user, clock.now())).length > 0,
    log,
    now: clock.now,
    origins,
    ...(config.vertoDomains && { domains: config.vertoDomains }),
  });
  closers.push(() => verto.close());
  watchVitals(parts, { janus, realtime, verto });
  refuseStrayUpgrades(server, ['/janus', '/socket.io/', ...vertoPaths]);

  const port = await listen(server, config);
  address = `http://${config.http.host}:${port}`;
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  log.info({ address }, 'serving');
  await allUp(probes);
  process.send?.(readyMessage({ ...parts, url: publicUrl(), sip: config.sip, listening: edge.listening }));
  log.info('every part is up');
}

interface Doors {
  readonly janus: ReturnType<typeof attachJanusProxy>;
  readonly realtime: ReturnType<typeof attachRealtime>;
  readonly verto: ReturnType<typeof attachVerto>;
}

/** What is counted is asked when somebody wants to know. */
function watchVitals({ observer, engine, media, edge }: Parts, { janus, realtime, verto }: Doors): void {
  observer.watchVitals({
    timers: () => engine.vitals.timers,
    effectsUnderway: () => engine.vitals.effectsUnderway,
    liveSessions: () => engine.vitals.liveSessions,
    sockets: () => ({ ...realtime.sockets(), verto: verto.clients }),
    janusLinks: () => janus.links(),
    switchLegs: () => media.vitals.legs,
    switchReplies: () => media.vitals.repliesAwaited,
    edgeCalls: () => edge.calls,
  });
}

/** What the door to recordings needs; and from now on those whose time is over are removed. */
function keepRecordings({ database, recordingsFolder, observer, clock, closers }: Parts): RecordingDoor {
  const { recordings: archive, accounts } = database;
  const door = { archive, accounts, folder: recordingsFolder, tell: observer.recordings };
  const retention = new Retention({ ...door, now: clock.now });
  closers.push(() => retention.stop());
  return door;
}

function settings(): Config {
  const config = readConfig(environment());
  if (isConfig(config)) return config;
  throw new StartProblem(`wrong settings: ${explain(config).join('; ')}`);
}

main().catch((error: unknown) => {
  const text = error instanceof StartProblem ? error.message : String((error as Error).stack ?? error);
  process.stderr.write(`cordboard: ${text}\n`);
  process.exit(1);
});
