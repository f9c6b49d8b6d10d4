import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DtmfReceiver, DtmfSender } from './dtmf.ts';
import { SourceLatch } from './latch.ts';
import { parseRtp, writeRtpHeader } from './packet.ts';

const header = { marker: true, payloadType: 8, sequence: 65_535, timestamp: 0xfffffff0, ssrc: 0xdeadbeef };

describe('RTP packets', () => {
  test('what is written is read back', () => {
    const packet = Buffer.concat([Buffer.alloc(12), Buffer.from([1, 2, 3])]);
    writeRtpHeader(packet, header);
    expect(parseRtp(packet)).toEqual({ ...header, payload: Buffer.from([1, 2, 3]) });
  });

  test('padding, contributing sources and header extensions are not payload', () => {
    const packet = Buffer.alloc(12 + 8 + 4 + 4 + 2 + 3);
    writeRtpHeader(packet, header);
    packet[0] = 0x80 | 0x20 | 0x10 | 2;
    packet.writeUInt16BE(1, 12 + 8 + 2);
    packet.set([7, 9], 28);
    packet[packet.length - 1] = 3;
    expect([...parseRtp(packet)!.payload]).toEqual([7, 9]);
  });

  test.each([
    ['too short', Buffer.alloc(11, 0x80)],
    ['version 1', Buffer.alloc(20, 0x40)],
    [
      'padding longer than the packet',
      Buffer.concat([Buffer.from([0xa0]), Buffer.alloc(11), Buffer.from([99])]),
    ],
    ['padding of nothing', Buffer.concat([Buffer.from([0xa0]), Buffer.alloc(12)])],
    [
      'an extension that ends beyond',
      Buffer.concat([Buffer.from([0x90]), Buffer.alloc(11), Buffer.from([0, 0, 255, 255])]),
    ],
  ])('%s is no packet', (_, bytes) => {
    expect(parseRtp(bytes)).toBeUndefined();
  });

  test('no datagram makes it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseRtp(Buffer.from(bytes))));
  });
});

describe('the source of a leg', () => {
  const latch = (): SourceLatch => {
    const made = new SourceLatch();
    made.announce({ address: '192.0.2.1', port: 4_000 });
    return made;
  };

  test('is believed at once when it is the announced one, and later strangers are not', () => {
    const source = latch();
    expect(source.accept('192.0.2.1', 4_000, 0)).toBe(true);
    for (let i = 0; i < 50; i++) expect(source.accept('203.0.113.9', 666, i * 20)).toBe(false);
    expect(source.destination).toEqual({ address: '192.0.2.1', port: 4_000 });
  });

  test('behind NAT is believed after three packets in a row, and then sent to', () => {
    const source = latch();
    expect([1, 2, 3].map((i) => source.accept('198.51.100.7', 31_000, i * 20))).toEqual([false, false, true]);
    expect(source.destination).toEqual({ address: '198.51.100.7', port: 31_000 });
  });

  test('is not believed while two take turns', () => {
    const source = latch();
    for (let i = 0; i < 20; i++) expect(source.accept('198.51.100.7', 31_000 + (i % 2), i * 20)).toBe(false);
    expect(source.locked).toBe(false);
  });

  test('may move once it was silent for two seconds, or when the description changes', () => {
    const source = latch();
    source.accept('192.0.2.1', 4_000, 0);
    expect([1, 2, 3].map((i) => source.accept('192.0.2.1', 5_000, 1_900 + i))).toEqual([false, false, false]);
    expect([1, 2, 3].map((i) => source.accept('192.0.2.1', 5_000, 2_000 + i))).toEqual([false, false, true]);
    source.announce({ address: '192.0.2.8', port: 9_000 });
    expect(source.destination).toEqual({ address: '192.0.2.8', port: 9_000 });
    expect(source.accept('192.0.2.8', 9_000, 2_100)).toBe(true);
  });
});

const event = (code: number, end: boolean, duration: number): Uint8Array =>
  Uint8Array.of(code, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff);

describe('telephone events received', () => {
  test('three end packets are one key press', () => {
    const receiver = new DtmfReceiver();
    const digits = [160, 320, 480].flatMap((duration) => [
      ...receiver.put(5_000, event(5, false, duration), 0),
    ]);
    for (let i = 0; i < 3; i++) digits.push(...receiver.put(5_000, event(5, true, 640), 0));
    expect(digits).toEqual([{ digit: '5', duration: 640 }]);
  });

  test('the same key twice is two presses, told apart by their timestamps', () => {
    const receiver = new DtmfReceiver();
    const digits = [1_000, 3_000].flatMap((timestamp) => [
      ...receiver.put(timestamp, event(11, false, 160), 0),
      ...receiver.put(timestamp, event(11, true, 320), 0),
      ...receiver.put(timestamp, event(11, true, 320), 0),
    ]);
    expect(digits.map(({ digit }) => digit)).toEqual(['#', '#']);
  });

  test('late packets of an earlier press are not a press', () => {
    const receiver = new DtmfReceiver();
    receiver.put(1_000, event(1, true, 320), 0);
    receiver.put(3_000, event(2, false, 160), 0);
    expect(receiver.put(1_000, event(1, true, 320), 0)).toEqual([]);
    expect(receiver.put(3_000, event(2, true, 320), 0)).toEqual([{ digit: '2', duration: 320 }]);
  });

  test('a press whose end was lost ends with the next press, or after a while', () => {
    const receiver = new DtmfReceiver();
    receiver.put(1_000, event(1, false, 160), 0);
    expect(receiver.put(3_000, event(2, false, 160), 10)).toEqual([{ digit: '1', duration: 160 }]);
    expect(receiver.expire(100)).toEqual([]);
    expect(receiver.expire(140)).toEqual([{ digit: '2', duration: 160 }]);
    expect(receiver.put(3_000, event(2, true, 320), 150)).toEqual([]);
  });

  test('unknown codes and cut payloads are nothing', () => {
    const receiver = new DtmfReceiver();
    expect(receiver.put(1, event(77, true, 160), 0)).toEqual([]);
    expect(receiver.put(1, Uint8Array.of(1, 0x80), 0)).toEqual([]);
    expect(receiver.expire(10_000)).toEqual([]);
  });

  test('what our sender sends, our receiver hears, digit by digit', () => {
    const sender = new DtmfSender();
    const receiver = new DtmfReceiver();
    sender.queue('159*0#', 120);
    const heard: string[] = [];
    let ends = 0;
    for (let tick = 0; tick < 200 && sender.busy; tick++) {
      const packet = sender.tick(tick * 160);
      for (let copy = 0; copy < (packet?.copies ?? 0); copy++) {
        if (packet!.payload[1]! & 0x80) ends++;
        for (const { digit, duration } of receiver.put(packet!.timestamp, packet!.payload, tick * 20))
          heard.push(`${digit}/${duration}`);
      }
    }
    expect(heard).toEqual(['1/960', '5/960', '9/960', '*/960', '0/960', '#/960']);
    expect(ends).toBe(18);
    expect(sender.busy).toBe(false);
  });
});
