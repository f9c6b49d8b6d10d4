// originate: an outbound channel from dial string to its plan, and the one line that says how it went.
//
//   dial string ─> CHANNEL_OUTGOING … ─> INVITE ─┬─ answered (or early media, unless ignored) ─> "+OK uuid", plan runs
//                                                └─ refused, timed out, killed ──────────────> "-ERR CAUSE"

import { randomUUID } from 'node:crypto';
import { CODECS, isCodecName, type CodecName } from '../audio/codec.ts';
import { MediaSession } from '../sdp/negotiation.ts';
import type { Cause } from './causes.ts';
import { Channel, type Signalling } from './channel.ts';
import { DialStringError, parseDialString, type DialRequest } from './dial-string.ts';
import type { Exchange } from './exchange.ts';
import { hangUp } from './hangup.ts';
import { admitOutbound } from './life.ts';
import { runPlan } from './run-plan.ts';

/** How an outbound INVITE is sent; the SIP user agent gives this. */
export interface OutboundCall {
  readonly channel: Channel;
  /** `user@host:port;params` without scheme. */
  readonly destination: string;
  /** First hop as a SIP URI. */
  readonly path?: string;
  readonly callerName: string;
  readonly callerNumber: string;
  /** Extra headers, names as given behind sip_h_. */
  readonly headers: ReadonlyMap<string, string>;
  readonly sdp: string;
}

/** Sends an INVITE. @returns the channel's signalling, or the cause why none could be sent */
export type Dial = (call: OutboundCall) => Signalling | Cause;

const DEFAULT_TIMEOUT_S = 60;

/** Where RTP is received: shown in descriptions. */
export interface OriginateSurroundings {
  readonly exchange: Exchange;
  readonly dial: Dial;
  readonly mediaAddress: string;
}

const codecsOf = (text: string | undefined): readonly CodecName[] => {
  if (text === undefined) return CODECS;
  const wanted = text.split(',').map((codec) => codec.split('@')[0]!.trim().toUpperCase());
  return wanted.filter(isCodecName);
};

/** Runs an originate to its end. @param line what stands behind `originate` @returns the answer, newline included */
export async function originate(around: OriginateSurroundings, line: string): Promise<string> {
  let request: DialRequest;
  try {
    request = parseDialString(line);
    return await place(around, request);
  } catch (error) {
    if (error instanceof DialStringError) return error.answer;
    throw error;
  }
}

async function place(around: OriginateSurroundings, request: DialRequest): Promise<string> {
  const { exchange } = around;
  if (request.profile !== exchange.profile) throw DialStringError.cause('INVALID_PROFILE');
  if (request.destination === '') throw DialStringError.cause('USER_NOT_REGISTERED');
  const codecs = codecsOf(request.variables.get('absolute_codec_string'));
  if (codecs.length === 0) throw DialStringError.cause('INCOMPATIBLE_DESTINATION');
  const uuid = request.variables.get('origination_uuid') ?? randomUUID();
  if (exchange.full || exchange.channels.has(uuid)) throw DialStringError.cause('DESTINATION_OUT_OF_ORDER');
  const channel = makeChannel(exchange, request, uuid);
  admitOutbound(exchange, channel);
  const outcome = waitForOutcome(exchange, channel, request);
  void startDialling(around, request, channel, codecs);
  return outcome;
}

function makeChannel(exchange: Exchange, request: DialRequest, uuid: string): Channel {
  const { variables, destination } = request;
  const user = /^(?:sips?:)?([^@;]*)/.exec(destination)?.[1] ?? destination;
  const number = variables.get('origination_caller_id_number') ?? '0000000000';
  const name = variables.get('origination_caller_id_name') ?? '';
  const caller = {
    username: '',
    idName: name,
    idNumber: number,
    origIdName: name,
    origIdNumber: number,
    ani: number,
    networkAddress: '',
    destination: user,
    calleeName: '',
    calleeNumber: '',
  };
  const channel = new Channel(
    {
      uuid,
      direction: 'outbound',
      name: `sofia/${request.profile}/${destination}`,
      caller,
      now: exchange.clock.now(),
    },
    exchange.bus,
  );
  channel.set('is_outbound', 'true');
  channel.set('sip_profile_name', request.profile);
  channel.set('sip_destination_url', `sip:${destination}`);
  for (const [key, value] of variables) channel.set(key, value);
  channel.set('origination_uuid', uuid);
  return channel;
}

