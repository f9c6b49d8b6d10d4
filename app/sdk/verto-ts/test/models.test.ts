// What no single example shows: whatever order things happen in, every event is heard once and in order, every call takes legal steps only,
// and a client that leaves leaves nothing.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { VertoDialog } from '../src/dialog.ts';
import { mayFollow, type DialogStateName } from '../src/dialog-states.ts';
import { World, account, settle, type FarEnd } from './support/world.ts';

/** A channel with a history, as Cordboard keeps it. */
class Channel {
  /** First serial number of this run. */
  #start = 1_000;
  #now = 1_000;
  #holds = Infinity;

  get now(): number {
    return this.#now;
  }
  publish(): number {
    return (this.#now += 1);
  }
  /** Numbers of an earlier run are always smaller, and their events are gone. */
  restart(): void {
    this.#start = this.#now = this.#now + 100_000;
  }
  forgetAllBut(count: number): void {
    this.#holds = count;
  }
  /** @returns what follows; undefined when that is no longer held */
  after(serno: number): number[] | undefined {
    if (serno < this.#start || this.#now - serno > this.#holds) return undefined;
    return Array.from({ length: this.#now - serno }, (_, index) => serno + 1 + index);
  }
}

const eventOf = (eventSerno: number, eventType = 'agent-state') => ({
  eventChannel: 'vcc.default.1',
  subscribedChannel: 'vcc',
  eventSerno,
  eventType,
  data: {},
});

/** Lets the client in and answers its subscription, with what it missed. */
async function letIn(end: FarEnd, channel: Channel): Promise<void> {
  await end.letIn();
  if (!end.methods().includes('verto.subscribe')) return;
  const { lastSerno } = end.last('verto.subscribe').params as { lastSerno?: { vcc: number } };
  await end.answer('verto.subscribe', { subscribedChannels: ['vcc'], sernos: { vcc: channel.now } });
  if (!lastSerno) return;
  const missed = channel.after(lastSerno.vcc);
  if (!missed) await end.event(eventOf(channel.now, 'snapshot'));
  for (const serno of missed ?? []) await end.event(eventOf(serno));
}

/** Waits out the pause. */
async function nextSocket(world: World): Promise<void> {
  const before = world.sockets.length;
  while (world.sockets.length === before) await world.pass(100);
}

type Step = 'publish' | 'drop' | 'restart' | 'forget' | 'repeat' | 'wait' | 'subscribeAgain';
const steps = fc.array(
  fc.constantFrom<Step>(
    'publish',
    'publish',
    'publish',
    'drop',
    'restart',
    'forget',
    'repeat',
    'wait',
    'subscribeAgain',
  ),
  { maxLength: 40 },
);

describe('channels', () => {
  test('each event is heard exactly once and in order, or a snapshot stands for what is gone', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const world = new World();
        const channel = new Channel();
        const heard: { serno: number; snapshot: boolean }[] = [];
        const handler = (_verto: unknown, event: { eventSerno?: number; eventType: string }): void =>
          void heard.push({ serno: event.eventSerno ?? -1, snapshot: event.eventType === 'snapshot' });
        const verto = world.verto(account);
        verto.subscribe('vcc', { handler });
        await letIn(world.socket, channel);
        const first = channel.now;
        for (const step of list) {
          if (step === 'publish') await world.socket.event(eventOf(channel.publish()));
          if (step === 'repeat') await world.socket.event(eventOf(channel.now));
          if (step === 'wait') await world.pass(1_000);
          if (step === 'forget') channel.forgetAllBut(2);
          if (step === 'subscribeAgain') verto.subscribe('vcc', { handler });
          if (step !== 'drop' && step !== 'restart') continue;
          await world.socket.drop();
          if (step === 'restart') channel.restart();
          else for (let missed = 0; missed < 3; missed += 1) channel.publish();
          await nextSocket(world);
          await letIn(world.socket, channel);
        }
        let last = first;
        for (const { serno, snapshot } of heard) {
          if (snapshot) expect(serno).toBeGreaterThanOrEqual(last);
          else expect(serno).toBe(last + 1);
          last = serno;
        }
        expect(last).toBe(channel.now);
        expect(world.reported).toEqual([]);
        verto.logout();
        await settle();
        expect(world.timers).toBe(0);
      }),
      { seed: 20261121, numRuns: 150 },
    );
  });
});

