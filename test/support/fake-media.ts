// A media switch in memory that behaves, and misbehaves, as the real one does: it accepts commands and tells later what came of
// them, rings phones that answer, refuse or say nothing, kills what is bridged before it is answered, parks the survivor of a
// bridge; on request it loses, delays and doubles signals, refuses commands, or dies.

import type { MediaEffect, MonitorMode } from '../../app/domain/floor/effects.ts';
import type { LegEnding } from '../../app/domain/ending.ts';
import type { LiveLeg } from '../../app/domain/floor/inputs.ts';
import { legId, type LegId, type SessionId } from '../../app/domain/ids.ts';
import type { Clock } from '../../app/ports/clock.ts';
import { MediaError, type Media, type MediaSignal } from '../../app/ports/media.ts';
import { fresh, type Channel, type InboundCall, type PhoneHabit } from './fake-channel.ts';

export type { Channel, InboundCall, PhoneHabit } from './fake-channel.ts';

/** Delays in milliseconds at which a signal is delivered: none = lost, two = doubled. */
export type Weather = (signal: MediaSignal) => readonly number[];

export interface FakeMedia extends Media {
  readonly channels: ReadonlyMap<LegId, Channel>;
  readonly performed: readonly MediaEffect[];
  phone(address: string, habit: PhoneHabit): void;
  /** An INVITE from outside is parked. */
  call(inbound: InboundCall): LegId;
  /** Early sound of a phone that rings (183). */
  earlyMedia(address: string): void;
  /** Somebody presses a key. */
  press(leg: LegId, digit: string): void;
  /** A sound that is being played is over. */
  soundEnds(leg: LegId, how?: 'done' | 'failed'): void;
  /** The agent's phone goes off-hook. */
  answers(address: string): void;
  /** The far party of this leg ends it. */
  ends(leg: LegId, ending?: LegEnding): void;
  legAt(address: string): LegId | undefined;
  setWeather(weather: Weather): void;
  /** The next effect of this kind is refused. */
  failNext(kind: MediaEffect['kind'], reason: MediaError['reason']): void;
  /** The switch crashes: every channel is gone. */
  die(): void;
  comeBack(): void;
  emit(signal: MediaSignal): void;
}

const fair: Weather = () => [0];

const reactionMs = 2;

/** A recording that is begun again gets a number. */
const fileOf = ({ legId: leg, recordings }: Channel): string =>
  recordings > 1 ? `${leg}_${recordings}.wav` : `${leg}.wav`;

