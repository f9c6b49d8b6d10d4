// The media thread's whole state: legs, rooms, players, recorders, and the tick that moves sound between them.
//
//   tick:  every leg listens → its bugs act on its voice → rooms sum up → what every leg hears is rendered, a watched leg's
//          before its listener's → every leg speaks

import { resolve } from 'node:path';
import type { Endpoint } from '../rtp/latch.ts';
import {
  attachDisplacement,
  attachEavesdrop,
  attachRecording,
  detachDisplacement,
  detachEavesdrop,
  detachRecording,
  recordingAt,
  recordingsOf,
  setVolume,
} from './attachments.ts';
import { MediaLeg } from './leg.ts';
import { LoopedSource } from './looped-source.ts';
import type { LegOrder, MediaCalls, MediaOptions, MediaOrder, MediaReport, RtpCounters } from './protocol.ts';
import { Recorder } from './recorder.ts';
import { Rooms } from './rooms.ts';
import type { Playing } from './sound-queue.ts';
import type { SoundLibrary } from './sounds.ts';

/** A leg's way to the network. */
export interface LegTransport {
  readonly port: number;
  /** From now on each datagram is given to `receive`. */
  listen(receive: (datagram: Buffer, address: string, port: number) => void): void;
  /** The same for the control port. */
  listenControl(receive: (datagram: Buffer, address: string, port: number) => void): void;
  send(packet: Buffer, to: Endpoint): void;
  sendControl(packet: Buffer, to: Endpoint): void;
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
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** The caller named a leg that is not (any more) here. */
export class NoSuchLeg extends Error {
  override readonly name = 'NoSuchLeg';
}

interface Seat {
  readonly leg: MediaLeg;
  readonly transport: LegTransport;
  /** The leg this one listens to, and the tick it was last rendered in. */
  watched?: Seat;
  renderedIn: number;
}

/** See the file's head. */
export class MediaEngine {
  readonly #around: EngineSurroundings;
  readonly #seats = new Map<string, Seat>();
  readonly #rooms: Rooms;
  frames = 0;

