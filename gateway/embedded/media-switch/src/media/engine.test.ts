// Who hears whom inside the media thread, without a network: packets go in by hand, and what leaves is decoded and measured.

import { describe, expect, test } from 'vitest';
import { sine, toneAmplitude } from '../../test/support/goertzel.ts';
import { decoderOf, encoderOf } from '../audio/codec.ts';
import { FRAME_SAMPLES } from '../audio/frame.ts';
import { writeRtpHeader } from '../rtp/packet.ts';
import { MediaEngine } from './engine.ts';
import type { MediaParameters, MediaReport } from './protocol.ts';
import { FULL_RIGHTS } from './rights.ts';
import { SoundLibrary } from './sounds.ts';

interface Peer {
  readonly hz: number;
  receive(datagram: Buffer): void;
  readonly heard: Int16Array[];
}

/** An engine whose legs are phones that say one tone each. */
class Floor {
  readonly reports: MediaReport[] = [];
  readonly engine: MediaEngine;
  readonly #peers = new Map<string, Peer>();
  #ticks = 0;

  constructor() {
    this.engine = new MediaEngine({
      options: { address: '127.0.0.1', firstPort: 2, lastPort: 3, directory: '/nowhere' },
      sounds: new SoundLibrary({
        directory: '/nowhere',
        musicDirectory: '/nowhere',
        position: () => this.engine.frames,
      }),
      report: (report) => this.reports.push(report),
      now: () => this.#ticks * 20,
      wallClock: () => 0,
      openTransport: async () => this.#transport(),
    });
  }

  #opening: { leg: string; hz: number } = { leg: '', hz: 0 };

