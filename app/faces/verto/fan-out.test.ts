// Streams and their readers, on a clock of the test's.

import { beforeEach, expect, it } from 'vitest';
import { FanOut } from './fan-out.ts';
import { History, type Audience, type Occurrence } from './history.ts';
import type { Reader } from './latecomers.ts';
import { Slices } from './slices.ts';

interface Said {
  readonly subscribedChannel: string;
  readonly eventChannel: string;
  readonly eventSerno: number;
  readonly text: string;
}

/** A reader whose network takes everything, or nothing. */
class Ear implements Reader {
  readonly writes: Buffer[] = [];
  waiting = 0;
  stuck = false;
  isCut = false;
  readonly audience: Audience;

  constructor(audience: Audience = 'full') {
    this.audience = audience;
  }
  write(bytes: Buffer): void {
    this.writes.push(bytes);
    if (this.stuck) this.waiting += bytes.length;
  }
  backlog(): number {
    return this.waiting;
  }
  cut(): void {
    this.isCut = true;
  }
  get heard(): Said[] {
    return this.writes.flatMap(framesIn).map((text) => (JSON.parse(text) as { params: Said }).params);
  }
  get texts(): string[] {
    return this.heard.map(({ text }) => text);
  }
}

function framesIn(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const head = short < 126 ? 2 : 4;
    const length = short < 126 ? short : bytes.readUInt16BE(at + 2);
    texts.push(bytes.subarray(at + head, at + head + length).toString());
    at += head + length;
  }
  return texts;
}

let now: number;
let timers: { at: number; act: () => void }[];
let history: History;
let fanOut: FanOut;

