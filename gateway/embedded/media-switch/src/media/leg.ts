// One leg's sound, both ways, between its sockets and the mix: latch → jitter buffer → `said`, and `heard` → packets.

import { FRAME_SAMPLES } from '../audio/frame.ts';
import { codecOfPayloadType, decoderOf, encoderOf } from '../audio/codec.ts';
import type { CodecName, SpeechDecoder, SpeechEncoder } from '../audio/codec.ts';
import { JitterBuffer } from '../audio/jitter-buffer.ts';
import { DtmfReceiver, type DtmfDigit } from '../rtp/dtmf.ts';
import { SourceLatch, type Endpoint } from '../rtp/latch.ts';
import { parseRtp, type RtpPacket } from '../rtp/packet.ts';
import { Reception } from '../rtp/reception.ts';
import type { EavesdropBug, Listener } from './eavesdrop-bug.ts';
import type { MediaBug } from './media-bug.ts';
import type { MediaParameters, RtpCounters } from './protocol.ts';
import { RtcpSession } from './rtcp-session.ts';
import { RtpSender } from './rtp-sender.ts';
import type { Playing } from './sound-queue.ts';

/** A leg's way to the network. */
export interface LegWire {
  send(packet: Buffer, to: Endpoint): void;
  /** The control port beside it (RFC 3550 section 11). */
  sendControl(packet: Buffer, to: Endpoint): void;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** What a leg tells its engine. */
export interface LegReports {
  dtmf(digit: DtmfDigit): void;
  playEnded(playing: Playing): void;
  timedOut(): void;
}

const COMFORT_NOISE = 13;
/** Octets of a packet we decode: 256 ms. */
const MAX_PAYLOAD = 2_048;

/** See the file's head. Driven by `receive` for packets and, once per tick, `listen`, `voice`, `render` and `speak`. */
export class MediaLeg implements Listener {
  readonly id: string;
  /** Sounds that replace what the leg hears, the newest on top. */
  readonly playing: Playing[] = [];
  /** What hangs on the leg's sound, by name, in the order attached. */
  readonly bugs = new Map<string, MediaBug>();
  /** The bug on another leg through which this one listens. */
  ear: EavesdropBug | undefined;
  /** Neither heard nor spoken to. */
  held = false;
  /** What it says goes back to it. */
  hearsItself = false;
  readonly #said = new Int16Array(FRAME_SAMPLES);
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  #voiceReady = false;
  #audible = false;
  readonly #reports: LegReports;
  readonly #jitter = new JitterBuffer();
  readonly #latch = new SourceLatch();
  readonly #dtmf = new DtmfReceiver();
  readonly #sender: RtpSender;
  readonly #control: RtcpSession;
  #reception = new Reception();
  readonly #decoded = new Int16Array(MAX_PAYLOAD);
  #decoding: { readonly codec: CodecName; readonly decoder: SpeechDecoder } | undefined;
  #encoder: SpeechEncoder | undefined;
  #parameters: MediaParameters | undefined;
  #ssrc: number | undefined;
  #timeoutMs = 0;
  #lastPacketAt = 0;
  #packets = 0;
  #bytes = 0;
  #dtmfPackets = 0;
  #strangers = 0;
  #cngPackets = 0;
  #mediaBytes = 0;
  #lostBefore = 0;

