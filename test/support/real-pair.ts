// drachtio-server and FreeSWITCH under one Cordboard, as an installation has them: started on their own, found through the
// settings, and FreeSWITCH started again on the same ports when it dies, as systemd would.

import { drachtioLane } from './sip-servers.ts';
import { launchFreeswitch } from './switches.ts';

/** Servers that a test started itself, in the place of those a Cordboard brings along. */
export interface PartsBeside {
  /** Where phones register. */
  readonly sipPort: number;
  /** Settings that lead Cordboard to the two. */
  readonly settings: Readonly<Record<string, string>>;
  /** Prometheus pages. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Process ids now, by part. */
  processes(): Readonly<Record<string, number>>;
  /** The process id the switch has now. */
  readonly switchPid: number;
  /** `kill -9` of the switch; resolves when it answers again, on the same ports. */
  killSwitchAndAwaitReturn(): Promise<void>;
  /** What the switch printed last, for a failing test's message. */
  output(): string;
  /** Ends them all. Safe to call when one is gone already. */
  stop(): Promise<void>;
}

export async function launchRealPair(): Promise<PartsBeside> {
  const drachtio = await drachtioLane.launch();
  const freeswitch = await launchFreeswitch().catch(async (error: unknown) => {
    await drachtio.stop();
    throw error;
  });
  const { host, port, secret } = drachtio.control;
  return {
    sipPort: drachtio.sip.port,
    settings: {
      CORDBOARD_DRACHTIO_URL: `drachtio://:${secret}@${host}:${port}`,
      CORDBOARD_FREESWITCH_URL: `${freeswitch.eslUrl}?sip=127.0.0.1:${freeswitch.sipPort}`,
    },
    metrics: drachtio.metricsUrl === undefined ? {} : { drachtio: drachtio.metricsUrl },
    processes: () => ({ drachtio: drachtio.pid, freeswitch: freeswitch.pid }),
    get switchPid() {
      return freeswitch.pid;
    },
    async killSwitchAndAwaitReturn() {
      freeswitch.kill('SIGKILL');
      await freeswitch.gone();
      await freeswitch.restart();
    },
    output: freeswitch.output,
    async stop() {
      await freeswitch.stop();
      await drachtio.stop();
    },
  };
}
