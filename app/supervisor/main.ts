// `npm start` ends here: settings, the data folder, the ports; then the supervisor runs the parts until Ctrl-C.
// ADR 0010 says why this is a process of its own.

import path from 'node:path';
import { environment, explain, isConfig, readConfig, type Config } from '../config.ts';
import { holdDataFolder } from './data-folder.ts';
import { freePorts, portProblem, type Transport } from './ports.ts';
import { StartProblem } from './start-problem.ts';
import { Supervisor } from './supervisor.ts';

/** How long the parts of a supervisor that was killed outright may hold the ports. */
const leftBehindPatienceMs = 12_000;
const askAgainMs = 100;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  // `cordboard doctor`: another program, which examines the one that runs here.
  if (process.argv[2] === 'doctor') return void (await import(path.join(import.meta.dirname, 'doctor.js')));
  // Whoever read our output is gone (`npm start | head`): no reason to drop calls.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const given = environment();
  const config = await withPorts(settings(given));
  const folder = holdDataFolder(config.dataFolder);
  process.on('exit', () => folder.release());
  await requirePorts(config, folder.leftBehind ? leftBehindPatienceMs : 0);
  const supervisor = new Supervisor(config, given, { say, complain });
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

function settings(given: Readonly<Record<string, string | undefined>>): Config {
  const config = readConfig(given);
  if (isConfig(config)) return config;
  throw new StartProblem(`wrong settings: ${explain(config).join('; ')}`);
}

/** Port 0 is any free one, chosen here once: a part that is started again must be found where it was. */
async function withPorts(config: Config): Promise<Config> {
  const chosen = async <Address extends { readonly host: string; readonly port: number }>(
    address: Address,
  ): Promise<Address> =>
    address.port === 0 ? { ...address, port: (await freePorts(1, address.host))[0] ?? 0 } : address;
  return { ...config, http: await chosen(config.http), sip: await chosen(config.sip) };
}

/** @throws StartProblem when a port is not to be had, after asking again for `patienceMs` */
async function requirePorts(config: Config, patienceMs: number): Promise<void> {
  const wanted: [setting: string, address: Config['http'], transports: Transport[]][] = [
    ['CORDBOARD_PORT', config.http, ['tcp']],
  ];
  if (!config.drachtio) wanted.push(['CORDBOARD_SIP_PORT', config.sip, ['udp', 'tcp']]);
  if (!config.drachtio)
    for (const way of ['tls', 'ws', 'wss'] as const) {
      const port = config.sipTransports[way];
      const address = port !== undefined && { host: config.sip.host, port };
      if (address) wanted.push([`CORDBOARD_SIP_${way.toUpperCase()}_PORT`, address, ['tcp']]);
    }
  const deadline = performance.now() + patienceMs;
  for (const [setting, { host, port }, transports] of wanted) {
    for (const transport of transports) {
      let problem = await portProblem(transport, host, port);
      while (problem !== undefined && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, askAgainMs));
        problem = await portProblem(transport, host, port);
      }
      if (problem === undefined) continue;
      throw new StartProblem(`${setting} ${port} (${transport.toUpperCase()} on ${host}) ${problem}`);
    }
  }
}

main().catch((error: unknown) => {
  complain(
    error instanceof StartProblem ? `cordboard: ${error.message}` : String((error as Error).stack ?? error),
  );
  process.exit(1);
});