  /** @param wire gives packets to the network; the destination follows the latch */
  constructor(id: string, wire: LegWire, reports: LegReports) {
    this.id = id;
    this.#reports = reports;
    this.#sender = new RtpSender((packet) => {
      const to = this.#latch.destination;
      if (to && to.port > 0) wire.send(packet, to);
    });
    this.#control = new RtcpSession(
      this.#sender.ssrc,
      (packet, to) => wire.sendControl(packet, to),
      wire.wallClock,
    );
  }

  /** Applies what offer and answer agreed on; may be called again for each re-INVITE. @param now monotonic ms */
  connect(parameters: MediaParameters, now: number): void {
    if (this.#parameters?.codec !== parameters.codec) this.#encoder = encoderOf(parameters.codec);
    this.#parameters = parameters;
    this.#latch.announce(parameters);
    this.#lastPacketAt = now;
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
    this.#mediaBytes += packet.payload.length;
    if (this.#ssrc !== packet.ssrc) this.#beginStream(packet.ssrc);
    this.#reception.note(packet.sequence, packet.timestamp, now);
    this.#deliver(packet, parameters, now);
  }

  #beginStream(ssrc: number): void {
    this.#ssrc = ssrc;
    this.#decoding = undefined;
    this.#jitter.reset();
    this.#lostBefore += this.#reception.lost;
    this.#reception = new Reception();
    this.#control.reset();
  }

  /** Takes one datagram from the RTCP socket. */
  receiveControl(datagram: Buffer, address: string, port: number): void {
    this.#control.receive(datagram, { address, port }, this.#latch.destination);
  }

  #knows(packet: RtpPacket, parameters: MediaParameters): boolean {
    const type = packet.payloadType;
    return (
      codecOfPayloadType(type) !== undefined || type === COMFORT_NOISE || type === parameters.dtmfPayloadType
    );
  }

  #deliver(packet: RtpPacket, parameters: MediaParameters, now: number): void {
    if (packet.payloadType === parameters.dtmfPayloadType) {
      this.#dtmfPackets++;
      for (const digit of this.#dtmf.put(packet.timestamp, packet.payload, now)) this.#reports.dtmf(digit);
      return;
    }
    if (packet.payloadType === COMFORT_NOISE) {
      this.#cngPackets++;
      return;
    }
    // The peer may send any codec once it was offered (RFC 3264 section 8.3.2): the packet says which.
    const codec = codecOfPayloadType(packet.payloadType);
    if (codec === undefined || packet.payload.length > MAX_PAYLOAD) return;
    const samples = this.#decoded.subarray(0, packet.payload.length);
    this.#decoderFor(codec).decode(packet.payload, samples);
    this.#jitter.put(packet.timestamp, samples);
  }

  #decoderFor(codec: CodecName): SpeechDecoder {
    if (this.#decoding?.codec !== codec) this.#decoding = { codec, decoder: decoderOf(codec) };
    return this.#decoding.decoder;
  }

  /** Begins a tick: takes what the peer says now. */
  listen(now: number): void {
    this.#jitter.read(this.#said);
    const direction = this.#parameters?.direction;
    if (this.held || (direction !== 'sendrecv' && direction !== 'recvonly')) this.#said.fill(0);
    this.#voiceReady = false;
    for (const digit of this.#dtmf.expire(now)) this.#reports.dtmf(digit);
    this.#watchForSilence(now);
  }

  /** What the peer says this tick, as its bugs leave it. Legs may ask one another in any order, even in a circle. */
  voice(): Readonly<Int16Array> {
    if (!this.#voiceReady) {
      this.#voiceReady = true;
      for (const bug of this.bugs.values()) bug.replaceRead?.(this.#said);
      for (const bug of this.bugs.values()) bug.tapRead?.(this.#said);
    }
    return this.#said;
  }

  #watchForSilence(now: number): void {
    if (this.#timeoutMs <= 0 || !this.#parameters || this.#parameters.direction === 'inactive') return;
    if (this.#parameters.direction === 'sendonly' || now - this.#lastPacketAt < this.#timeoutMs) return;
    this.#timeoutMs = 0;
    this.#reports.timedOut();
  }

  /** It hears a sound or another leg instead of its room, and does not speak into its room meanwhile. */
  get isAway(): boolean {
    return this.playing.length > 0 || this.ear !== undefined;
  }

  /**
   * Makes what the peer hears this tick: from the leg it listens to, else the newest sound played to it, else itself (echo),
   * else its room, else nothing at all.
   * @param room fills a frame from the leg's room; undefined when it is in none
   */
  render(room: ((frame: Int16Array) => void) | undefined): void {
    const heard = this.#heard;
    this.#audible = true;
    if (this.ear) this.ear.hearInto(heard);
    else if (!this.#playInto(heard)) {
      if (this.hearsItself) heard.set(this.voice());
      else if (room) room(heard);
      else this.#audible = false;
    }
    if (this.held) this.#audible = false;
    if (!this.#audible) return;
    for (const bug of this.bugs.values()) {
      bug.tapWrite?.(heard);
      bug.replaceWrite?.(heard);
    }
  }

  #playInto(frame: Int16Array): boolean {
    for (let top = this.playing.at(-1); top; top = this.playing.at(-1)) {
      if (top.source.read(frame)) {
        top.samples += frame.length;
        return true;
      }
      this.playing.pop();
      top.source.close();
      this.#reports.playEnded(top);
    }
    return false;
  }

  /** Ends a tick: sends what was rendered. */
  speak(now: number): void {
    for (const bug of this.bugs.values()) bug.endTick?.();
    const parameters = this.#parameters;
    if (!parameters || !this.#encoder) return;
    const maySend = parameters.direction === 'sendrecv' || parameters.direction === 'sendonly';
    const frame = this.#audible && maySend ? this.#heard : undefined;
    this.#sender.tick(frame, this.#encoder, parameters.ptime, parameters.dtmfPayloadType);
    this.#control.tick(now, {
      sound: this.#latch.destination,
      sent: this.#sender.figures,
      reception: this.#reception,
      ssrc: this.#ssrc,
    });
  }

  /** So many frames had no tick: a gap on the wire, silence in the recordings. */
  skip(frames: number): void {
    for (const bug of this.bugs.values()) bug.skip?.(frames);
    this.#sender.skip(frames);
  }

  /** Takes a bug off, if it is on. */
  detach(name: string): void {
    const bug = this.bugs.get(name);
    this.bugs.delete(name);
    bug?.close?.();
  }

  /** Ends every sound played to the leg and every bug on it. */
  close(): void {
    for (const { source } of this.playing.splice(0)) source.close();
    for (const name of [...this.bugs.keys()]) this.detach(name);
  }

  get counters(): RtpCounters {
    const { peer } = this.#control;
    const { timing } = this.#reception;
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
      inMediaBytes: this.#mediaBytes,
      outMediaBytes: this.#sender.payloadBytes,
      inCngPackets: this.#cngPackets,
      lostPackets: this.#lostBefore + this.#reception.lost,
      largestDelayMs: this.#jitter.largestDelay / 8,
      leastJitterMs: timing.leastMs,
      mostJitterMs: timing.mostMs,
      meanIntervalMs: timing.meanIntervalMs,
      rtcpPackets: peer.packets,
      rtcpOctets: peer.octets,
      peerLostPackets: peer.lost,
      ...(peer.roundTripMs !== undefined && { roundTripMs: peer.roundTripMs }),
    };
  }
}
