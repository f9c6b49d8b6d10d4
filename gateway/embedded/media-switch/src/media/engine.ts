// The media thread's whole state: legs, rooms, players, recorders, and the tick that moves sound between them.
//
//   tick:  every leg listens → rooms sum up → every leg hears its player, else its room, else nothing → every leg speaks

import { resolve } from 'node:path';
import { FRAME_SAMPLES } from '../audio/frame.ts';
import type { Endpoint } from '../rtp/latch.ts';
import { MediaLeg, type Playing } from './leg.ts';
import type { MediaCalls, MediaOptions, MediaOrder, MediaReport, RtpCounters } from './protocol.ts';
import { Recorder } from './recorder.ts';
import { Room } from './room.ts';
import type { SoundLibrary } from './sounds.ts';

/** A leg's way to the network. */
export interface LegTransport {
  readonly port: number;
  /** From now on each datagram is given to `receive`. */
  listen(receive: (datagram: Buffer, address: string, port: number) => void): void;
  send(packet: Buffer, to: Endpoint): void;
  close(): void;
}

/** Opens transports. */
export type OpenTransport = () => Promise<LegTransport>;

/** What the engine needs around it. */
export interface EngineSurroundings {
  readonly options: MediaOptions;
  readonly openTransport: OpenTransport;
  readonly sounds: SoundLibrary;
  readonly report: (report: MediaReport) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** The caller named a leg that is not (any more) here. */
export class NoSuchLeg extends Error {
  override readonly name = 'NoSuchLeg';
}

interface Seat {
  readonly leg: MediaLeg;
  readonly transport: LegTransport;
  room?: Room;
}

/** See the file's head. */
export class MediaEngine {
  readonly #around: EngineSurroundings;
  readonly #seats = new Map<string, Seat>();
  readonly #rooms = new Map<string, Room>();
  frames = 0;

  constructor(around: EngineSurroundings) {
    this.#around = around;
  }

  get legs(): number {
    return this.#seats.size;
  }

  #seat(leg: string): Seat {
    const seat = this.#seats.get(leg);
    if (!seat) throw new NoSuchLeg(leg);
    return seat;
  }

  async openLeg({ leg: id }: MediaCalls['openLeg'][0]): Promise<MediaCalls['openLeg'][1]> {
    const { openTransport, report, now } = this.#around;
    const transport = await openTransport();
    const leg = new MediaLeg(id, (packet, to) => transport.send(packet, to), {
      dtmf: ({ digit, duration }) => report({ report: 'dtmf', leg: id, digit, duration }),
      playEnded: (playing) => this.#playEnded(id, playing),
      timedOut: () => report({ report: 'timedOut', leg: id }),
    });
    transport.listen((datagram, address, port) => leg.receive(datagram, address, port, now()));
    this.#seats.set(id, { leg, transport });
    return { port: transport.port };
  }

