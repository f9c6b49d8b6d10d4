// `cordboard doctor`: examines an installation, running or not, and says in plain words what is wrong and what to do.
//
//   doctor [--json] [--only <check>,<check> …]      exit code 0: nothing is wrong · 1: something is · 2: wrong arguments

import { parseArgs } from 'node:util';
import { environment, isConfig, readConfig, unknownSettings, type Config } from '../config.ts';
import { allWell, asText, note, well, wrong, type Finding } from './finding.ts';
import { examine, type Check } from './examine.ts';
import { findInstallation } from './installation.ts';
import { certificates } from './checks/certificates.ts';
import { clock } from './checks/clock.ts';
import { database } from './checks/database.ts';
import { dataFolder, nodeVersion } from './checks/here.ts';
import { janus } from './checks/janus.ts';
import { exposure, ports } from './checks/ports.ts';
import { publicUrl } from './checks/public-url.ts';
import { sipAccount, sipServer, sipWays } from './checks/sip.ts';
import { switches } from './checks/switches.ts';
import { testCall } from './checks/test-call.ts';
import { turn } from './checks/turn.ts';

/** In the order a person wants to read them: what is near first, what builds on it after it. */
const checks: readonly Check[] = [
  ...[nodeVersion, dataFolder, clock, ports, exposure, certificates, database],
  ...[sipServer, switches, janus, sipWays, sipAccount, testCall, turn, publicUrl],
];

class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Wish {
  readonly json: boolean;
  readonly checks: readonly Check[];
}

/** @throws UsageError */
function wishIn(args: readonly string[]): Wish {
  const options = { json: { type: 'boolean' }, only: { type: 'string', multiple: true } } as const;
  const names = checks.map(({ name }) => name);
  let given;
  try {
    given = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const wanted = (given.only ?? []).flatMap((each) => each.split(','));
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`no check is called ${unknown}; there are: ${names.join(', ')}`);
  return {
    json: given.json ?? false,
    checks: wanted.length === 0 ? checks : checks.filter(({ name }) => wanted.includes(name)),
  };
}

async function main(): Promise<void> {
  const wish = wishIn(process.argv.slice(2).filter((word) => word !== 'doctor'));
  const findings = await findingsOf(wish.checks);
  const text = wish.json
    ? `${JSON.stringify({ ok: allWell(findings), findings }, null, 2)}\n`
    : asText(findings);
  process.stdout.write(text, () => process.exit(allWell(findings) ? 0 : 1));
}

async function findingsOf(wanted: readonly Check[]): Promise<readonly Finding[]> {
  const given = environment();
  const config = readConfig(given);
  if (!isConfig(config)) return wrongSettings(config);
  const installation = await findInstallation(config, isCordboard);
  const strange = unknownSettings(given).map((name) =>
    note(
      'settings.unknown',
      `${name} is no setting of Cordboard and is ignored.`,
      'Look for a typing error.',
    ),
  );
  const running = installation.isRunning
    ? well('running', `Cordboard runs on ${config.dataFolder}.`)
    : note(
        'running',
        'Cordboard does not run: what can be seen without it was looked at.',
        'Run this again after npm start.',
      );
  return [
    well('settings', 'The settings are valid.'),
    ...strange,
    running,
    ...(await examine(installation, wanted)),
  ];
}

const wrongSettings = (problems: Exclude<ReturnType<typeof readConfig>, Config>): Finding[] =>
  problems.map(({ setting, given, expected }) =>
    wrong('settings.invalid', `${setting} is ${given}.`, `Give it ${expected}.`),
  );

/** Whether something alive answers there as Cordboard does. */
async function isCordboard(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`${address}/health/live`, { signal: AbortSignal.timeout(2_000) });
    const body: unknown = await answer.json();
    return typeof body === 'object' && body !== null && 'status' in body && body.status === 'live';
  } catch {
    return false; // Nobody there, or somebody else: not running, either way.
  }
}

main().catch((error: unknown) => {
  const isUsage = error instanceof UsageError;
  process.stderr.write(
    `cordboard doctor: ${isUsage ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  process.exit(isUsage ? 2 : 1);
});
