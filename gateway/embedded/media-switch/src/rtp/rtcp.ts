// RTCP packets (RFC 3550 section 6.4): sender and receiver reports with a CNAME, written and read.

import type { ReceptionReport } from './reception.ts';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const CNAME = 1;
const HEADER_BYTES = 4;
const BLOCK_BYTES = 24;
/** Seconds from 1900 (NTP) to 1970 (Unix). */
const NTP_EPOCH = 2_208_988_800;

/** What we sent so far, for a sender report. */
export interface SenderFigures {
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/** One report block: about whom, what, and when their last report came. */
export interface ReportBlock extends ReceptionReport {
  readonly ssrc: number;
  /** Middle 32 bits of the NTP time of their last sender report, 0 for none. */
  readonly lastReport: number;
  /** Since it came, in 65536ths of a second. */
  readonly delay: number;
}

/** Milliseconds since 1970 as an NTP time. */
export function ntpOf(unixMs: number): { readonly seconds: number; readonly fraction: number } {
  const seconds = Math.floor(unixMs / 1_000);
  return {
    seconds: (seconds + NTP_EPOCH) >>> 0,
    fraction: Math.floor(((unixMs - seconds * 1_000) / 1_000) * 2 ** 32) >>> 0,
  };
}

/** The middle 32 bits of an NTP time, which reports refer to. */
export const middleOf = ({ seconds, fraction }: { seconds: number; fraction: number }): number =>
  (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;

const header = (into: Buffer, at: number, count: number, type: number, bytes: number): void => {
  into[at] = 0x80 | count;
  into[at + 1] = type;
  into.writeUInt16BE(bytes / 4 - 1, at + 2);
};

const writeBlock = (into: Buffer, at: number, block: ReportBlock): void => {
  into.writeUInt32BE(block.ssrc, at);
  into[at + 4] = block.fractionLost;
  into.writeIntBE(Math.max(-0x80_0000, Math.min(0x7f_ffff, block.lost)), at + 5, 3);
  into.writeUInt32BE(block.highestSequence, at + 8);
  into.writeUInt32BE(block.jitter, at + 12);
  into.writeUInt32BE(block.lastReport, at + 16);
  into.writeUInt32BE(block.delay >>> 0, at + 20);
};

/** A compound packet: SR when something was sent, else RR; then SDES with our CNAME (section 6.1). */
export function writeReport(
  ssrc: number,
  cname: string,
  unixMs: number,
  sent: SenderFigures | undefined,
  block: ReportBlock | undefined,
): Buffer {
  const reportBytes = HEADER_BYTES + 4 + (sent ? 20 : 0) + (block ? BLOCK_BYTES : 0);
  const name = Buffer.from(cname, 'utf8').subarray(0, 255);
  const sdesBytes = Math.ceil((HEADER_BYTES + 4 + 2 + name.length + 1) / 4) * 4;
  const packet = Buffer.alloc(reportBytes + sdesBytes);
  header(packet, 0, block ? 1 : 0, sent ? SENDER_REPORT : RECEIVER_REPORT, reportBytes);
  packet.writeUInt32BE(ssrc, 4);
  if (sent) {
    const { seconds, fraction } = ntpOf(unixMs);
    packet.writeUInt32BE(seconds, 8);
    packet.writeUInt32BE(fraction, 12);
    packet.writeUInt32BE(sent.timestamp >>> 0, 16);
    packet.writeUInt32BE(sent.packets >>> 0, 20);
    packet.writeUInt32BE(sent.octets >>> 0, 24);
  }
  if (block) writeBlock(packet, reportBytes - BLOCK_BYTES, block);
  header(packet, reportBytes, 1, SOURCE_DESCRIPTION, sdesBytes);
  packet.writeUInt32BE(ssrc, reportBytes + 4);
  packet[reportBytes + 8] = CNAME;
  packet[reportBytes + 9] = name.length;
  packet.set(name, reportBytes + 10);
  return packet;
}

/** What a peer's compound packet says that we use. */
export interface ReceivedReport {
  readonly ssrc: number;
  /** Of a sender report: its NTP middle, and how much was sent. */
  readonly sender?: { readonly middle: number; readonly packets: number; readonly octets: number };
  readonly blocks: readonly ReportBlock[];
}

const readBlocks = (packet: Buffer, from: number, count: number, end: number): ReportBlock[] => {
  const blocks: ReportBlock[] = [];
  for (let at = from; blocks.length < count && at + BLOCK_BYTES <= end; at += BLOCK_BYTES)
    blocks.push({
      ssrc: packet.readUInt32BE(at),
      fractionLost: packet[at + 4]!,
      lost: packet.readIntBE(at + 5, 3),
      highestSequence: packet.readUInt32BE(at + 8),
      jitter: packet.readUInt32BE(at + 12),
      lastReport: packet.readUInt32BE(at + 16),
      delay: packet.readUInt32BE(at + 20),
    });
  return blocks;
};

/** Reads the first report of a compound packet. @returns undefined for what is none (RFC 3550 appendix A.2) */
export function parseReport(packet: Buffer): ReceivedReport | undefined {
  if (packet.length < 8 || packet[0]! >> 6 !== 2) return undefined;
  const type = packet[1]!;
  const end = (packet.readUInt16BE(2) + 1) * 4;
  if ((type !== SENDER_REPORT && type !== RECEIVER_REPORT) || end > packet.length) return undefined;
  const ssrc = packet.readUInt32BE(4);
  const count = packet[0]! & 0x1f;
  if (type === RECEIVER_REPORT) return { ssrc, blocks: readBlocks(packet, 8, count, end) };
  if (end < 28) return undefined;
  const middle = middleOf({ seconds: packet.readUInt32BE(8), fraction: packet.readUInt32BE(12) });
  const sender = { middle, packets: packet.readUInt32BE(20), octets: packet.readUInt32BE(24) };
  return { ssrc, sender, blocks: readBlocks(packet, 28, count, end) };
}
