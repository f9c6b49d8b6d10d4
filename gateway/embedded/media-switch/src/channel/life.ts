// A channel's way into a call: made, rung, answered. The order of events on each path is FreeSWITCH's.

import type { MediaSession } from '../sdp/negotiation.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { park } from './park.ts';

/** Brings a new inbound channel into park: the dialplan of this switch. */
export function admitInbound(exchange: Exchange, channel: Channel): void {
  exchange.add(channel);
  channel.enter('CS_NEW');
  channel.enter('CS_INIT');
  channel.raise('CHANNEL_CREATE');
  channel.state = 'CS_ROUTING';
  channel.enterCallState('RINGING');
  channel.enter('CS_ROUTING');
  channel.enter('CS_EXECUTE');
  for (const [name, value] of exchange.inboundVariables) channel.set(name, value);
  park(exchange, channel, 'CS_EXECUTE');
}

/** Announces a new outbound channel, before its INVITE goes out. */
export function admitOutbound(exchange: Exchange, channel: Channel): void {
  exchange.add(channel);
  channel.state = 'CS_NONE';
  channel.raise('CHANNEL_OUTGOING', { variables: false });
  channel.enter('CS_INIT');
  channel.raise('CHANNEL_CREATE');
  channel.raise('CHANNEL_ORIGINATE');
  channel.enter('CS_ROUTING');
  channel.enter('CS_CONSUME_MEDIA');
}

/** Tells the media thread what was agreed on. */
export function connectMedia(exchange: Exchange, channel: Channel, session: MediaSession): void {
  const negotiated = session.negotiated;
  if (!negotiated) return;
  const { parameters } = negotiated;
  exchange.media.order({ order: 'connect', leg: channel.uuid, parameters });
  const timeout = Number(channel.variables.get('media_timeout') ?? 0);
  if (timeout > 0) exchange.media.order({ order: 'timeout', leg: channel.uuid, ms: timeout });
  channel.set('read_codec', parameters.codec);
  channel.set('write_codec', parameters.codec);
  const rate = parameters.codec === 'G722' ? 16_000 : 8_000;
  channel.set('read_rate', rate);
  channel.set('write_rate', rate);
  channel.set('rtp_use_codec_name', parameters.codec);
  channel.set('rtp_use_codec_ptime', parameters.ptime);
  channel.set('remote_media_ip', parameters.address);
  channel.set('remote_media_port', parameters.port);
  channel.set('rtp_local_sdp_str', session.local);
  channel.set('dtmf_type', parameters.dtmfPayloadType === undefined ? 'none' : 'rfc2833');
}

/** The channel now rings (180 sent or received). */
export function noteProgress(exchange: Exchange, channel: Channel): void {
  if (channel.times.progress > 0 || channel.answered) return;
  channel.times.progress = exchange.clock.now();
  channel.raise('CHANNEL_PROGRESS');
  channel.enterCallState('RINGING');
}

/** The channel now has early media (183 sent or received). */
export function noteEarlyMedia(exchange: Exchange, channel: Channel): void {
  if (channel.times.progressMedia > 0 || channel.answered) return;
  channel.times.progressMedia = exchange.clock.now();
  channel.answerState = 'early';
  channel.raise('CHANNEL_PROGRESS_MEDIA');
  channel.enterCallState('EARLY');
  exchange.waiters.get(channel)?.onEarlyMedia?.();
}

/** The channel is answered (200 sent or received). */
export function noteAnswer(exchange: Exchange, channel: Channel): void {
  if (channel.answered) return;
  channel.times.answered = exchange.clock.now();
  channel.answerState = 'answered';
  channel.set('endpoint_disposition', 'ANSWER');
  channel.raise('CHANNEL_ANSWER');
  channel.enterCallState('ACTIVE');
}

/** The local description of an unanswered inbound call: an answer to its offer, or an offer of ours when it had none. */
function describe(exchange: Exchange, channel: Channel, session: MediaSession): string {
  if (session.negotiated) return session.local;
  if (channel.remoteOffer === '') return session.local === '' ? session.offer() : session.local;
  const { sdp } = session.answer(channel.remoteOffer);
  connectMedia(exchange, channel, session);
  return sdp;
}

/** Answers an inbound call. Answering an answered one changes nothing, nor a call of ours: its far end answers that. */
export function answer(exchange: Exchange, channel: Channel): void {
  if (channel.answered || channel.direction === 'outbound' || !channel.session || !channel.signalling) return;
  channel.signalling.accept(describe(exchange, channel, channel.session));
  noteAnswer(exchange, channel);
}

/** 180 for an inbound call. */
export function ringReady(exchange: Exchange, channel: Channel): void {
  if (channel.answered || channel.times.progress > 0 || channel.direction === 'outbound') return;
  channel.signalling?.ring();
  noteProgress(exchange, channel);
}

/** 183 with sound for an inbound call. */
export function preAnswer(exchange: Exchange, channel: Channel): void {
  if (channel.hasMedia || channel.direction === 'outbound' || !channel.session) return;
  channel.signalling?.progress(describe(exchange, channel, channel.session));
  noteEarlyMedia(exchange, channel);
}