beforeEach(() => {
  now = 1_000;
  timers = [];
  history = new History({ now: () => 5_000, mostEvents: 10 });
  fanOut = new FanOut({
    history,
    now: () => now,
    later(ms, act) {
      const timer = { at: now + ms, act };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    slices: new Slices({ now: () => now, afterOthers: (act) => timers.push({ at: now, act }) }),
    snapshot: (_stream, _audience, reason) => `"text":"picture: ${reason}"`,
    mostBacklog: 1_000,
  });
});

function advance(ms: number): void {
  now += ms;
  for (const timer of timers.filter(({ at }) => at <= now)) {
    timers.splice(timers.indexOf(timer), 1);
    timer.act();
  }
}

const event = (text: string, ...channels: string[]): Occurrence => ({
  channels,
  members: (channel, audience) =>
    `"text":${JSON.stringify(audience === 'full' ? text : `${text} of ${channel}`)}`,
});

function say(text: string, ...channels: string[]): void {
  fanOut.publish(event(text, ...channels));
  fanOut.settle();
}

function listen(ear: Ear, channel: string, from: { after?: number; snapshot?: boolean } = {}): void {
  fanOut.subscribe(ear, channel);
  fanOut.begin(ear, channel, from);
}

it('who subscribes to a beginning hears what is below it, each event once per subscription', () => {
  const ear = new Ear();
  listen(ear, 'vcc');
  listen(ear, 'vcc.sales');
  say('one', 'vcc.default.1007', 'vcc.sales.1007');
  expect(ear.heard.map(({ subscribedChannel, eventChannel }) => [subscribedChannel, eventChannel])).toEqual([
    ['vcc', 'vcc.default.1007'],
    ['vcc.sales', 'vcc.sales.1007'],
  ]);
});

it('the first change of a quiet stream goes out at once; more within the window leave together', () => {
  const ear = new Ear();
  listen(ear, 'vcc');
  say('one', 'vcc.a');
  say('two', 'vcc.a');
  say('three', 'vcc.b');
  expect(ear.writes).toHaveLength(1);
  advance(100);
  expect(ear.writes).toHaveLength(2);
  expect(ear.texts).toEqual(['one', 'two', 'three']);
  expect(ear.heard.map(({ eventSerno }) => eventSerno)).toEqual([5_001, 5_002, 5_003]);
});

it('everybody of one audience is given the very same bytes', () => {
  const [one, two, masked] = [new Ear(), new Ear(), new Ear('masked')];
  for (const ear of [one, two, masked]) listen(ear, 'vcc');
  say('x', 'vcc.a');
  expect(one.writes[0]).toBe(two.writes[0]);
  expect(masked.texts).toEqual(['x of vcc.a']);
});

it('what was missed comes in order, and nothing new comes before it', () => {
  const first = new Ear();
  listen(first, 'vcc');
  for (const text of ['1', '2', '3']) say(text, 'vcc.a');
  advance(100);
  const late = new Ear();
  fanOut.subscribe(late, 'vcc');
  say('4', 'vcc.a');
  advance(100);
  expect(late.writes).toEqual([]); // her answer is not written yet
  fanOut.begin(late, 'vcc', { after: 5_001 });
  say('5', 'vcc.a');
  advance(200);
  expect(late.texts).toEqual(['2', '3', '4', '5']);
});

it.each([
  ['more than is kept', 5_000],
  ['numbers of an earlier run', 12],
  ['numbers nobody has used yet', 9_999],
])('who asks for %s gets a picture instead, and goes on from there', (_what, after) => {
  const ear = new Ear();
  listen(new Ear(), 'vcc');
  for (let count = 0; count < 12; count += 1) say(String(count), 'vcc.a');
  advance(100);
  listen(ear, 'vcc', { after });
  say('live', 'vcc.a');
  advance(100);
  expect(ear.heard.map(({ text, eventSerno }) => [text, eventSerno])).toEqual([
    ['picture: gap', 5_012],
    ['live', 5_013],
  ]);
});

it('a first look is a picture when it is asked for, and silence otherwise', () => {
  const [asking, silent] = [new Ear(), new Ear()];
  listen(asking, 'vcc', { snapshot: true });
  listen(silent, 'vcc');
  expect(asking.texts).toEqual(['picture: asked']);
  expect(silent.texts).toEqual([]);
});

it('those who come back together are given the same bytes, and the same picture with what has come since', () => {
  const witness = new Ear();
  listen(witness, 'vcc');
  for (const text of ['1', '2', '3']) say(text, 'vcc.a');
  advance(100);
  const [one, two] = [new Ear(), new Ear()];
  for (const ear of [one, two]) listen(ear, 'vcc', { after: 5_001 });
  expect(one.texts).toEqual(['2', '3']);
  expect(one.writes).toHaveLength(1);
  expect(two.writes[0]).toBe(one.writes[0]);
  const [lost, lostToo] = [new Ear(), new Ear()];
  listen(lost, 'vcc', { after: 12 });
  say('4', 'vcc.a');
  advance(100);
  listen(lostToo, 'vcc', { after: 12 });
  expect(lostToo.writes[0]).toBe(lost.writes[0]);
  expect(lostToo.texts).toEqual(['picture: gap', '4']);
  advance(1_000);
  const later = new Ear();
  listen(later, 'vcc', { after: 12 });
  expect(later.heard.map(({ eventSerno }) => eventSerno)).toEqual([5_004]);
});

it('a slow reader is not written to, misses nothing, and holds up nobody', () => {
  const [slow, other] = [new Ear(), new Ear()];
  for (const ear of [slow, other]) listen(ear, 'vcc');
  slow.stuck = true;
  say('x'.repeat(1_200), 'vcc.a');
  const before = slow.writes.length;
  for (const text of ['a', 'b', 'c']) say(text, 'vcc.a');
  advance(100);
  expect(slow.writes.length).toBe(before);
  expect(fanOut.readers).toEqual({ all: 2, behind: 1 });
  expect(other.texts.slice(1)).toEqual(['a', 'b', 'c']);
  slow.waiting = 0;
  slow.stuck = false;
  fanOut.drained(slow);
  say('d', 'vcc.a');
  advance(200);
  expect(slow.texts.slice(1)).toEqual(['a', 'b', 'c', 'd']);
  expect(fanOut.readers.behind).toBe(0);
});

it('a reader so slow that the history has gone on gets a picture', () => {
  const slow = new Ear();
  listen(slow, 'vcc');
  slow.stuck = true;
  say('x'.repeat(1_200), 'vcc.a');
  for (let count = 0; count < 20; count += 1) say(String(count), 'vcc.a');
  advance(100);
  slow.waiting = 0;
  fanOut.drained(slow);
  expect(slow.texts.at(-1)).toBe('picture: slow');
});

it('who does not read at all is cut', () => {
  const slow = new Ear();
  listen(slow, 'vcc');
  slow.stuck = true;
  say('x'.repeat(1_200), 'vcc.a');
  advance(29_000);
  fanOut.sweep();
  expect(slow.isCut).toBe(false);
  advance(2_000);
  fanOut.sweep();
  expect(slow.isCut).toBe(true);
});

it('a speaker does not hear herself, and the others hear her at once and in order', () => {
  const [speaker, other] = [new Ear(), new Ear()];
  for (const ear of [speaker, other]) listen(ear, 'chat.a');
  say('one', 'chat.a');
  say('two', 'chat.a');
  fanOut.publish(event('mine', 'chat.a'), speaker);
  expect(other.texts).toEqual(['one', 'two', 'mine']);
  expect(speaker.texts).toEqual(['one', 'two']);
});

it('the history is bounded, and streams nobody needs are forgotten', () => {
  const ear = new Ear();
  listen(ear, 'chat.a');
  for (let count = 0; count < 100; count += 1) say('x', `chat.a.room${count}`);
  expect(history.size.events).toBe(10);
  expect(history.size.streams).toBeLessThanOrEqual(2 + 10);
  const bytes = new History({ now: () => 0, mostBytes: 1_000 });
  for (let count = 0; count < 50; count += 1) bytes.append(event('y'.repeat(100), 'chat.b'));
  expect(bytes.size.bytes).toBeLessThanOrEqual(1_000);
  expect(bytes.size.events).toBeGreaterThan(0);
  fanOut.leave(ear);
  expect(fanOut.readers.all).toBe(0);
});