/** Resolves when the far end decided, the time is up, or somebody ended the channel. */
function waitForOutcome(exchange: Exchange, channel: Channel, request: DialRequest): Promise<string> {
  const seconds = Number(request.variables.get('originate_timeout') ?? request.variables.get('call_timeout'));
  const timeoutMs = (Number.isFinite(seconds) && seconds > 0 ? seconds : DEFAULT_TIMEOUT_S) * 1_000;
  return new Promise((resolve) => {
    const waiters = exchange.waiters.get(channel)!;
    const cancelTimer = exchange.clock.after(timeoutMs, () => hangUp(exchange, channel, 'NO_ANSWER'));
    let settled = false;
    const settle = (answer: string): boolean => {
      if (settled) return false;
      settled = true;
      cancelTimer();
      resolve(answer);
      return true;
    };
    const succeed = (): void => {
      if (!channel.alive || !settle(`+OK ${channel.uuid}\n`)) return;
      flipCallerId(channel);
      channel.raise('CALL_UPDATE', { extra: [['Direction', 'RECV']] });
      exchange.clock.soon(() => {
        if (channel.alive && !channel.bridging && !channel.bridge) runPlan(exchange, channel, request.plan);
      });
    };
    waiters.onAnswer = succeed;
    if (!/^(true|yes|1|consume|ring_ready)$/i.test(request.variables.get('ignore_early_media') ?? ''))
      waiters.onEarlyMedia = succeed;
    waiters.onReported = () => void settle(`-ERR ${channel.hangupCause ?? 'NORMAL_UNSPECIFIED'}\n`);
  });
}

/** Once an originated leg is up, it is shown as a caller itself; the given caller id moves to the callee's place. */
function flipCallerId(channel: Channel): void {
  const { caller } = channel;
  caller.calleeName = caller.idName;
  caller.calleeNumber = caller.idNumber;
  caller.idName = 'Outbound Call';
  caller.idNumber = caller.destination;
  channel.set('channel_cid_flipped', 'true');
}

async function startDialling(
  around: OriginateSurroundings,
  request: DialRequest,
  channel: Channel,
  codecs: readonly CodecName[],
): Promise<void> {
  const { exchange, dial, mediaAddress } = around;
  let port: number;
  try {
    ({ port } = await exchange.media.call('openLeg', { leg: channel.uuid }));
  } catch (error) {
    exchange.log(`${channel.uuid}: no media: ${error instanceof Error ? error.message : String(error)}`);
    hangUp(exchange, channel, 'DESTINATION_OUT_OF_ORDER');
    return;
  }
  if (!channel.alive) {
    // Killed while the port was opened; the hang-up had no leg to close yet.
    await exchange.media.call('closeLeg', { leg: channel.uuid }).catch(() => undefined);
    return;
  }
  const session = new MediaSession(
    { address: mediaAddress, port },
    codecs,
    Math.floor(channel.times.created / 1_000_000),
  );
  channel.session = session;
  channel.set('local_media_ip', mediaAddress);
  channel.set('local_media_port', port);
  const headers = new Map<string, string>();
  for (const [key, value] of request.variables)
    if (key.startsWith('sip_h_')) headers.set(key.slice(6), value);
  const signalling = dial({
    channel,
    destination: request.destination,
    ...(request.path !== undefined && { path: request.path }),
    callerName: request.variables.get('origination_caller_id_name') ?? '',
    callerNumber: request.variables.get('origination_caller_id_number') ?? '0000000000',
    headers,
    sdp: session.offer(),
  });
  if (typeof signalling === 'string') hangUp(exchange, channel, signalling);
  else channel.signalling = signalling;
}
