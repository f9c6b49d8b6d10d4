// The sending half of a leg: frames of the clock become packets of the negotiated length and codec. The timestamp
// follows the clock, not the packets, so a pause in sending is a gap the receiver can see (RFC 3550 section 5.1).

import { randomInt } from 'node:crypto';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../audio/frame.ts';
import type { SpeechEncoder } from '../audio/codec.ts';
import { DtmfSender } from '../rtp/dtmf.ts';
import { RTP_HEADER_BYTES, writeRtpHeader } from '../rtp/packet.ts';
import type { SenderFigures } from '../rtp/rtcp.ts';

/** Gives one packet to the network. */
export type SendPacket = (packet: Buffer) => void;

/** One outgoing stream. */
export class RtpSender {
  readonly ssrc = randomInt(2 ** 32);
  readonly #send: SendPacket;
  readonly dtmf = new DtmfSender();
  #sequence = randomInt(2 ** 16);
  #clock = randomInt(2 ** 32);
  #pending = Buffer.alloc(0);
  #pendingTimestamp = 0;
  #resting = true;
  packets = 0;
  bytes = 0;
  /** Octets without headers, as sender reports count them (RFC 3550 section 6.4.1). */
  payloadBytes = 0;
  dtmfPackets = 0;

  constructor(send: SendPacket) {
    this.#send = send;
  }

  /**
   * One tick of the clock.
   * @param frame what to say, undefined to stay silent on the wire
   * @param encoder how to encode it
   * @param ptime packet length in milliseconds
   * @param dtmfPayloadType where queued digits go; without it they are dropped by the caller
   */
  tick(
    frame: Int16Array | undefined,
    encoder: SpeechEncoder,
    ptime: number,
    dtmfPayloadType: number | undefined,
  ): void {
    this.#clock = (this.#clock + FRAME_SAMPLES) >>> 0;
    if (dtmfPayloadType !== undefined && this.dtmf.busy) this.#sendDigit(dtmfPayloadType);
    else if (frame) this.#sendSpeech(frame, encoder, (ptime * SAMPLE_RATE) / 1_000);
    else this.#rest();
  }

  /** What was sent so far, and the timestamp of now. */
  get figures(): SenderFigures {
    return { timestamp: this.#clock, packets: this.packets, octets: this.payloadBytes };
  }

  /** So many frames passed without a tick: the timestamp goes on, and the next packet begins a talkspurt. */
  skip(frames: number): void {
    this.#clock = (this.#clock + frames * FRAME_SAMPLES) >>> 0;
    this.#rest();
  }

  #rest(): void {
    this.#resting = true;
    this.#pending = Buffer.alloc(0);
  }

  #sendDigit(payloadType: number): void {
    this.#rest();
    const event = this.dtmf.tick(this.#clock);
    if (!event) return;
    for (let copy = 0; copy < event.copies; copy++) {
      this.#packet(event.payload, payloadType, event.timestamp, event.marker && copy === 0);
      this.dtmfPackets++;
    }
  }

  #sendSpeech(frame: Int16Array, encoder: SpeechEncoder, packetSamples: number): void {
    if (this.#pending.length === 0) this.#pendingTimestamp = this.#clock;
    const octets = Buffer.allocUnsafe(this.#pending.length + FRAME_SAMPLES);
    octets.set(this.#pending);
    encoder.encode(frame, octets, this.#pending.length);
    let at = 0;
    for (; at + packetSamples <= octets.length; at += packetSamples) {
      const payload = octets.subarray(at, at + packetSamples);
      this.#packet(payload, encoder.payloadType, this.#pendingTimestamp, this.#resting);
      this.#pendingTimestamp = (this.#pendingTimestamp + packetSamples) >>> 0;
      this.#resting = false;
    }
    this.#pending = octets.subarray(at);
  }

  #packet(payload: Uint8Array, payloadType: number, timestamp: number, marker: boolean): void {
    const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
    writeRtpHeader(packet, { marker, payloadType, sequence: this.#sequence, timestamp, ssrc: this.ssrc });
    packet.set(payload, RTP_HEADER_BYTES);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.packets++;
    this.bytes += packet.length;
    this.payloadBytes += payload.length;
    this.#send(packet);
  }
}