  constructor(around: EngineSurroundings) {
    this.#around = around;
    this.#rooms = new Rooms({
      talking: (leg, talking, energy) => around.report({ report: 'talking', leg: leg.id, talking, energy }),
      playEnded: (playing) => this.#playEnded(playing),
    });
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
    const { openTransport, report, now, wallClock } = this.#around;
    const transport = await openTransport();
    const wire = {
      send: (packet: Buffer, to: Endpoint) => transport.send(packet, to),
      sendControl: (packet: Buffer, to: Endpoint) => transport.sendControl(packet, to),
      wallClock,
    };
    const leg = new MediaLeg(id, wire, {
      dtmf: ({ digit, duration }) => report({ report: 'dtmf', leg: id, digit, duration }),
      playEnded: (playing) => this.#playEnded(playing),
      timedOut: () => report({ report: 'timedOut', leg: id }),
    });
    transport.listen((datagram, address, port) => leg.receive(datagram, address, port, now()));
    transport.listenControl((datagram, address, port) => leg.receiveControl(datagram, address, port));
    this.#seats.set(id, { leg, transport, renderedIn: 0 });
    return { port: transport.port };
  }

  #playEnded({ id: play, samples }: Playing): void {
    this.#around.report({ report: 'playEnded', play, samples });
  }

  /** Closes a leg's sockets; recordings still running are finished. */
  async closeLeg({ leg: id }: MediaCalls['closeLeg'][0]): Promise<RtpCounters> {
    const seat = this.#seat(id);
    this.#rooms.leave(seat.leg);
    this.#stopEavesdrop(seat);
    for (const other of this.#seats.values()) if (other.watched === seat) this.#stopEavesdrop(other);
    this.#seats.delete(id);
    seat.transport.close();
    const recordings = recordingsOf(seat.leg);
    seat.leg.close();
    await Promise.all(recordings.map(([, recorder]) => recorder.finish()));
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

  async displace(displacement: MediaCalls['displace'][0]): Promise<Record<string, never>> {
    const { leg: id, path, loop } = displacement;
    const { sounds, report } = this.#around;
    const once = await sounds.open(path);
    const source = loop ? new LoopedSource(once, () => sounds.open(path)) : once;
    const seat = this.#seats.get(id);
    if (!seat) {
      source.close();
      throw new NoSuchLeg(id);
    }
    attachDisplacement(seat.leg, source, displacement, () =>
      report({ report: 'displaceEnded', leg: id, path }),
    );
    return {};
  }

  async startRecording({
    leg: id,
    path,
    stereo,
  }: MediaCalls['startRecording'][0]): Promise<MediaCalls['startRecording'][1]> {
    const { leg } = this.#seat(id);
    const recorder = await this.#openRecorder(path, stereo);
    if (!this.#seats.has(id)) {
      await recorder.finish();
      throw new NoSuchLeg(id);
    }
    attachRecording(leg, path, recorder);
    return { path: recorder.path };
  }

  #openRecorder(path: string, stereo: boolean): Promise<Recorder> {
    return Recorder.open(resolve(this.#around.options.directory, path), stereo);
  }

  async stopRecording({
    leg: id,
    path,
  }: MediaCalls['stopRecording'][0]): Promise<MediaCalls['stopRecording'][1]> {
    const recorder = detachRecording(this.#seat(id).leg, path);
    if (!recorder) throw new NoSuchLeg(`${id}: not recording ${path}`);
    return recorder.finish();
  }

  async playRoom({
    room,
    play,
    path,
    together,
    leg,
  }: MediaCalls['playRoom'][0]): Promise<Record<string, never>> {
    const source = await this.#around.sounds.open(path);
    const to = leg === undefined ? undefined : this.#seats.get(leg)?.leg;
    this.#rooms.play(room, { id: play, source, samples: 0 }, { together, ...(to && { to }) });
    return {};
  }

  async startRoomRecording({
    room,
    path,
  }: MediaCalls['startRoomRecording'][0]): Promise<MediaCalls['startRoomRecording'][1]> {
    const recorder = await this.#openRecorder(path, false);
    try {
      this.#rooms.record(room, path, recorder);
    } catch (error) {
      await recorder.finish();
      throw error;
    }
    return { path: recorder.path };
  }

  stopRoomRecording({
    room,
    path,
  }: MediaCalls['stopRoomRecording'][0]): Promise<MediaCalls['stopRoomRecording'][1]> {
    return this.#rooms.stopRecording(room, path);
  }

  /** Carries out an order. Orders for a leg that is gone are late, not wrong: they do nothing. */
  obey(order: MediaOrder): void {
    if ('leg' in order) {
      const seat = this.#seats.get(order.leg);
      if (seat) this.#obeyLeg(order, seat);
    } else if (order.order === 'join') {
      for (const id of order.legs) {
        const seat = this.#seats.get(id);
        if (seat) this.#rooms.admit(seat.leg, order.room);
      }
    } else this.#rooms.obey(order, (id) => this.#seats.get(id)?.leg);
  }

  #obeyLeg(order: LegOrder, seat: Seat): void {
    const { leg } = seat;
    switch (order.order) {
      case 'connect':
        return leg.connect(order.parameters, this.#around.now());
      case 'timeout':
        return leg.expectPackets(order.ms, this.#around.now());
      case 'leave':
        return this.#rooms.leave(leg);
      case 'hold':
        leg.held = order.held;
        return;
      case 'echo':
        leg.hearsItself = order.on;
        return;
      case 'admit':
        return this.#rooms.admit(leg, order.room, order.rights);
      case 'stopPlay':
        return this.#stopPlay(leg, order.play);
      case 'stopDisplace':
        return detachDisplacement(leg, order.path);
      case 'volume':
        return setVolume(leg, order);
      case 'dtmf':
        return leg.sendDtmf(order.digits, order.durationMs);
      case 'mask': {
        const recorder = recordingAt(leg, order.path);
        if (recorder) recorder.masked = order.masked;
        return;
      }
      default:
        return this.#obeyListening(order, seat);
    }
  }

  #obeyListening(
    order: Extract<LegOrder, { order: 'eavesdrop' | 'eavesdropMode' | 'stopEavesdrop' }>,
    seat: Seat,
  ): void {
    if (order.order === 'eavesdropMode') {
      if (seat.leg.ear) seat.leg.ear.mode = order.mode;
      return;
    }
    this.#stopEavesdrop(seat);
    const target = order.order === 'eavesdrop' ? this.#seats.get(order.target) : undefined;
    if (order.order === 'stopEavesdrop' || !target) return;
    attachEavesdrop(seat.leg, target.leg, order);
    seat.watched = target;
  }

  #stopEavesdrop(seat: Seat): void {
    detachEavesdrop(seat.leg, seat.watched?.leg);
    delete seat.watched;
  }

  #stopPlay(leg: MediaLeg, play: string): void {
    const index = leg.playing.findIndex((playing) => playing.id === play);
    if (index < 0) return;
    const [playing] = leg.playing.splice(index, 1);
    playing!.source.close();
    this.#playEnded(playing!);
  }

  /** Time passed without sound, because the machine had no time for us: streams and recordings keep to the clock. */
  skip(frames: number): void {
    this.frames += frames;
    for (const { leg } of this.#seats.values()) leg.skip(frames);
    this.#rooms.skip(frames);
  }

  /** Moves everything on by twenty milliseconds. */
  tick(now: number): void {
    this.frames++;
    for (const { leg } of this.#seats.values()) leg.listen(now);
    for (const { leg } of this.#seats.values()) leg.voice();
    this.#rooms.gather();
    for (const seat of this.#seats.values()) this.#render(seat);
    for (const { leg } of this.#seats.values()) {
      leg.speak(now);
      if (leg.bugs.size > 0) this.#reportFailures(leg);
    }
  }

  /** A watched leg is rendered before its listener; legs that watch each other hear the tick before. */
  #render(seat: Seat): void {
    if (seat.renderedIn === this.frames) return;
    seat.renderedIn = this.frames;
    if (seat.watched) this.#render(seat.watched);
    const room = this.#rooms.of(seat.leg);
    seat.leg.render(room && ((frame) => room.mixFor(seat.leg, frame)));
  }

  #reportFailures(leg: MediaLeg): void {
    for (const [path, recorder] of recordingsOf(leg)) {
      if (!recorder.failure) continue;
      detachRecording(leg, path);
      this.#around.report({ report: 'recordingFailed', leg: leg.id, path, why: recorder.failure.message });
      void recorder.finish().catch(() => undefined);
    }
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await Promise.all([...this.#seats.keys()].map((leg) => this.closeLeg({ leg })));
  }
}
