// What a call costs on the event socket: an ordinary one (arrives, waits with music, is answered by a phone, is recorded, ends),
// one after the other, through a relay that counts. On FreeSWITCH where this machine has one, and on the embedded switch.

import { sessionId } from '../../app/domain/ids.ts';
import { EslRelay } from '../support/switches-relay.ts';
import { switchLanes, type SwitchLane } from '../support/switches.ts';
import { MediaWorld } from '../support/switches-world.ts';
import { until } from '../support/until.ts';
import { median, report, say, spreadOf, type Finding } from './findings.ts';

const calls = process.argv.includes('--quick') ? 5 : 25;
const goals = { events: 14, bytes: 70_000 };

interface Cost {
  readonly events: number;
  readonly bytes: number;
  /** Replies and pings too. */
  readonly allBytes: number;
  readonly names: readonly string[];
}

async function oneCall(world: MediaWorld, relay: EslRelay): Promise<Cost> {
  relay.events.length = 0;
  const before = relay.receivedBytes;
  const customer = await world.customer();
  await world.music(customer.leg);
  const agent = await world.agent();
  await world.bridge(customer.leg, agent.leg);
  const session = sessionId(`s-${customer.leg}`);
  await world.perform({ kind: 'recording.start', legId: customer.leg, sessionId: session });
  await world.seen('recording.started', customer.leg);
  const heard = customer.phone.packetsHeard;
  await until('they have talked', () => customer.phone.packetsHeard > heard + 25);
  customer.phone.hangUp();
  await world.seen('leg.ended', customer.leg);
  await world.hangUp(agent.leg);
  await world.seen('leg.ended', agent.leg);
  return {
    events: relay.events.length,
    bytes: relay.events.reduce((sum, { bytes }) => sum + bytes, 0),
    allBytes: relay.receivedBytes - before,
    names: relay.events.map(({ name, bytes }) => `${name} ${bytes}`),
  };
}

async function measure(lane: SwitchLane): Promise<Finding[]> {
  const launched = await lane.launch();
  const relay = await EslRelay.open(launched.eslPort);
  const url = `esl://:${launched.eslPassword}@127.0.0.1:${relay.port}`;
  const world = await MediaWorld.open(launched, { url });
  try {
    const costs: Cost[] = [];
    for (let call = 0; call < calls; call += 1) costs.push(await oneCall(world, relay));
    say(`  ${lane.name}: ${costs.at(-1)?.names.join(', ') ?? ''}`);
    return rows(lane.name, costs);
  } finally {
    await world.close();
    await relay.close();
    await launched.stop();
  }
}

function rows(name: string, costs: readonly Cost[]): Finding[] {
  const events = costs.map((cost) => cost.events);
  const bytes = costs.map((cost) => cost.bytes);
  const all = costs.map((cost) => cost.allBytes / 1_000);
  return [
    {
      what: `esl: events of a recorded call, ${name}`,
      measured: String(median(events)),
      spread: spreadOf(events, 0),
      goal: `<= ${goals.events}`,
      met: Math.max(...events) <= goals.events,
    },
    {
      what: `esl: their bytes, ${name}`,
      measured: `${(median(bytes) / 1_000).toFixed(1)} kB`,
      spread: spreadOf(
        bytes.map((count) => count / 1_000),
        1,
      ),
      goal: `<= ${goals.bytes / 1_000} kB`,
      met: Math.max(...bytes) <= goals.bytes,
    },
    {
      what: `esl: with replies, ${name}`,
      measured: `${median(all).toFixed(1)} kB`,
      spread: spreadOf(all, 1),
    },
  ];
}

const findings: Finding[] = [];
for (const lane of switchLanes()) {
  if (lane.missing === undefined) findings.push(...(await measure(lane)));
  else say(`  ${lane.name}: ${lane.missing}`);
}
await report(findings);