  #playEnded(leg: string, { id: play, samples }: Playing): void {
    this.#around.report({ report: 'playEnded', leg, play, samples });
  }

  /** Closes a leg's sockets; recordings still running are finished. */
  async closeLeg({ leg: id }: MediaCalls['closeLeg'][0]): Promise<RtpCounters> {
    const seat = this.#seat(id);
    this.#leave(seat);
    this.#seats.delete(id);
    seat.transport.close();
    for (const playing of seat.leg.playing) playing.source.close();
    const recorders = [...seat.leg.recorders.values()];
    seat.leg.recorders.clear();
    await Promise.all(recorders.map((recorder) => recorder.finish()));
    return seat.leg.counters;
  }

  /** Starts a sound on top of what is playing. */
  async play({ leg: id, play, path }: MediaCalls['play'][0]): Promise<Record<string, never>> {
    const source = await this.#around.sounds.open(path);
    const seat = this.#seats.get(id);
    if (!seat) {
      source.close();
      throw new NoSuchLeg(id);
    }
    seat.leg.playing.push({ id: play, source, samples: 0 });
    return {};
  }

  async startRecording({
    leg: id,
    path,
    stereo,
  }: MediaCalls['startRecording'][0]): Promise<MediaCalls['startRecording'][1]> {
    const { leg } = this.#seat(id);
    const recorder = await Recorder.open(resolve(this.#around.options.directory, path), stereo);
    if (!this.#seats.has(id)) {
      await recorder.finish();
      throw new NoSuchLeg(id);
    }
    leg.recorders.set(path, recorder);
    return { path: recorder.path };
  }

  async stopRecording({
    leg: id,
    path,
  }: MediaCalls['stopRecording'][0]): Promise<MediaCalls['stopRecording'][1]> {
    const { leg } = this.#seat(id);
    const recorder = leg.recorders.get(path);
    if (!recorder) throw new NoSuchLeg(`${id}: not recording ${path}`);
    leg.recorders.delete(path);
    return recorder.finish();
  }

  /** Carries out an order. Orders for a leg that is gone are late, not wrong: they do nothing. */
  obey(order: MediaOrder): void {
    if (order.order === 'join') {
      this.#join(order.room, order.legs);
      return;
    }
    const seat = this.#seats.get(order.leg);
    if (seat) this.#obeyLeg(order, seat);
  }

  #obeyLeg(order: Exclude<MediaOrder, { order: 'join' }>, seat: Seat): void {
    const { leg } = seat;
    switch (order.order) {
      case 'connect':
        return leg.connect(order.parameters, this.#around.now());
      case 'timeout':
        return leg.expectPackets(order.ms, this.#around.now());
      case 'leave':
        return this.#leave(seat);
      case 'stopPlay':
        return this.#stopPlay(leg, order.play);
      case 'gain':
        leg.gains = order;
        return;
      case 'dtmf':
        return leg.sendDtmf(order.digits, order.durationMs);
      case 'mask': {
        const recorder = leg.recorders.get(order.path);
        if (recorder) recorder.masked = order.masked;
      }
    }
  }

  #join(name: string, legs: readonly string[]): void {
    const room = this.#rooms.get(name) ?? new Room();
    this.#rooms.set(name, room);
    for (const id of legs) {
      const seat = this.#seats.get(id);
      if (!seat) continue;
      this.#leave(seat);
      this.#rooms.set(name, room);
      room.members.add(seat.leg);
      seat.room = room;
    }
  }

  #leave(seat: Seat): void {
    const room = seat.room;
    if (!room) return;
    delete seat.room;
    room.remove(seat.leg);
    if (room.members.size > 0) return;
    for (const [name, value] of this.#rooms) if (value === room) this.#rooms.delete(name);
  }

  #stopPlay(leg: MediaLeg, play: string): void {
    const index = leg.playing.findIndex((playing) => playing.id === play);
    if (index < 0) return;
    const [playing] = leg.playing.splice(index, 1);
    playing!.source.close();
    this.#playEnded(leg.id, playing!);
  }

  /** Time passed without sound, because the machine had no time for us: streams and recordings keep to the clock. */
  skip(frames: number): void {
    this.frames += frames;
    for (const { leg } of this.#seats.values()) leg.skip(frames);
  }

  /** Moves everything on by twenty milliseconds. */
  tick(now: number): void {
    this.frames++;
    for (const { leg } of this.#seats.values()) leg.listen(now);
    const takesPart = (leg: MediaLeg): boolean => leg.playing.length === 0;
    for (const room of this.#rooms.values()) room.gather(takesPart);
    for (const { leg, room } of this.#seats.values()) {
      const plays = leg.playInto();
      if (!plays && room) room.mixFor(leg, takesPart);
      if (!plays && !room) leg.heard.fill(0, 0, FRAME_SAMPLES);
      leg.speak(plays || room !== undefined);
      if (leg.recorders.size > 0) this.#reportFailures(leg);
    }
  }

  #reportFailures(leg: MediaLeg): void {
    for (const [path, recorder] of leg.recorders) {
      if (!recorder.failure) continue;
      leg.recorders.delete(path);
      this.#around.report({ report: 'recordingFailed', leg: leg.id, path, why: recorder.failure.message });
      void recorder.finish().catch(() => undefined);
    }
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await Promise.all([...this.#seats.keys()].map((leg) => this.closeLeg({ leg })));
  }
}
