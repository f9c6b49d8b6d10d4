import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LineEvent, LineOptions, MediaLine } from './media-line.ts';
import { CordboardProblem, type ProblemCode } from './problem.ts';
import { Voice, type VoiceState } from './voice.ts';

class FakeTrack {
  readyState: 'live' | 'ended' = 'live';
  stop(): void {
    this.readyState = 'ended';
  }
}

/** A line that does as the test says, also badly. */
class FakeLine implements MediaLine {
  readonly log: string[] = [];
  readonly options: LineOptions;
  mediaAlive = true;
  closed = false;
  readonly remote = {} as MediaStream;
  readonly localTrack = undefined;
  /** How reconnect() ends, oldest first; works when empty. */
  readonly reconnects: ProblemCode[] = [];

  constructor(options: LineOptions) {
    this.options = options;
  }
  tell(event: LineEvent): void {
    this.options.onEvent(event);
  }
  register(): void {
    this.log.push('register');
  }
  async call(): Promise<void> {
    this.log.push('call');
  }
  async answer(): Promise<void> {
    this.log.push('answer');
  }
  decline(): void {
    this.log.push('decline');
  }
  hangUp(): void {
    this.log.push('hangUp');
  }
  setMuted(muted: boolean): void {
    this.log.push(muted ? 'mute' : 'unmute');
  }
  async useMicrophone(): Promise<void> {
    this.log.push('useMicrophone');
  }
  press(): void {
    this.log.push('press');
  }
  async reconnect(): Promise<void> {
    this.log.push('reconnect');
    const problem = this.reconnects.shift();
    if (problem) throw new CordboardProblem(problem);
  }
  close(): void {
    this.closed = true;
  }
}

class World {
  readonly lines: FakeLine[] = [];
  readonly states: VoiceState[] = [];
  readonly stopped: ProblemCode[] = [];
  /** How opening a line ends, oldest first; works when empty. */
  readonly openings: ProblemCode[] = [];
  readonly voice: Voice;

  constructor(purpose: 'call' | 'register', track: unknown = new FakeTrack()) {
    this.voice = new Voice({
      purpose,
      url: 'ws://x/janus',
      token: () => 'token',
      microphone: track as MediaStreamTrack,
      backoff: { firstMs: 100, mostMs: 1_000, giveUpAfterMs: 10_000 },
      openLine: async (options) => {
        const problem = this.openings.shift();
        if (problem) throw new CordboardProblem(problem);
        const line = new FakeLine(options);
        this.lines.push(line);
        return line;
      },
    });
    this.voice.events.on('state', (state) => this.states.push(state));
    this.voice.events.on('stopped', (code) => this.stopped.push(code));
  }

  get line(): FakeLine {
    const line = this.lines.at(-1);
    if (!line) throw new Error('no line yet');
    return line;
  }

  /** The present line says these, one after another. */
  async say(...kinds: ('registered' | 'answered' | 'ended')[]): Promise<void> {
    for (const kind of kinds) {
      this.line.tell(kind === 'ended' ? { kind, code: 200 } : { kind });
      await settle();
    }
  }

