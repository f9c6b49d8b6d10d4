// One leg's sound, both ways, between its sockets and the mix: latch → jitter buffer → `said`, and `heard` → packets.

import { FRAME_SAMPLES, SILENCE, type SampleSource } from '../audio/frame.ts';
import { g711, PCMU } from '../audio/g711.ts';
import { JitterBuffer } from '../audio/jitter-buffer.ts';
import { applyGain } from '../audio/mixer.ts';
import { DtmfReceiver, type DtmfDigit } from '../rtp/dtmf.ts';
import { SourceLatch, type Endpoint } from '../rtp/latch.ts';
import { parseRtp, type RtpPacket } from '../rtp/packet.ts';
import type { MediaParameters, RtpCounters } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { RtpSender } from './rtp-sender.ts';

/** A sound being played into a leg. */
export interface Playing {
  readonly id: string;
  readonly source: SampleSource;
  samples: number;
}

/** What a leg tells its engine. */
export interface LegReports {
  dtmf(digit: DtmfDigit): void;
  playEnded(playing: Playing): void;
  timedOut(): void;
}

const COMFORT_NOISE = 13;

/** See the file's head. Driven by `receive` for packets and, once per tick, `listen` then `speak`. */
export class MediaLeg {
  readonly id: string;
  /** This tick's sound from the peer. */
  readonly said = new Int16Array(FRAME_SAMPLES);
  /** This tick's sound to the peer. */
  readonly heard = new Int16Array(FRAME_SAMPLES);
  readonly recorders = new Map<string, Recorder>();
  readonly playing: Playing[] = [];
  readonly #reports: LegReports;
  readonly #jitter = new JitterBuffer();
  readonly #latch = new SourceLatch();
  readonly #dtmf = new DtmfReceiver();
  readonly #sender: RtpSender;
  #parameters: MediaParameters | undefined;
  #ssrc: number | undefined;
  #readGain = 1;
  #writeGain = 1;
  #timeoutMs = 0;
  #lastPacketAt = 0;
  #packets = 0;
  #bytes = 0;
  #dtmfPackets = 0;
  #strangers = 0;

  /** @param send gives a packet to the network; the destination follows the latch */
  constructor(id: string, send: (packet: Buffer, to: Endpoint) => void, reports: LegReports) {
    this.id = id;
    this.#reports = reports;
    this.#sender = new RtpSender((packet) => {
      const to = this.#latch.destination;
      if (to && to.port > 0) send(packet, to);
    });
  }

  /** Applies what offer and answer agreed on; may be called again for each re-INVITE. @param now monotonic ms */
  connect(parameters: MediaParameters, now: number): void {
    this.#parameters = parameters;
    this.#latch.announce(parameters);
    this.#lastPacketAt = now;
  }

  set gains({ read, write }: { read: number; write: number }) {
    this.#readGain = read;
    this.#writeGain = write;
  }

  /** @param ms silence on the network that ends the leg, 0 for never */
  expectPackets(ms: number, now: number): void {
    this.#timeoutMs = ms;
    this.#lastPacketAt = now;
  }

  /** Queues digits towards the peer; without telephone-event in the SDP there is no way to send them. */
  sendDtmf(digits: string, durationMs: number): void {
    if (this.#parameters?.dtmfPayloadType !== undefined) this.#sender.dtmf.queue(digits, durationMs);
  }

  /** Takes one datagram from the RTP socket. */
  receive(datagram: Buffer, address: string, port: number, now: number): void {
    const packet = parseRtp(datagram);
    const parameters = this.#parameters;
    if (!packet || !parameters || !this.#knows(packet, parameters)) return;
    if (!this.#latch.accept(address, port, now)) {
      this.#strangers++;
      return;
    }
    this.#packets++;
    this.#bytes += datagram.length;
    this.#lastPacketAt = now;
    if (this.#ssrc !== packet.ssrc) {
      this.#ssrc = packet.ssrc;
      this.#jitter.reset();
    }
    this.#deliver(packet, parameters, now);
  }

  #knows(packet: RtpPacket, parameters: MediaParameters): boolean {
    const type = packet.payloadType;
    return type === 0 || type === 8 || type === COMFORT_NOISE || type === parameters.dtmfPayloadType;
  }

  #deliver(packet: RtpPacket, parameters: MediaParameters, now: number): void {
    if (packet.payloadType === parameters.dtmfPayloadType) {
      this.#dtmfPackets++;
      for (const digit of this.#dtmf.put(packet.timestamp, packet.payload, now)) this.#reports.dtmf(digit);
      return;
    }
    if (packet.payloadType === COMFORT_NOISE) return;
    // The peer may send either law once both were offered (RFC 3264 section 8.3.2): the packet says which.
    const law = packet.payloadType === PCMU.payloadType ? PCMU : g711('PCMA');
    this.#jitter.put(packet.timestamp, packet.payload, law.decode);
  }

  /** First half of a tick: what the peer says now, into `said`. */
  listen(now: number): void {
    this.#jitter.read(this.said);
    const direction = this.#parameters?.direction;
    if (direction !== 'sendrecv' && direction !== 'recvonly') this.said.fill(0);
    applyGain(this.said, this.#readGain);
    for (const digit of this.#dtmf.expire(now)) this.#reports.dtmf(digit);
    this.#watchForSilence(now);
  }

  #watchForSilence(now: number): void {
    if (this.#timeoutMs <= 0 || !this.#parameters || this.#parameters.direction === 'inactive') return;
    if (this.#parameters.direction === 'sendonly' || now - this.#lastPacketAt < this.#timeoutMs) return;
    this.#timeoutMs = 0;
    this.#reports.timedOut();
  }

  /**
   * Fills `heard` from the sound being played, if there is one.
   * @returns false when nothing is playing
   */
  playInto(): boolean {
    for (let top = this.playing.at(-1); top; top = this.playing.at(-1)) {
      if (top.source.read(this.heard)) {
        top.samples += FRAME_SAMPLES;
        return true;
      }
      this.playing.pop();
      top.source.close();
      this.#reports.playEnded(top);
    }
    return false;
  }

  /** Second half of a tick: sends `heard`. @param audible false when there is nothing to send at all (parked) */
  speak(audible: boolean): void {
    if (audible) applyGain(this.heard, this.#writeGain);
    for (const recorder of this.recorders.values()) recorder.add(this.said, audible ? this.heard : SILENCE);
    const parameters = this.#parameters;
    if (!parameters) return;
    const maySend = parameters.direction === 'sendrecv' || parameters.direction === 'sendonly';
    const frame = audible && maySend ? this.heard : undefined;
    this.#sender.tick(frame, g711(parameters.codec), parameters.ptime, parameters.dtmfPayloadType);
  }

  /** So many frames had no tick: a gap on the wire, silence in the recordings. */
  skip(frames: number): void {
    for (const recorder of this.recorders.values())
      for (let frame = 0; frame < frames; frame++) recorder.add(SILENCE, SILENCE);
    this.#sender.skip(frames);
  }

  get counters(): RtpCounters {
    return {
      inPackets: this.#packets,
      inBytes: this.#bytes,
      inDtmfPackets: this.#dtmfPackets,
      inStrangerPackets: this.#strangers,
      inLatePackets: this.#jitter.counters.late,
      concealedFrames: this.#jitter.counters.concealedFrames,
      outPackets: this.#sender.packets,
      outBytes: this.#sender.bytes,
      outDtmfPackets: this.#sender.dtmfPackets,
    };
  }
}
