// The supervisor: starts the parts in order, restarts what dies, prints where everything is, and leaves nothing behind.
// ADR 0010 says why this is a process of its own.

import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { environment, explain, isConfig, readConfig, type Config } from '../config.ts';
import { openSecrets } from '../../db/secrets.ts';
import { janusSecrets } from '../../gateway/janus/secrets.ts';
import { banner, readySchema, type Ready } from './banner.ts';
import { Child, type ChildEvents, type ChildSpec } from './child.ts';
import { makePlan } from './plan.ts';
import { freePorts, isTaken } from './ports.ts';

/** One line for a person; the start ends. */
class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

const readyWithinMs = 60_000;
const largestLog = 10 * 1024 * 1024;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

function settings(): Config {
  const config = readConfig(environment());
  if (isConfig(config)) return config;
  throw new StartProblem(`wrong settings:\n  ${explain(config).join('\n  ')}`);
}

async function requireFreePorts(config: Config): Promise<void> {
  const wanted = [{ setting: 'CORDBOARD_PORT', ...config.http }];
  if (!config.drachtio) wanted.push({ setting: 'CORDBOARD_SIP_PORT', ...config.sip });
  for (const { setting, host, port } of wanted) {
    if (port !== 0 && (await isTaken(host, port))) {
      throw new StartProblem(
        `${setting} ${port} on ${host} is taken by another program (another Cordboard?)`,
      );
    }
  }
}

/** A log that grew large is put aside, once; the newest two files are kept. */
function openLog(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > largestLog) renameSync(file, `${file}.1`);
}

class Supervisor {
  readonly #config: Config;
  readonly #children: Child[] = [];
  #ready: Ready | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async run(): Promise<void> {
    const config = this.#config;
    mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
    const [control, esl, switchSip, janus, janusAdmin] = (await freePorts(5)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const secretsFolder = path.join(config.dataFolder, 'secrets');
    const plan = makePlan({
      config,
      secrets: openSecrets(secretsFolder),
      janusSecrets: janusSecrets(secretsFolder),
      inner: { control, esl, switchSip, janus, janusAdmin },
      dist: import.meta.dirname,
      environment: environment(),
    });
    await Promise.all(plan.first.map((spec) => this.#start(spec)));
    const message = await this.#start(plan.controlPlane);
    this.#ready = readySchema.parse(message);
    this.#writeReadyFile();
    say(banner(this.#ready, path.join(config.dataFolder, 'log')));
  }

  /** Resolves with the child's first ready message. @throws StartProblem when it dies or is silent before that */
  #start(spec: ChildSpec): Promise<unknown> {
    openLog(spec.logFile);
    return new Promise((resolve, reject) => {
      const complaints: string[] = [];
      const giveUp = (why: string): void => {
        reject(
          new StartProblem(complaints.at(-1) ?? `${spec.name} did not start: ${why}; see ${spec.logFile}`),
        );
      };
      const deadline = setTimeout(() => giveUp(`silent for ${readyWithinMs / 1_000} s`), readyWithinMs);
      const events: ChildEvents = {
        onReady: (message) => {
          clearTimeout(deadline);
          resolve(message);
          this.#partIsBack(spec.name);
        },
        onDied: (how, againInMs) => {
          if (child.neverWasReady) giveUp(how);
          else complain(`${spec.name} died (${how}); starting it again in ${againInMs} ms`);
        },
        onComplaint: (line) => {
          complaints.push(line);
          if (this.#ready) complain(line);
        },
      };
      const child = new Child(spec, events);
      this.#children.push(child);
      child.start();
    });
  }

  #partIsBack(name: string): void {
    if (!this.#ready) return;
    say(`${name} is back`);
    this.#writeReadyFile();
  }

  /** Written aside and renamed: a script that waits for the file reads all of it. */
  #writeReadyFile(): void {
    const file = this.#config.readyFile;
    if (file === undefined || !this.#ready) return;
    const processes = Object.fromEntries(this.#children.map((child) => [child.spec.name, child.pid]));
    const content = { ...this.#ready, processes: { supervisor: process.pid, ...processes } };
    writeFileSync(`${file}.part`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.part`, file);
  }

  /** Ends the parts, the one others depend on last. Safe to call twice. */
  end(): Promise<void> {
    this.#ending ??= (async () => {
      for (const child of [...this.#children].reverse()) await child.stop();
      if (this.#config.readyFile !== undefined) rmSync(this.#config.readyFile, { force: true });
    })();
    return this.#ending;
  }
}

async function main(): Promise<void> {
  const config = settings();
  await requireFreePorts(config);
  const supervisor = new Supervisor(config);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void supervisor.end().then(() => process.exit(0)));
  }
  try {
    await supervisor.run();
  } catch (error) {
    await supervisor.end();
    throw error;
  }
}

main().catch((error: unknown) => {
  complain(
    error instanceof StartProblem ? `cordboard: ${error.message}` : String((error as Error).stack ?? error),
  );
  process.exit(1);
});
