import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RtcpSession } from '../media/rtcp-session.ts';
import { Reception } from './reception.ts';
import { middleOf, ntpOf, parseReport, writeReport } from './rtcp.ts';

describe('reception of a stream', () => {
  test('in order and on time nothing is lost and nothing trembles', () => {
    const reception = new Reception();
    for (let n = 0; n < 100; n++) reception.note((65_500 + n) & 0xffff, n * 160, n * 20);
    expect(reception.report()).toEqual({
      fractionLost: 0,
      lost: 0,
      highestSequence: 65_536 + 63,
      jitter: 0,
    });
    expect(reception.timing.meanIntervalMs).toBeCloseTo(20);
  });

  test('every fourth packet missing is a quarter lost, in each report anew', () => {
    const reception = new Reception();
    for (let n = 0; n < 400; n++) if (n % 4 !== 1) reception.note(n, n * 160, n * 20);
    expect(reception.report()).toMatchObject({ fractionLost: 64, lost: 100 });
    for (let n = 400; n < 500; n++) reception.note(n, n * 160, n * 20);
    expect(reception.report()).toMatchObject({ fractionLost: 0, lost: 100 });
    expect(reception.lost).toBe(100);
  });

  test('packets that come alternately early and late tremble by as much, after a while', () => {
    const reception = new Reception();
    for (let n = 0; n < 400; n++) reception.note(n, n * 160, n * 20 + (n % 2) * 10);
    // 10 ms are 80 units of the 8 kHz clock (appendix A.8).
    expect(reception.report().jitter).toBe(79);
    expect(reception.timing.mostMs).toBeCloseTo(10, 0);
  });

  test('a packet that comes again or late changes neither the highest nor what is expected', () => {
    const reception = new Reception();
    for (const sequence of [10, 11, 13, 12, 13]) reception.note(sequence, sequence * 160, sequence * 20);
    expect(reception.report()).toMatchObject({ lost: -1, highestSequence: 13, fractionLost: 0 });
  });
});

const block = {
  ssrc: 7,
  fractionLost: 3,
  lost: -2,
  highestSequence: 70_000,
  jitter: 5,
  lastReport: 9,
  delay: 11,
};

describe('reports', () => {
  test('what is written is read back, with and without something sent', () => {
    const sent = { timestamp: 4_000_000_000, packets: 12, octets: 1_920 };
    const report = parseReport(writeReport(1, 'me@here', 1_700_000_000_500, sent, block));
    const middle = middleOf(ntpOf(1_700_000_000_500));
    expect(report).toEqual({ ssrc: 1, sender: { middle, packets: 12, octets: 1_920 }, blocks: [block] });
    expect(parseReport(writeReport(1, 'me@here', 0, undefined, undefined))).toEqual({ ssrc: 1, blocks: [] });
  });

  test('are whole words with the name of the source behind them', () => {
    const packet = writeReport(0xdeadbeef, 'abc', 0, undefined, block);
    expect(packet.length % 4).toBe(0);
    expect([packet[1], packet[33]]).toEqual([201, 202]);
    expect(packet.subarray(40, 45)).toEqual(Buffer.from('\x01\x03abc'));
    expect(packet.readUInt16BE(2)).toBe(7);
  });

  test('the time of NTP is that of RFC 5905', () => {
    expect(ntpOf(0)).toEqual({ seconds: 2_208_988_800, fraction: 0 });
    expect(ntpOf(500)).toEqual({ seconds: 2_208_988_800, fraction: 0x8000_0000 });
  });

  test('no datagram makes reading throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseReport(Buffer.from(bytes))));
  });
});

describe('a control session', () => {
  const sound = { address: '192.0.2.1', port: 4_000 };
  const session = (): {
    rtcp: RtcpSession;
    sent: { packet: Buffer; port: number }[];
    at: (ms: number) => void;
  } => {
    let wall = 1_700_000_000_000;
    const sent: { packet: Buffer; port: number }[] = [];
    const rtcp = new RtcpSession(
      5,
      (packet, to) => void sent.push({ packet, port: to.port }),
      () => wall,
    );
    return { rtcp, sent, at: (ms) => void (wall = 1_700_000_000_000 + ms) };
  };
  const about = {
    sound,
    sent: { timestamp: 1, packets: 1, octets: 160 },
    reception: new Reception(),
    ssrc: 9,
  };

  test('reports every five seconds on average, to the port above the sound', () => {
    const { rtcp, sent } = session();
    for (let ms = 0; ms < 300_000; ms += 20) rtcp.tick(ms, about);
    expect(sent.length).toBeGreaterThan(45);
    expect(sent.length).toBeLessThan(80);
    expect(new Set(sent.map(({ port }) => port))).toEqual(new Set([4_001]));
  });

  test('answers where the peer reports from, and believes only its address', () => {
    const { rtcp, sent } = session();
    const report = writeReport(9, 'peer', 0, undefined, undefined);
    rtcp.receive(report, { address: '203.0.113.1', port: 66 }, sound);
    expect(rtcp.peer.packets).toBe(0);
    rtcp.receive(report, { address: '192.0.2.1', port: 5_555 }, sound);
    for (let ms = 0; ms < 20_000; ms += 20) rtcp.tick(ms, about);
    expect(sent.at(-1)!.port).toBe(5_555);
  });

  test('measures the round trip from the report that comes back', () => {
    const { rtcp, at } = session();
    const sentAt = middleOf(ntpOf(1_700_000_000_000));
    at(250);
    const delay = Math.round(0.1 * 65_536);
    const back = { ...block, ssrc: 5, lost: 4, lastReport: sentAt, delay };
    rtcp.receive(writeReport(9, 'peer', 0, undefined, back), sound, sound);
    expect(rtcp.peer.roundTripMs).toBeCloseTo(150, 0);
    expect(rtcp.peer.lost).toBe(4);
  });
});
