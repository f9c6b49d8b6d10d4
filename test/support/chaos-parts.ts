// The servers under a floor for chaos, each a process of its own that can be killed, frozen and started again, and each reached by the
// control plane through a relay with faults: a SIP server, and one or more media switches. Embedded, or drachtio-server and FreeSWITCH.
//
//   control plane ──control──▶ relay ──▶ SIP server          control plane ──event socket──▶ relay ──▶ media switch 1 … N

import { FaultRelay } from './fault-relay.ts';
import type { Pair } from './pairs.ts';
import type { PartsBeside } from './real-pair.ts';
import { drachtioLane, launchTelephony, type LaunchedSipServer } from './sip-servers.ts';
import { eslOnce, launchEmbeddedSwitch, launchFreeswitch, type LaunchedSwitch } from './switches.ts';

export interface ChaosSwitch {
  readonly server: LaunchedSwitch;
  readonly relay: FaultRelay;
  /** `host:port` where it takes calls; what health calls it. */
  readonly name: string;
}

export class ChaosParts implements PartsBeside {
  readonly sipServer: LaunchedSipServer;
  readonly control: FaultRelay;
  readonly switches: readonly ChaosSwitch[];
  readonly pair: Pair;

  private constructor(parts: Pick<ChaosParts, 'sipServer' | 'control' | 'switches'>, pair: Pair) {
    this.sipServer = parts.sipServer;
    this.control = parts.control;
    this.switches = parts.switches;
    this.pair = pair;
  }

  /** @param count of media switches */
  static async launch(pair: Pair, count: number): Promise<ChaosParts> {
    const sipServer = await (pair === 'real' ? drachtioLane.launch() : launchTelephony());
    const control = await FaultRelay.open(sipServer.control);
    const switches: ChaosSwitch[] = [];
    const parts = new ChaosParts({ sipServer, control, switches }, pair);
    try {
      for (let i = 0; i < count; i += 1) {
        const server = await (pair === 'real' ? launchFreeswitch() : launchEmbeddedSwitch());
        const relay = await FaultRelay.open({ host: '127.0.0.1', port: server.eslPort });
        switches.push({ server, relay, name: `127.0.0.1:${server.sipPort}` });
      }
    } catch (error) {
      await parts.stop();
      throw error;
    }
    return parts;
  }

  get sipPort(): number {
    return this.sipServer.sip.port;
  }

  get settings(): PartsBeside['settings'] {
    const switchUrls = this.switches.map(
      ({ server, relay, name }) => `esl://:${server.eslPassword}@127.0.0.1:${relay.port}?sip=${name}`,
    );
    return {
      CORDBOARD_DRACHTIO_URL: `drachtio://:${this.sipServer.control.secret}@127.0.0.1:${this.control.port}`,
      CORDBOARD_FREESWITCH_URL: switchUrls.join(','),
    };
  }

  get metrics(): PartsBeside['metrics'] {
    const { metricsUrl } = this.sipServer;
    return metricsUrl === undefined ? {} : { [this.#sipServerName]: metricsUrl };
  }

  /** What lingering figures are called by (leftovers.ts). */
  get #sipServerName(): string {
    return this.pair === 'real' ? 'drachtio' : 'telephony';
  }

  processes(): Readonly<Record<string, number>> {
    return {
      [this.#sipServerName]: this.sipServer.pid,
      ...Object.fromEntries(this.switches.map(({ server }, i) => [`switch ${i + 1}`, server.pid])),
    };
  }

  /** Channel ids, as the switches themselves list them. One that is gone has none. */
  async channels(): Promise<readonly { readonly legId: string }[]> {
    const lists = await Promise.all(this.switches.map(({ server }) => channelsOf(server)));
    return lists.flat().map((legId) => ({ legId }));
  }

  get switchPid(): number {
    return this.first.server.pid;
  }

  async killSwitchAndAwaitReturn(): Promise<void> {
    const { server } = this.first;
    server.kill('SIGKILL');
    await server.gone();
    await server.restart();
  }

  output(): string {
    return this.switches.map(({ server }) => server.output()).join('\n');
  }

  async stop(): Promise<void> {
    for (const { server, relay } of this.switches) {
      await relay.close();
      await server.stop();
    }
    await this.control.close();
    await this.sipServer.stop();
  }

  get first(): ChaosSwitch {
    const [first] = this.switches;
    if (!first) throw new Error('a floor without a media switch');
    return first;
  }
}

/** Asked on its own socket, beside the relay. */
export async function channelsOf({ eslPort, eslPassword }: LaunchedSwitch): Promise<readonly string[]> {
  const text = await eslOnce(eslPort, eslPassword, 'show channels as json');
  return [...text.matchAll(/"uuid":\s*"([0-9a-f-]{36})"/g)].map(([, uuid = '']) => uuid);
}