export function createFakeMedia(clock: Clock): FakeMedia {
  const channels = new Map<LegId, Channel>();
  const performed: MediaEffect[] = [];
  const habits = new Map<string, PhoneHabit>();
  const failures: { kind: MediaEffect['kind']; reason: MediaError['reason'] }[] = [];
  const listeners = new Set<(signal: MediaSignal) => void>();
  let weather = fair;
  let up = true;
  let upSince = clock.now();

  const later = (action: () => void, ms = reactionMs): void => void clock.wakeAt(clock.now() + ms, action);

  function deliver(signal: MediaSignal): void {
    for (const listener of [...listeners]) listener(signal);
  }

  function emit(signal: MediaSignal): void {
    for (const delay of weather(signal)) {
      if (delay === 0) deliver(signal);
      else later(() => deliver(signal), delay);
    }
  }

  function unbridge(channel: Channel): void {
    const other = channel.bridgedTo && channels.get(channel.bridgedTo);
    channel.bridgedTo = undefined;
    if (!other) return;
    other.bridgedTo = undefined;
    emit({ kind: 'legs.unbridged', a: channel.legId, b: other.legId });
  }

  function leaveRoom(channel: Channel): void {
    const { room, legId: leg } = channel;
    if (room === undefined) return;
    channel.room = undefined;
    emit({ kind: 'conference.left', legId: leg, room });
  }

  /** Out of whatever it is in: a bridge, a conference, somebody else's conversation. */
  function takeOut(channel: Channel): void {
    unbridge(channel);
    leaveRoom(channel);
    channel.tap = undefined;
    channel.music = false;
    channel.ringback = false;
  }

  function confer(legs: readonly Channel[], room: SessionId): void {
    for (const leg of legs) {
      if (leg.room === room || !channels.has(leg.legId)) continue;
      takeOut(leg);
      leg.room = room;
      emit({ kind: 'conference.joined', legId: leg.legId, room });
    }
  }

  function stopSound(channel: Channel, playId: string, how: 'done' | 'stopped' | 'failed'): void {
    const playing = channel.playing.filter((other) => other.playId !== playId);
    if (playing.length === channel.playing.length) return;
    channel.playing = playing;
    emit({ kind: 'sound.ended', legId: channel.legId, playId, how });
  }

  function end(leg: LegId, ending: LegEnding): void {
    const channel = channels.get(leg);
    if (!channel) return;
    stopRecording(channel);
    channels.delete(leg);
    unbridge(channel);
    leaveRoom(channel);
    for (const other of channels.values()) if (other.tap?.on === leg) other.tap = undefined;
    emit({ kind: 'leg.ended', legId: leg, ending });
  }

  function stopRecording(channel: Channel): void {
    if (channel.recording === false) return;
    channel.recording = false;
    const durationMs = Math.max(1, clock.now() - channel.recordingSince);
    emit({ kind: 'recording.stopped', legId: channel.legId, file: fileOf(channel), durationMs });
  }

  function answer(channel: Channel): void {
    if (channel.state === 'answered' || !channels.has(channel.legId)) return;
    channel.state = 'answered';
    emit({ kind: 'leg.answered', legId: channel.legId });
  }

  const habitOf = ({ address }: Channel): PhoneHabit => habits.get(address ?? '') ?? 'unreachable';

  function ring(channel: Channel, autoAnswer: boolean): void {
    const habit = habitOf(channel);
    const refusals = {
      decline: 'declined',
      busy: 'busy',
      unreachable: 'unreachable',
      fail: 'failed',
    } as const;
    if (habit === 'silent') return;
    if (habit in refusals) {
      later(() => end(channel.legId, refusals[habit as keyof typeof refusals]));
      return;
    }
    later(() => channels.has(channel.legId) && emit({ kind: 'leg.ringing', legId: channel.legId }));
    if (habit === 'answer' || (habit === 'byHeader' && autoAnswer))
      later(() => answer(channel), reactionMs * 2);
  }

  function bridge(a: Channel, b: Channel): void {
    const bears = (leg: Channel) => leg.state === 'answered' || leg.early;
    if (!bears(a) || !bears(b)) {
      // FreeSWITCH accepts it and kills both (freeswitch-esl, uuid_bridge).
      end(a.legId, 'failed');
      end(b.legId, 'failed');
      return;
    }
    for (const leg of [a, b]) takeOut(leg);
    a.bridgedTo = b.legId;
    b.bridgedTo = a.legId;
    emit({ kind: 'legs.bridged', a: a.legId, b: b.legId });
  }

  function channel(leg: LegId): Channel {
    const found = channels.get(leg);
    if (!found) throw new MediaError('no_such_leg', `no channel ${leg}`);
    return found;
  }

  function begin(effect: MediaEffect): void {
    switch (effect.kind) {
      case 'leg.dial': {
        const dialled: Channel = {
          legId: effect.legId,
          createdAt: clock.now(),
          state: 'ringing',
          ...fresh(),
          labels: effect.labels,
          address: effect.to.kind === 'device' ? effect.to.device.address : effect.to.number,
          inbound: undefined,
        };
        channels.set(effect.legId, dialled);
        ring(dialled, effect.autoAnswer === true);
        return;
      }
      case 'legs.bridge': {
        const [a, b] = [channel(effect.a), channel(effect.b)];
        later(() => channels.has(a.legId) && channels.has(b.legId) && bridge(a, b));
        return;
      }
      case 'legs.park': {
        const a = channel(effect.a);
        channel(effect.b);
        later(() => unbridge(a));
        return;
      }
      case 'legs.conference': {
        const legs = effect.legs.map(channel);
        later(() => confer(legs, effect.room));
        return;
      }
      default:
        onLeg(effect, channel(effect.legId));
    }
  }

  type OneLeg = Exclude<MediaEffect, { kind: 'leg.dial' | 'legs.bridge' | 'legs.park' | 'legs.conference' }>;

  // eslint-disable-next-line complexity -- one exhaustive switch over a closed union
  function onLeg(effect: OneLeg, on: Channel): void {
    switch (effect.kind) {
      case 'leg.answer':
        later(() => answer(on));
        return;
      case 'leg.autoAnswer':
        if (habitOf(on) === 'ring') later(() => answer(on), reactionMs * 2);
        return;
      case 'leg.hangUp':
        later(() => end(on.legId, 'released'));
        return;
      case 'leg.label':
        on.labels = effect.labels;
        return;
      case 'music.start':
        later(() => {
          on.music = on.bridgedTo === undefined && on.room === undefined;
          if (on.music) on.ringback = false;
        });
        return;
      case 'music.stop':
        on.music = false;
        return;
      case 'recording.start':
        on.recording = true;
        on.recordings += 1;
        on.recordingSince = clock.now();
        emit({ kind: 'recording.started', legId: on.legId, file: fileOf(on) });
        return;
      case 'recording.stop':
        stopRecording(on);
        return;
      case 'ringback.start':
        later(() => {
          on.ringback = on.bridgedTo === undefined && on.room === undefined;
          if (on.ringback) on.music = false;
        });
        return;
      case 'ringback.stop':
        later(() => {
          on.ringback = false;
        });
        return;
      case 'leg.parkAlone':
        later(() => takeOut(on));
        return;
      case 'leg.mute':
        on.muted = effect.muted;
        return;
      case 'leg.sendDigits':
        on.digits += effect.digits;
        return;
      case 'sound.play':
        on.playing = [...on.playing, effect];
        return;
      case 'sound.stop':
        later(() => stopSound(on, effect.playId, 'stopped'));
        return;
      case 'recording.pause':
      case 'recording.resume':
        if (on.recording !== false) on.recording = effect.kind === 'recording.pause' ? 'paused' : true;
        return;
      case 'eavesdrop.start':
        channel(effect.on);
        later(() => tapInto(on, effect.on, effect.mode));
        return;
      case 'eavesdrop.mode':
        if (on.tap) on.tap = { ...on.tap, mode: effect.mode };
        return;
      case 'leg.ring':
        return;
    }
  }

  function tapInto(supervisor: Channel, on: LegId, mode: MonitorMode): void {
    if (!channels.has(supervisor.legId) || !channels.has(on)) return;
    supervisor.tap = { on, mode };
    emit({ kind: 'eavesdrop.started', legId: supervisor.legId, on });
  }

  function liveLeg(of: Channel): LiveLeg {
    const { inbound } = of;
    return {
      legId: of.legId,
      ...of.labels,
      state: of.state,
      createdAt: of.createdAt,
      ...(of.bridgedTo && { bridgedTo: of.bridgedTo }),
      ...(of.room && { room: of.room }),
      ...(of.tap && { listensTo: of.tap.on }),
      ...(inbound && { arrival: inbound }),
    };
  }

  const legAt = (address: string): LegId | undefined =>
    [...channels.values()].findLast((leg) => leg.address === address)?.legId;

  return {
    channels,
    performed,
    async perform(effect) {
      performed.push(effect);
      if (!up) throw new MediaError('disconnected', 'the switch is gone');
      const failing = failures.findIndex(({ kind }) => kind === effect.kind);
      const [failure] = failing < 0 ? [] : failures.splice(failing, 1);
      if (failure) throw new MediaError(failure.reason, `told to fail ${effect.kind}`);
      begin(effect);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async liveLegs() {
      if (!up) throw new MediaError('disconnected', 'the switch is gone');
      return [...channels.values()].map(liveLeg);
    },
    health: () => ({ up, since: upSince, detail: up ? 'ok' : 'gone' }),
    async close() {
      listeners.clear();
    },
    phone: (address, habit) => void habits.set(address, habit),
    call(inbound) {
      const leg = legId(`in-${clock.newId()}`);
      channels.set(leg, {
        legId: leg,
        createdAt: clock.now(),
        state: 'ringing',
        ...fresh(),
        labels: { role: 'unknown' },
        address: undefined,
        inbound,
      });
      emit({ kind: 'leg.arrived', legId: leg, ...inbound });
      return leg;
    },
    answers(address) {
      const leg = legAt(address);
      if (leg) answer(channel(leg));
    },
    earlyMedia(address) {
      const leg = legAt(address);
      if (!leg) return;
      channel(leg).early = true;
      emit({ kind: 'leg.earlyMedia', legId: leg });
    },
    press: (leg, digit) => emit({ kind: 'leg.digit', legId: leg, digit }),
    soundEnds(leg, how = 'done') {
      const playing = channels.get(leg)?.playing.at(-1);
      if (playing) stopSound(channel(leg), playing.playId, how);
    },
    ends: (leg, ending = 'hung_up') => end(leg, ending),
    legAt,
    setWeather(next) {
      weather = next;
    },
    failNext: (kind, reason) => void failures.push({ kind, reason }),
    die() {
      up = false;
      upSince = clock.now();
      channels.clear();
      deliver({ kind: 'switch.lost' });
    },
    comeBack() {
      up = true;
      upSince = clock.now();
      deliver({ kind: 'switch.back' });
    },
    emit,
  };
}