  async up(): Promise<FakeLine> {
    await this.voice.open();
    await settle();
    await this.say('registered', 'answered');
    expect(this.voice.state).toBe('up');
    return this.line;
  }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStreamTrack', FakeTrack);
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0); // Nothing is left behind.
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a caller's voice", () => {
  test('registers, calls, and is up once answered', async () => {
    const world = new World('call');
    await world.up();
    expect(world.line.log).toEqual(['unmute', 'register', 'call']);
    expect(world.states).toEqual(['opening', 'up']);
    world.voice.close();
    expect(world.line.closed).toBe(true);
    expect(world.voice.state).toBe('closed');
  });

  test('survives a gap: the session is claimed, the call is the same', async () => {
    const world = new World('call');
    const line = await world.up();
    line.reconnects.push('unreachable', 'unreachable');
    line.tell({ kind: 'lost', why: 'gap' });
    expect(world.voice.state).toBe('recovering');
    await pass(1_000);
    expect(world.voice.state).toBe('up');
    expect(line.log.filter((word) => word === 'reconnect')).toHaveLength(3);
    expect(world.lines).toHaveLength(1);
    world.voice.close();
  });

  test('calls again when the session is gone', async () => {
    const world = new World('call');
    const line = await world.up();
    line.reconnects.push('session_gone');
    line.tell({ kind: 'lost', why: 'gap' });
    await settle();
    expect(line.closed).toBe(true);
    await world.say('registered', 'answered');
    expect(world.lines).toHaveLength(2);
    expect(world.voice.state).toBe('up');
    world.voice.close();
  });

  test('calls again when the session came back without its sound', async () => {
    const world = new World('call');
    const line = await world.up();
    line.mediaAlive = false;
    line.tell({ kind: 'lost', why: 'gap' });
    await settle();
    expect(world.lines).toHaveLength(2);
    world.voice.close();
  });

  test('whose call ended waits a moment for the reason, then calls again', async () => {
    const world = new World('call');
    await world.up();
    await world.say('ended');
    expect(world.lines).toHaveLength(1);
    await pass(1_500);
    expect(world.lines).toHaveLength(2);
    world.voice.close();
  });

  test('does not call again when it was closed in that moment', async () => {
    const world = new World('call');
    await world.up();
    await world.say('ended');
    world.voice.close();
    await pass(5_000);
    expect(world.lines).toHaveLength(1);
  });

  test('stays muted on the next line', async () => {
    const world = new World('call');
    await world.up();
    world.voice.setMuted(true);
    await world.say('ended');
    await pass(1_500);
    expect(world.line.log[0]).toBe('mute');
    world.voice.close();
  });

  test('yields to another page of the same person, for good', async () => {
    const world = new World('call');
    const line = await world.up();
    line.tell({ kind: 'lost', why: 'superseded' });
    await pass(60_000);
    expect(world.stopped).toEqual(['superseded']);
    expect(world.lines).toHaveLength(1);
    expect(line.log).not.toContain('reconnect');
  });

  test('gives up after its time, and says why', async () => {
    const world = new World('call');
    world.openings.push(...Array.from({ length: 200 }, () => 'unreachable' as const));
    await world.voice.open();
    await pass(30_000);
    expect(world.stopped).toEqual(['unreachable']);
    expect(world.voice.state).toBe('closed');
    expect(world.openings.length).toBeGreaterThan(150); // With pauses, not in a busy loop.
  });

  test('tries again when nobody answers', async () => {
    const world = new World('call');
    await world.voice.open();
    await settle();
    await world.say('registered');
    await pass(21_000);
    // Past the time to give up: the reason is said.
    expect(world.stopped).toEqual(['unreachable']);
    expect(world.line.closed).toBe(true);
  });

  test('is not told by a line that was replaced', async () => {
    const world = new World('call');
    const old = await world.up();
    await world.say('ended');
    await pass(1_500);
    await world.say('registered', 'answered');
    old.tell({ kind: 'lost', why: 'superseded' });
    old.tell({ kind: 'ended', code: 200 });
    await pass(5_000);
    expect(world.voice.state).toBe('up');
    expect(world.lines).toHaveLength(2);
    world.voice.close();
  });

  test('does not stop a track that was handed in', async () => {
    const track = new FakeTrack();
    const world = new World('call', track);
    await world.up();
    world.voice.close();
    expect(track.readyState).toBe('live');
  });
});

describe("an agent's voice", () => {
  test('is up once registered, rings, and is up again after the call', async () => {
    const world = new World('register');
    await world.voice.open();
    await settle();
    await world.say('registered');
    expect(world.voice.state).toBe('up');
    const rung = vi.fn();
    world.voice.events.on('incoming', rung);
    world.line.tell({ kind: 'incoming' });
    expect(rung).toHaveBeenCalledOnce();
    await world.voice.answer();
    await world.say('answered', 'ended');
    await pass(10_000);
    expect(world.voice.state).toBe('up');
    expect(world.lines).toHaveLength(1);
    world.voice.close();
  });

  test('registers anew when the session is gone, and when the edge refused once', async () => {
    const world = new World('register');
    await world.voice.open();
    await settle();
    world.line.tell({ kind: 'registrationFailed', code: 503 });
    await pass(200);
    await world.say('registered');
    expect(world.voice.state).toBe('up');
    world.line.reconnects.push('session_gone');
    world.line.tell({ kind: 'lost', why: 'gap' });
    await settle();
    await world.say('registered');
    expect(world.voice.state).toBe('up');
    expect(world.lines).toHaveLength(3);
    world.voice.close();
  });
});
