// What the supervisor leaves in the data folder for whoever examines a running Cordboard: where the parts are whose ports were chosen
// at start, and which processes they are. No secrets: those have files of their own.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const port = z.number().int().positive();
const runningSchema = z.object({
  http: port,
  sip: port,
  inner: z.object({
    control: port,
    esl: port,
    switchSip: port,
    janus: port,
    janusAdmin: port,
    telephonyMetrics: port,
  }),
  /** Process ids by part, the supervisor's own too. */
  processes: z.record(z.string(), z.number().int().optional()),
});
export type Running = z.infer<typeof runningSchema>;

const fileIn = (dataFolder: string): string => path.join(dataFolder, 'running.json');

/** Written aside and renamed: a reader finds all of it. */
export function writeRunning(dataFolder: string, running: Running): void {
  const file = fileIn(dataFolder);
  writeFileSync(`${file}.part`, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

export const removeRunning = (dataFolder: string): void => rmSync(fileIn(dataFolder), { force: true });

/** Undefined when nothing was left there, or nothing that can be read. */
export function readRunning(dataFolder: string): Running | undefined {
  try {
    return runningSchema.safeParse(JSON.parse(readFileSync(fileIn(dataFolder), 'utf8'))).data;
  } catch {
    return undefined; // No file, no rights, no JSON: for a reader all the same.
  }
}
