// The parts in order: telephony and Janus together, then the control plane. What dies is started again; what a script needs to
// know is written to the ready file; at the end nothing is left.

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { openSecrets } from '../../db/secrets.ts';
import { janusSecrets } from '../../gateway/janus/secrets.ts';
import { banner, readySchema, type Ready } from './banner.ts';
import { Child, type ChildEvents, type ChildSpec } from './child.ts';
import { makePlan, type InnerPorts, type Plan, type PlanInput } from './plan.ts';
import { freePorts } from './ports.ts';
import { removeRunning, writeRunning, type Running } from './running.ts';
import { codeOf, StartProblem } from './start-problem.ts';

export interface Console {
  say(line: string): void;
  complain(line: string): void;
}

export class Supervisor {
  readonly #config: Config;
  readonly #environment: PlanInput['environment'];
  readonly #console: Console;
  readonly #children: Child[] = [];
  #ready: Ready | undefined;
  #metrics: Readonly<Record<string, string>> = {};
  #inner: InnerPorts | undefined;
  #ending: Promise<void> | undefined;

  /** @param config with ports that are chosen (not 0) */
  constructor(config: Config, environment: PlanInput['environment'], console: Console) {
    this.#config = config;
    this.#environment = environment;
    this.#console = console;
  }

  /** Resolves when everything is up and said. @throws StartProblem when a part does not come up */
  async run(): Promise<void> {
    // One that was left behind by kill -9 must not be taken for ours.
    this.#withReadyFile((file) => rmSync(file, { force: true }));
    const plan = await this.#plan();
    await Promise.all(plan.first.map((spec) => this.#start(spec)));
    const message = await this.#start(plan.controlPlane);
    this.#ready = readySchema.parse(message);
    this.#metrics = { cordboard: `${this.#ready.url}/metrics`, ...plan.metrics };
    this.#tellWhereItIs();
    this.#console.say(banner(this.#ready, path.join(this.#config.dataFolder, 'log')));
  }

  async #plan(): Promise<Plan> {
    const [control, esl, switchSip, janus, janusAdmin, telephonyMetrics] = (await freePorts(6)) as SixPorts;
    this.#inner = { control, esl, switchSip, janus, janusAdmin, telephonyMetrics };
    const secretsFolder = path.join(this.#config.dataFolder, 'secrets');
    try {
      return makePlan({
        config: this.#config,
        secrets: openSecrets(secretsFolder),
        janusSecrets: janusSecrets(secretsFolder),
        inner: this.#inner,
        dist: import.meta.dirname,
        environment: this.#environment,
      });
    } catch (error) {
      // What is wrong with a secret is said by the file's reader, in one line that names the file.
      throw new StartProblem(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  /** Resolves with the child's first ready message. @throws StartProblem when it dies before that */
  #start(spec: ChildSpec): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const complaints: string[] = [];
      const events: ChildEvents = {
        onReady: (message) => {
          resolve(message);
          this.#partIsBack(spec.name);
        },
        onDied: (how, againInMs) => {
          if (againInMs === undefined) reject(new StartProblem(whyNotStarted(spec, how, complaints)));
          else this.#console.complain(`${spec.name} died (${how}); starting it again in ${againInMs} ms`);
        },
        onComplaint: (line) => {
          if (this.#ready) this.#console.complain(line);
          else complaints.push(line);
        },
      };
      const child = new Child(spec, events);
      this.#children.push(child);
      if (!this.#ending) child.start();
    });
  }

  #partIsBack(name: string): void {
    if (!this.#ready) return;
    this.#console.say(`${name} is back`);
    try {
      this.#tellWhereItIs();
    } catch (error) {
      // A file for scripts is not worth a call.
      if (!(error instanceof StartProblem)) throw error;
      this.#console.complain(error.message);
    }
  }

  /** For scripts, in the file they asked for; for whoever examines this installation, in the data folder. */
  #tellWhereItIs(): void {
    const parts = Object.fromEntries(this.#children.map((child) => [child.spec.name, child.pid]));
    const processes = { supervisor: process.pid, ...parts };
    this.#noteRunning(processes);
    this.#writeReadyFile({ ...this.#ready, processes, metrics: this.#metrics });
  }

  /** @throws StartProblem when the data folder cannot be written */
  #noteRunning(processes: Running['processes']): void {
    const { dataFolder, http, sip } = this.#config;
    if (!this.#inner) return;
    try {
      writeRunning(dataFolder, { http: http.port, sip: sip.port, inner: this.#inner, processes });
    } catch (error) {
      const why = codeOf(error) ?? String(error);
      throw new StartProblem(`CORDBOARD_DATA ${dataFolder} cannot be written (${why})`, { cause: error });
    }
  }

  /** Written aside and renamed: a script that waits for the file reads all of it. */
  #writeReadyFile(content: object): void {
    this.#withReadyFile((file) => {
      writeFileSync(`${file}.part`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${file}.part`, file);
    });
  }

  /** @throws StartProblem when the file cannot be had */
  #withReadyFile(use: (file: string) => void): void {
    const file = this.#config.readyFile;
    if (file === undefined) return;
    try {
      use(file);
    } catch (error) {
      throw new StartProblem(
        `CORDBOARD_READY_FILE ${file} cannot be written (${codeOf(error) ?? String(error)}); expected a file in a folder this user may write to`,
        { cause: error },
      );
    }
  }

  /** Ends the parts, the one that tells people first. Safe to call twice. */
  end(): Promise<void> {
    this.#ending ??= this.#endAll();
    return this.#ending;
  }

  async #endAll(): Promise<void> {
    for (const child of this.#children) child.hold();
    const isControlPlane = (child: Child): boolean => child.spec.name === 'cordboard';
    await Promise.all(this.#children.filter(isControlPlane).map((child) => child.stop()));
    await Promise.all(this.#children.map((child) => child.stop()));
    removeRunning(this.#config.dataFolder);
    if (this.#ready) this.#withReadyFile((file) => rmSync(file, { force: true }));
  }
}

type SixPorts = [number, number, number, number, number, number];

/** A part's own words when it said why, on one line; else how it ended and where to read more. */
function whyNotStarted({ name, logFile }: ChildSpec, how: string, complaints: readonly string[]): string {
  const own = complaints.find((line) => line.startsWith(`${name}: `));
  if (own !== undefined) return own.replace(/^cordboard: (?:[A-Z]\w*Error: |Error: )?/, '');
  return `${name} did not start (${how}); see ${logFile}`;
}
