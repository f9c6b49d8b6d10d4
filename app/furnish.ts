// What an installation begins with: the demo's accounts, and what the files of the settings state of trunks and flows.

import { hashPassword } from './auth/passwords.ts';
import type { Config } from './config.ts';
import { FlowsProblem } from './flows/file.ts';
import { stateFlows } from './flows/state-flows.ts';
import { StartProblem } from './supervisor/start-problem.ts';
import { readTrunkingFile, TrunkingFileProblem, type TrunkingFile } from './trunking-file.ts';
import type { Database } from '../db/database.ts';
import { sipRealm } from '../db/directory.ts';
import { newPassword } from '../db/secrets.ts';
import type { Seeded } from '../db/seeds.ts';
import { builtInSounds } from '../gateway/freeswitch/sound-files.ts';
import { espeak } from '../gateway/speech/espeak.ts';

/** What an installation begins with, and what its settings state. */
export const furnish = async (
  database: Database,
  config: Config,
  demoPassword: string,
): Promise<readonly [Seeded, TrunkingFile]> => [
  await seed(database, config, demoPassword),
  await stateTrunking(database, config),
];

/** Writes down what the trunking file states, if there is one. */
async function stateTrunking(database: Database, { trunkingFile }: Config): Promise<TrunkingFile> {
  if (trunkingFile === undefined) return {};
  try {
    const stated = readTrunkingFile(trunkingFile, sipRealm);
    await database.trunking.replace(stated);
    return stated;
  } catch (error) {
    if (!(error instanceof TrunkingFileProblem)) throw error;
    throw new StartProblem(`CORDBOARD_TRUNKING_FILE ${error.message}`, { cause: error });
  }
}

/** Call flows as they hold from now on, and the queues with what they say of them. */
export async function flowsOf(
  { flows, directory, trunking }: Database,
  config: Config,
  soundsFolder: string,
) {
  try {
    const settled = await stateFlows({
      file: config.flowsFile,
      kept: flows,
      directory,
      wanted: await trunking.flowNumbers(),
      soundsFolder,
      speech: espeak(),
      builtIn: builtInSounds,
    });
    const queues = await directory.queues();
    return {
      flows: settled.flows,
      queues: queues.map((queue) => ({ ...queue, ...settled.queues.get(queue.queueId) })),
    };
  } catch (error) {
    if (!(error instanceof FlowsProblem)) throw error;
    throw new StartProblem(`CORDBOARD_FLOWS_FILE ${error.message}`, { cause: error });
  }
}

const seed = (database: Database, config: Config, demoPassword: string): Promise<Seeded> =>
  database.seed({
    demo: config.demo,
    demoPassword,
    demoPasswordIsSet: config.demoPassword !== undefined,
    ...(config.adminPassword !== undefined && { adminPassword: config.adminPassword }),
    makePassword: newPassword,
    hashPassword: (password) => hashPassword(password),
  });
