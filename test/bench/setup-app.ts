// What decides in the set-up bench, a process of its own as in production:
//
//   setup-app ours  ESL_URL PHONES DATABASE_FOLDER AGENTS    engine, adapter and journal: the control plane without its doors
//   setup-app least ESL_URL PHONES                           the least that can join two calls over an event socket
//
// PHONES is `host:port` of the phones. `least` stands in for a bare bridge on a switch that has none of its own.

import { randomBytes, randomUUID } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import { agentId, queueId } from '../../app/domain/ids.ts';
import { createEngine } from '../../app/engine/engine.ts';
import { realClock } from '../../app/real-clock.ts';
import { openDatabase } from '../../db/database.ts';
import { createSwitches } from '../../gateway/freeswitch/switches.ts';

const [side = '', eslUrl = '', phones = '', folder = '', agents = '0'] = process.argv.slice(2);
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function ours(): Promise<void> {
  const clock = realClock();
  const database = await openDatabase({
    address: { kind: 'sqlite', file: path.join(folder, 'bench.sqlite') },
    sealingKey: randomBytes(32),
    browserPassword: () => '',
    trunks: [],
    recordingDays: 0,
  });
  const media = createSwitches({
    switches: [{ url: eslUrl, sip: phones }],
    edge: phones,
    recordingsDir: folder,
    clock,
    log: quiet,
  });
  const queue = queueId('default');
  const names = Array.from({ length: Number(agents) }, (_, index) => String(2_001 + index));
  const engine = createEngine({
    media,
    journal: database.journal,
    clock,
    queues: [
      {
        queueId: queue,
        ringMs: 20_000,
        wrapUpMs: 0,
        maxMisses: 3,
        maxWaiting: 1_000,
        record: 'never',
        open: true,
      },
    ],
    agents: names.map((name) => ({ agentId: agentId(name), displayName: name, queues: [queue] })),
  });
  await media.whenUp();
  await engine.start();
  for (const name of names) {
    engine.submit({ kind: 'device.changed', address: name, reachability: { reachable: true } });
    engine.submit({ kind: 'agent.signIn', agentId: agentId(name), device: { kind: 'sip', address: name } });
    engine.submit({ kind: 'agent.ready', agentId: agentId(name) });
  }
}

/** Answers whoever is parked, dials a phone, joins the two, and ends one with the other. Commands are written and not waited for. */
function least(): void {
  const { hostname, port, password } = new URL(eslUrl);
  const socket = net.connect(Number(port), hostname);
  const partners = new Map<string, string>();
  const say = (command: string): void => void socket.write(`${command}\n\n`);
  const joined = new Set<string>();
  const hear = (event: Readonly<Record<string, string>>): void => {
    const id = event['Unique-ID'] ?? '';
    const partner = partners.get(id);
    switch (event['Event-Name'] ?? '') {
      case 'CHANNEL_PARK': {
        if (event['Call-Direction'] !== 'inbound' || partner !== undefined) return;
        const other = randomUUID();
        partners.set(id, other).set(other, id);
        say(`api uuid_answer ${id}`);
        return say(`bgapi originate {origination_uuid=${other}}sofia/cordboard/2001@${phones} &park()`);
      }
      case 'CHANNEL_ANSWER':
        if (event['Call-Direction'] !== 'outbound' || partner === undefined || joined.has(id)) return;
        joined.add(id);
        return say(`api uuid_bridge ${partner} ${id}`);
      case 'CHANNEL_HANGUP_COMPLETE':
        partners.delete(id);
        joined.delete(id);
        if (partner !== undefined && partners.has(partner)) say(`api uuid_kill ${partner}`);
    }
  };
  let unread = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (let end = unread.indexOf('\n\n'); end >= 0; end = unread.indexOf('\n\n')) {
      const head = unread.toString('utf8', 0, end);
      const length = Number(/^Content-Length: (\d+)/m.exec(head)?.[1] ?? 0);
      if (unread.length < end + 2 + length) return;
      const body = unread.toString('utf8', end + 2, end + 2 + length);
      unread = unread.subarray(end + 2 + length);
      if (head.includes('text/event-json')) hear(JSON.parse(body) as Record<string, string>);
    }
  });
  say(`auth ${decodeURIComponent(password)}`);
  say('event json CHANNEL_PARK CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE');
}

if (side === 'ours') await ours();
else least();
process.once('SIGTERM', () => process.exit(0));
process.stdout.write('ready\n');
