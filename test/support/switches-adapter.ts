// The adapter against a scripted far end on a real socket, under a virtual clock, with every signal and warning kept.

import { expect } from 'vitest';
import { legId, type LegId } from '../../app/domain/ids.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import { createFreeswitchMedia, type FreeswitchMedia } from '../../gateway/freeswitch/media.ts';
import { dialEffect, type Dial } from './dial-effect.ts';
import { EslPeer } from './switches-esl-peer.ts';
import { until } from './until.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export const leg = legId('11111111-2222-4333-8444-555555555555');
export const other = legId('99999999-2222-4333-8444-555555555555');
export const noChannel = '-ERR No such channel!\n';

type Headers = Readonly<Record<string, string>>;

export interface AdapterStage {
  readonly peer: EslPeer;
  readonly clock: VirtualClock;
  readonly media: FreeswitchMedia;
  readonly signals: MediaSignal[];
  readonly warnings: string[];
  /** What the edge was told of dialogs: the word, and the Call-IDs. */
  readonly dialogs: string[][];
  /** Answers beside the ordinary ones, by how the command begins. */
  readonly answers: Record<string, (command: string) => string | undefined>;
  kinds(): readonly MediaSignal['kind'][];
  sent(begins: string): number;
  /** What was asked for, without the adapter's own questions. */
  wishes(): readonly string[];
  seen(kind: MediaSignal['kind']): Promise<unknown>;
  /** Everything written so far has been read by both sides. */
  settled(): Promise<void>;
  dialEffect(id: LegId): Dial;
  dialled(id: LegId): Promise<void>;
  channel(id: LegId, more?: Headers): Headers;
  park(id: LegId, more?: Headers): void;
  callState(id: LegId, state: string): void;
  answer(id: LegId): void;
  hangUpComplete(id: LegId, cause?: string, more?: Headers): void;
  close(): Promise<void>;
}

const ignore = (): undefined => undefined;

export async function openAdapterStage(): Promise<AdapterStage> {
  const peer = await EslPeer.open();
  const answers: AdapterStage['answers'] = {
    'show channels': () => '{"row_count": 0}\n',
    uuid_exists: () => 'true',
    uptime: () => '1\n',
  };
  peer.api = (command) => {
    const begins = Object.keys(answers).find((beginning) => command.startsWith(beginning));
    return begins === undefined ? '+OK\n' : answers[begins]?.(command);
  };
  const clock = createVirtualClock();
  const dialOf = (id: LegId): Dial => dialEffect('1001', clock.now(), { legId: id });
  const [signals, warnings]: [MediaSignal[], string[]] = [[], []];
  const dialogs: string[][] = [];
  const media = createFreeswitchMedia({
    dialogs: {
      ended: (callId) => void dialogs.push(['ended', callId]),
      live: (_name, callIds) => void dialogs.push(['live', ...callIds]),
      lost: (_name, callIds) => void dialogs.push(['lost', ...callIds]),
    },
    url: peer.url,
    edge: '127.0.0.1:5060',
    recordingsDir: '/recordings',
    clock,
    log: { debug: ignore, info: ignore, error: ignore, warn: (_fields, text) => void warnings.push(text) },
  });
  media.subscribe((signal) => void signals.push(signal));
  await media.whenUp();
  const kinds = () => signals.map(({ kind }) => kind);
  const callState = (id: LegId, state: string) =>
    peer.event('CHANNEL_CALLSTATE', {
      'Unique-ID': id,
      'Call-Direction': 'outbound',
      'Channel-Call-State': state,
    });
  return {
    ...{ peer, clock, media, signals, warnings, dialogs, answers, kinds, channel, callState },
    sent: (begins) => peer.commands.filter((command) => command.startsWith(begins)).length,
    wishes: () =>
      peer.commands.filter((command) => !/^api (uuid_dump|uuid_exists|show|uptime|global)/.test(command)),
    seen: (kind) => until(kind, () => kinds().includes(kind)),
    settled: async () => void (await media.liveLegs()),
    dialEffect: dialOf,
    dialled: (id) => media.perform(dialOf(id)),
    park: (id, more = {}) => peer.event('CHANNEL_PARK', channel(id, more)),
    answer: (id) => callState(id, 'ACTIVE'),
    hangUpComplete: (id, cause = 'NORMAL_CLEARING', more = {}) =>
      peer.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': id, 'Hangup-Cause': cause, ...more }),
    async close() {
      await media.close();
      await until('every socket is closed', () => peer.open === 0);
      expect(clock.pending).toBe(0);
      await peer.close();
    },
  };
}

const channel = (id: LegId, more: Headers = {}): Headers => ({
  'Unique-ID': id,
  'Call-Direction': 'inbound',
  'Answer-State': 'answered',
  'Channel-State': 'CS_EXECUTE',
  'Channel-Call-State': 'ACTIVE',
  'variable_sip_h_X-Cordboard-Source': 'phone',
  ...more,
});
