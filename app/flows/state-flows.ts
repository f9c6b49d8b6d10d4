// At a start: what the flow file states is laid over what is kept, checked against queues, agents and numbers, spoken where it is text,
// and kept in turn, so that a start without the file finds it again.

import type { Directory } from '../ports/directory.ts';
import type { KeptFlows } from '../ports/flows.ts';
import type { Speech } from '../ports/speech.ts';
import { checkFlows } from './check.ts';
import { FlowsProblem, merged, parseFlows, readFlowsFile, type StatedParts } from './file.ts';
import { Prompts } from './prompts.ts';
import { settle, type SettledFlows } from './settle.ts';

export interface FlowSources {
  /** Absent: what is kept holds. */
  readonly file: string | undefined;
  readonly kept: KeptFlows;
  readonly directory: Directory;
  /** Flows that inbound numbers lead to. */
  readonly wanted: readonly { readonly number: string; readonly flowId: string }[];
  readonly soundsFolder: string;
  readonly speech: Speech;
  /** Sounds that need no file. */
  readonly builtIn: ReadonlySet<string>;
}

/** @throws FlowsProblem */
export async function stateFlows(sources: FlowSources): Promise<SettledFlows> {
  const { file, kept, directory, soundsFolder, speech, builtIn, wanted } = sources;
  const stated = file === undefined ? {} : readFlowsFile(file);
  const all = merged(readKept(await kept.read()), stated);
  const [queues, agents] = [await directory.queues(), await directory.agents()];
  const prompts = new Prompts(all.language);
  let settled: SettledFlows;
  try {
    checkFlows(all, {
      queues: new Set(queues.map(({ queueId }) => queueId)),
      agents: new Set(agents.map(({ agentId }) => agentId)),
    });
    settled = settle(all, prompts);
    await prompts.prepare(soundsFolder, speech, builtIn);
  } catch (error) {
    if (!(error instanceof FlowsProblem)) throw error;
    throw new FlowsProblem(`${file ?? 'the call flows that are kept'}: ${error.message}`, { cause: error });
  }
  const lost = wanted.find(({ flowId }) => !Object.hasOwn(all.flows, flowId));
  if (lost)
    throw new FlowsProblem(`the number ${lost.number} leads to a flow that is not there: ${lost.flowId}`);
  await kept.replace(asText(stated));
  return settled;
}

const asText = (stated: StatedParts): Record<string, string> =>
  Object.fromEntries(Object.entries(stated).map(([part, body]) => [part, JSON.stringify(body)]));

function readKept(parts: Readonly<Record<string, string>>): StatedParts {
  const texts = Object.entries(parts).map(([part, body]) => `${JSON.stringify(part)}:${body}`);
  return parseFlows(`{${texts.join(',')}}`, 'the call flows that are kept');
}