  #transport() {
    const { leg, hz } = this.#opening;
    const heard: Int16Array[] = [];
    const decoder = decoderOf('PCMU');
    const peer = { hz, heard, receive: (_datagram: Buffer) => undefined };
    this.#peers.set(leg, peer);
    return {
      port: 2,
      listen: (receive: (datagram: Buffer, address: string, port: number) => void) =>
        void (peer.receive = (datagram) => void receive(datagram, '192.0.2.1', 4_000)),
      listenControl: () => undefined,
      send: (packet: Buffer) => {
        const sound = new Int16Array(packet.length - 12);
        decoder.decode(packet.subarray(12), sound);
        heard.push(sound);
      },
      sendControl: () => undefined,
      close: () => undefined,
    };
  }

  async phone(leg: string, hz: number): Promise<void> {
    this.#opening = { leg, hz };
    await this.engine.openLeg({ leg });
    const parameters: MediaParameters = {
      address: '192.0.2.1',
      port: 4_000,
      codec: 'PCMU',
      ptime: 20,
      direction: 'sendrecv',
    };
    this.engine.obey({ order: 'connect', leg, parameters });
  }

  /** Lets time pass. */
  run(ticks = 30): void {
    const encoder = encoderOf('PCMU');
    for (const peer of this.#peers.values()) peer.heard.length = 0;
    for (let n = 0; n < ticks; n++) {
      for (const peer of this.#peers.values()) {
        const packet = Buffer.alloc(12 + FRAME_SAMPLES);
        const timestamp = this.#ticks * FRAME_SAMPLES;
        const header = {
          marker: false,
          payloadType: 0,
          sequence: this.#ticks & 0xffff,
          timestamp,
          ssrc: peer.hz,
        };
        writeRtpHeader(packet, header);
        encoder.encode(sine(peer.hz, FRAME_SAMPLES, 6_000, timestamp), packet, 12);
        peer.receive(packet);
      }
      this.engine.tick(++this.#ticks * 20);
    }
  }

  /** Tones a phone heard in the newest 200 ms. */
  hears(leg: string): number[] {
    const frames = this.#peers.get(leg)!.heard.slice(-10);
    const sound = Int16Array.from(frames.flatMap((frame) => [...frame]));
    return [400, 700, 1_100, 1_500].filter((hz) => toneAmplitude(sound, hz) > 1_000);
  }

  packets(leg: string): number {
    return this.#peers.get(leg)!.heard.length;
  }
}

const both = { read: true, write: true };

const pair = async (): Promise<Floor> => {
  const floor = new Floor();
  await floor.phone('A', 400);
  await floor.phone('B', 700);
  await floor.phone('S', 1_100);
  floor.engine.obey({ order: 'join', room: 'A', legs: ['A', 'B'] });
  return floor;
};

describe('two legs in a room and one beside it', () => {
  test('the two hear each other, the third gets no packet', async () => {
    const floor = await pair();
    floor.run();
    expect([floor.hears('A'), floor.hears('B'), floor.packets('S')]).toEqual([[700], [400], 0]);
  });

  test.each([
    [{ target: false, other: false }, [700], [400]],
    [{ target: true, other: false }, [700, 1_100], [400]],
    [{ target: false, other: true }, [700], [400, 1_100]],
    [{ target: true, other: true }, [700, 1_100], [400, 1_100]],
  ])('who listens is heard as %j says, and never hears herself', async (mode, first, second) => {
    const floor = await pair();
    floor.engine.obey({ order: 'eavesdrop', leg: 'S', target: 'A', mode, hears: both });
    floor.run();
    expect([floor.hears('A'), floor.hears('B'), floor.hears('S')]).toEqual([first, second, [400, 700]]);
    floor.engine.obey({ order: 'stopEavesdrop', leg: 'S' });
    floor.run();
    expect([floor.hears('A'), floor.hears('B'), floor.packets('S')]).toEqual([[700], [400], 0]);
  });

  test('a supervisor who is muted is not heard, in whatever order the legs came', async () => {
    const floor = await pair();
    const mode = { target: true, other: true };
    floor.engine.obey({ order: 'eavesdrop', leg: 'S', target: 'A', mode, hears: both });
    floor.engine.obey({ order: 'volume', leg: 'S', read: 0, write: 1 });
    floor.run();
    expect([floor.hears('A'), floor.hears('B')]).toEqual([[700], [400]]);
  });

  test('who listens from within a bridge is not heard there meanwhile', async () => {
    const floor = await pair();
    await floor.phone('T', 1_500);
    floor.engine.obey({ order: 'join', room: 'S', legs: ['S', 'T'] });
    const mode = { target: true, other: false };
    floor.engine.obey({ order: 'eavesdrop', leg: 'S', target: 'A', mode, hears: both });
    floor.run();
    expect([floor.hears('T'), floor.hears('A'), floor.hears('S')]).toEqual([[], [700, 1_100], [400, 700]]);
    floor.engine.obey({ order: 'stopEavesdrop', leg: 'S' });
    floor.run();
    expect([floor.hears('T'), floor.hears('A')]).toEqual([[1_100], [700]]);
  });

  test('two who listen to each other hear each other, and nothing hangs', async () => {
    const floor = await pair();
    const mode = { target: false, other: false };
    floor.engine.obey({ order: 'leave', leg: 'B' });
    floor.engine.obey({ order: 'eavesdrop', leg: 'S', target: 'B', mode, hears: both });
    floor.engine.obey({ order: 'eavesdrop', leg: 'B', target: 'S', mode, hears: both });
    floor.run();
    expect(floor.hears('S')).toContain(700);
    expect(floor.hears('B')).toContain(1_100);
  });

  test('the order of bugs decides: a mute after an eavesdrop hides nothing from her, one before does', async () => {
    for (const muteFirst of [true, false]) {
      const floor = await pair();
      const mute = (): void => floor.engine.obey({ order: 'volume', leg: 'A', read: 1, write: 0 });
      if (muteFirst) mute();
      const mode = { target: false, other: false };
      floor.engine.obey({ order: 'eavesdrop', leg: 'S', target: 'A', mode, hears: both });
      if (!muteFirst) mute();
      floor.run();
      expect(floor.hears('A')).toEqual([]);
      expect(floor.hears('S')).toEqual(muteFirst ? [400] : [400, 700]);
    }
  });

  test('a held leg says nothing, hears nothing and gets no packet', async () => {
    const floor = await pair();
    floor.engine.obey({ order: 'hold', leg: 'A', held: true });
    floor.run();
    expect([floor.packets('A'), floor.hears('B')]).toEqual([0, []]);
    floor.engine.obey({ order: 'hold', leg: 'A', held: false });
    floor.run();
    expect([floor.hears('A'), floor.hears('B')]).toEqual([[700], [400]]);
  });

  test('a displaced sound ends by its limit and says so, though nobody hears it', async () => {
    const floor = await pair();
    const path = 'tone_stream://%(100000,0,1500)';
    await floor.engine.displace({ leg: 'A', path, side: 'write', mix: true, loop: false, limitMs: 1_000 });
    floor.run(40);
    expect(floor.hears('A')).toEqual([700, 1_500]);
    floor.engine.obey({ order: 'leave', leg: 'A' });
    floor.run(20);
    expect(floor.reports).toContainEqual({ report: 'displaceEnded', leg: 'A', path });
  });

  test('closing the watched leg frees the listener', async () => {
    const floor = await pair();
    const mode = { target: true, other: true };
    floor.engine.obey({ order: 'eavesdrop', leg: 'S', target: 'A', mode, hears: both });
    floor.run();
    await floor.engine.closeLeg({ leg: 'A' });
    floor.run();
    expect(floor.packets('S')).toBe(0);
  });
});

describe('a conference', () => {
  const conference = async (): Promise<Floor> => {
    const floor = await pair();
    for (const leg of ['A', 'B', 'S'])
      floor.engine.obey({ order: 'admit', leg, room: 'c', rights: { ...FULL_RIGHTS, talkLevel: 100 } });
    return floor;
  };

  test('everybody hears the others; who talks is told once', async () => {
    const floor = await conference();
    floor.run();
    expect(['A', 'B', 'S'].map((leg) => floor.hears(leg))).toEqual([
      [700, 1_100],
      [400, 1_100],
      [400, 700],
    ]);
    const talking = floor.reports.filter(({ report }) => report === 'talking');
    expect(talking).toHaveLength(3);
  });

  test('rights change what is said and heard; unheard is one way', async () => {
    const floor = await conference();
    floor.engine.obey({ order: 'admit', leg: 'S', room: 'c', rights: { ...FULL_RIGHTS, hears: false } });
    floor.engine.obey({ order: 'relate', room: 'c', speaker: 'S', listener: 'B', heard: false });
    floor.run();
    expect(['A', 'B', 'S'].map((leg) => floor.hears(leg))).toEqual([[700, 1_100], [400], []]);
    floor.engine.obey({ order: 'admit', leg: 'A', room: 'c', rights: { ...FULL_RIGHTS, speaks: false } });
    floor.run();
    expect(floor.hears('B')).toEqual([]);
  });

  test('a room ends with its last member, and what plays in it ends with it', async () => {
    const floor = await conference();
    await floor.engine.playRoom({
      ...{ room: 'c', play: 'p1', path: 'tone_stream://%(100000,0,1500)', together: false },
    });
    floor.run();
    expect(floor.hears('A')).toEqual([700, 1_100, 1_500]);
    for (const leg of ['A', 'B', 'S']) floor.engine.obey({ order: 'leave', leg });
    expect(floor.reports.filter(({ report }) => report === 'playEnded')).toHaveLength(1);
    await expect(
      floor.engine.playRoom({ room: 'c', play: 'p2', path: 'silence_stream://10', together: false }),
    ).rejects.toThrow('c');
  });
});
