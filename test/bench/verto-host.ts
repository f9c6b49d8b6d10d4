// One side of the fan-out bench: the Verto face on a floor that only changes, or the bare broadcast it is compared with. Told over IPC how many
// changes to make at which pace; answers with the CPU time it took until everything was written.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { createAuth } from '../../app/auth/auth.ts';
import { hashPassword } from '../../app/auth/passwords.ts';
import { agentId, queueId, sessionId } from '../../app/domain/ids.ts';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { AgentView } from '../../app/domain/floor/view.ts';
import type { Core } from '../../app/engine/core.ts';
import { attachVerto } from '../../app/faces/verto/server.ts';

const [side = 'face'] = process.argv.slice(2);
const agents = 100;
const activities = ['offered', 'ringing', 'talking', 'held', 'wrapUp', 'idle'] as const;
const cheap = { N: 16, r: 8, p: 1 };

interface Order {
  readonly changes: number;
  readonly perSecond: number;
}

const agentView = (id: string): AgentView => ({
  agentId: agentId(id),
  displayName: id,
  queues: [queueId('default')],
  presence: 'ready',
  presenceSince: 0,
  activity: 'idle',
  activitySince: 0,
  reachability: { reachable: true },
});

/** Facts on demand, and the last state of everybody. */
class ChangingFloor implements Core {
  factNumber = 0;
  readonly #listeners = new Set<(facts: readonly Stamped<Fact>[]) => void>();
  readonly #views = new Map(
    Array.from({ length: agents }, (_, index) => agentView(String(1_000 + index))).map(
      (view) => [view.agentId, view] as const,
    ),
  );
  readonly view: Core['view'] = {
    agent: (id) => this.#views.get(id),
    agents: () => [...this.#views.values()],
    session: () => undefined,
    sessions: () => [],
    queues: () => [],
  };
  submit = () => ({ outcome: 'done' }) as const;
  subscribe(listener: (facts: readonly Stamped<Fact>[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  change(): void {
    const number = (this.factNumber += 1);
    const id = agentId(String(1_000 + (number % agents)));
    const activity = activities[Math.floor(number / agents) % activities.length] ?? 'idle';
    const fact: Fact = {
      kind: 'agent.activity',
      agentId: id,
      activity,
      ...(activity !== 'idle' && { sessionId: sessionId('a-call-of-hers') }),
    };
    for (const listener of this.#listeners) listener([{ number, at: Date.now(), fact }]);
  }
}

const server = createServer();
const change = side === 'face' ? await face() : bare();
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\nready\n`);
});
process.on('SIGTERM', () => process.exit(0));
process.on('message', (text: string) => void perform(JSON.parse(text) as Order));

async function face(): Promise<() => void> {
  const core = new ChangingFloor();
  const passwordHash = await hashPassword('right-password', cheap);
  const auth = await createAuth({
    signingKey: randomBytes(32),
    accounts: {
      account: async (username) => ({ username, displayName: username, role: 'supervisor', passwordHash }),
    },
    now: Date.now,
    cost: cheap,
    limits: { windowMs: 1, perNameAndAddress: 1e9, perAddress: 1e9, perName: 1e9 },
  });
  attachVerto(server, {
    core,
    auth,
    registered: async () => true,
    log: pino({ level: 'silent' }),
    now: Date.now,
  });
  return () => core.change();
}

/** What one would write without thinking: the event as text, sent to each. */
function bare(): () => void {
  const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
  let serno = 0;
  return () => {
    serno += 1;
    const text = JSON.stringify({
      jsonrpc: '2.0',
      id: serno,
      method: 'verto.event',
      params: {
        eventChannel: `vcc.default.${1_000 + (serno % agents)}`,
        subscribedChannel: 'vcc',
        eventSerno: 1_700_000_000_000 + serno,
        eventType: 'agent-state',
        eventTime: new Date().toISOString(),
        data: {
          queue: 'default',
          agent: String(1_000 + (serno % agents)),
          state: 'TALKING',
          since: new Date().toISOString(),
          callID: 'a-call-of-hers',
          reachable: true,
          prevState: 'RINGING',
        },
      },
    });
    for (const client of sockets.clients) client.send(text);
  };
}

async function perform({ changes, perSecond }: Order): Promise<void> {
  const before = process.cpuUsage();
  const began = performance.now();
  for (let made = 0; made < changes;) {
    const due = Math.min(changes, Math.floor(((performance.now() - began) * perSecond) / 1_000));
    for (; made < due; made += 1) change();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const tookMs = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 500)); // the last window, and what the kernel has not taken yet
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpuMs: (user + system) / 1_000, tookMs });
}
