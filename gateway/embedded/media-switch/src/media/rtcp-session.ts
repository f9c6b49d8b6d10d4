// A leg's control stream: reports about what came and what went, every few seconds, and what the peer reports back.

import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../rtp/latch.ts';
import type { Reception } from '../rtp/reception.ts';
import { middleOf, ntpOf, parseReport, writeReport, type SenderFigures } from '../rtp/rtcp.ts';

/** RFC 3550 section 6.2: five seconds, give or take half, so that many legs do not report at once. */
const INTERVAL_MS = 5_000;
const nextInterval = (): number => INTERVAL_MS * (0.5 + Math.random());

/** What the peer told. */
export interface PeerReports {
  /** Its packets that carried a report. */
  readonly packets: number;
  readonly octets: number;
  /** Round trip by its newest report, milliseconds; undefined before there is one. */
  readonly roundTripMs: number | undefined;
  /** Packets of ours it says it lost. */
  readonly lost: number;
}

/** See the file's head. */
export class RtcpSession {
  readonly #cname = `${randomBytes(8).toString('hex')}@cordboard`;
  readonly #ssrc: number;
  readonly #send: (packet: Buffer, to: Endpoint) => void;
  readonly #wallClock: () => number;
  #dueAt: number | undefined;
  #heardFrom: Endpoint | undefined;
  #peerSsrc = 0;
  #peerReport = { middle: 0, at: 0 };
  #packets = 0;
  #octets = 0;
  #roundTripMs: number | undefined;
  #lost = 0;

  /** @param wallClock milliseconds since 1970 */
  constructor(ssrc: number, send: (packet: Buffer, to: Endpoint) => void, wallClock: () => number) {
    this.#ssrc = ssrc;
    this.#send = send;
    this.#wallClock = wallClock;
  }

  /** Takes a datagram of the control socket. @param trusted the address the leg's sound comes from */
  receive(datagram: Buffer, from: Endpoint, trusted: Endpoint | undefined): void {
    const report = parseReport(datagram);
    if (!report || from.address !== trusted?.address) return;
    this.#heardFrom = from;
    this.#packets++;
    this.#octets += datagram.length;
    const now = this.#wallClock();
    this.#peerSsrc = report.ssrc;
    if (report.sender) this.#peerReport = { middle: report.sender.middle, at: now };
    const about = report.blocks.find(({ ssrc }) => ssrc === this.#ssrc);
    if (!about) return;
    this.#lost = about.lost;
    if (about.lastReport === 0) return;
    // Section 6.4.1: arrival − last SR − delay since it, all in 65536ths of a second.
    const units = (middleOf(ntpOf(now)) - about.lastReport - about.delay) | 0;
    this.#roundTripMs = Math.max(0, (units * 1_000) / 65_536);
  }

  /** Reports when it is time. @param sound where the leg's sound goes */
  tick(
    now: number,
    about: {
      sound: Endpoint | undefined;
      sent: SenderFigures;
      reception: Reception;
      ssrc: number | undefined;
    },
  ): void {
    this.#dueAt ??= now + nextInterval() / 2;
    if (now < this.#dueAt) return;
    this.#dueAt = now + nextInterval();
    const { sound, sent, reception, ssrc } = about;
    if (!sound || sound.port === 0) return;
    const to = this.#heardFrom ?? { address: sound.address, port: sound.port + 1 };
    const unixMs = this.#wallClock();
    const block =
      ssrc === undefined ? undefined : { ...reception.report(), ...this.#lastReportOf(ssrc, unixMs), ssrc };
    this.#send(writeReport(this.#ssrc, this.#cname, unixMs, sent.packets > 0 ? sent : undefined, block), to);
  }

  #lastReportOf(ssrc: number, now: number): { lastReport: number; delay: number } {
    if (ssrc !== this.#peerSsrc || this.#peerReport.middle === 0) return { lastReport: 0, delay: 0 };
    const { middle, at } = this.#peerReport;
    return { lastReport: middle, delay: Math.round(((now - at) * 65_536) / 1_000) };
  }

  /** Another address or stream: what was learnt of the old one is void. */
  reset(): void {
    this.#heardFrom = undefined;
    this.#peerReport = { middle: 0, at: 0 };
  }

  get peer(): PeerReports {
    return {
      packets: this.#packets,
      octets: this.#octets,
      roundTripMs: this.#roundTripMs,
      lost: this.#lost,
    };
  }
}