/** Everything that can happen to a phone. Its newest call is meant. */
class Line {
  readonly world = new World();
  readonly path = new Map<VertoDialog, DialogStateName[]>();
  readonly verto = this.world.verto(
    { ...account, keepAlive: false },
    {
      onDialogState: (dialog) =>
        this.path.set(dialog, [...(this.path.get(dialog) ?? ['new']), dialog.state.name]),
    },
  );
  #calls = 0;

  readonly happenings: Readonly<Record<string, () => unknown>> = {
    call: () => this.verto.newCall({ destination_number: '1' }),
    invite: () =>
      this.world.socket.request('verto.invite', { callID: `c-${(this.#calls += 1)}`, sdp: 'offer' }),
    attach: () => this.#told('verto.attach'),
    answer: () => this.#told('verto.answer'),
    media: () => this.#told('verto.media'),
    bye: () => this.#told('verto.bye'),
    display: () => this.#told('verto.display'),
    reply: () => this.#reply({ result: { holdState: 'held' } }),
    refuse: () => this.#reply({ error: { code: -32002, message: 'no' } }),
    'pick up': () => void this.#newest?.answer().catch(() => undefined),
    'hang up': () => this.#newest?.hangup(),
    hold: () => void this.#newest?.hold().catch(() => undefined),
    broken: () => this.world.media.at(-1)?.events.broken(),
    drop: () => this.world.socket.drop(),
    'come back': () => this.#comeBack(),
    wait: () => this.world.pass(5_000),
    purge: () => this.verto.purge(),
  };

  get #newest(): VertoDialog | undefined {
    return Object.values(this.verto.dialogs).at(-1);
  }
  #told(method: string): Promise<void> {
    const callID = this.#newest?.callID ?? 'c-0';
    return this.world.socket.request(method, { callID, sdp: 'sdp', display_name: 'Eve' });
  }
  async #reply(outcome: object): Promise<void> {
    const asked = this.world.socket.asked.findLast(({ method }) => method.startsWith('verto.'));
    if (asked) await this.world.socket.send({ jsonrpc: '2.0', id: asked.id, ...outcome });
  }
  async #comeBack(): Promise<void> {
    if (this.verto.state !== 'waiting') return;
    await nextSocket(this.world);
    await this.world.socket.letIn();
    await this.world.socket.request('verto.clientReady', {
      reattached_sessions: Object.keys(this.verto.dialogs),
    });
  }
}

describe('calls', () => {
  test('whatever happens in whatever order: legal steps only, no error, nothing left', async () => {
    const names = Object.keys(new Line().happenings);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...names), { maxLength: 40 }), async (list) => {
        const line = new Line();
        await line.world.socket.letIn();
        for (const happening of list) {
          await line.happenings[happening]?.();
          await settle();
        }
        line.verto.logout();
        await settle();
        for (const states of line.path.values()) {
          const steps = states.slice(1).map((to, index) => [states[index] ?? 'new', to] as const);
          expect(steps.filter(([from, to]) => !mayFollow(from, to))).toEqual([]);
          expect(states.at(-1)).toBe('destroy');
        }
        expect(line.verto.dialogs).toEqual({});
        expect(line.world.reported).toEqual([]);
        expect(line.world.timers).toBe(0);
        for (const media of line.world.media) expect(media.closed).toBe(true);
      }),
      { seed: 20261121, numRuns: 300 },
    );
  });
});
