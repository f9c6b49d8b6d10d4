// A channel's way out: CHANNEL_HANGUP at once, the rest in later turns, as FreeSWITCH's channel thread does it.
//
//   CHANNEL_HANGUP ─> [UNPARK, EXECUTE_COMPLETE] ─> CS_HANGUP ─> RECORD_STOP ─> HANGUP call state ─> CS_REPORTING
//                  ─> CHANNEL_HANGUP_COMPLETE ─> CHANNEL_DESTROY ─> CS_DESTROY

import { stopApplications } from './applications.ts';
import { q850, type Cause } from './causes.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { detachBugs } from './media-bugs.ts';
import { setMediaVariables } from './media-figures.ts';
import { unpark } from './park.ts';
import { finishRecordings } from './recording.ts';
import { setTimingVariables } from './timing.ts';

/** Nothing may keep a survivor of a bridge waiting longer for a dead leg's files, milliseconds. */
const MEDIA_CLOSE_WITHIN_MS = 1_000;

/** What a peer's ending said, for the variables of CHANNEL_HANGUP_COMPLETE. */
export interface PeerEnding {
  readonly disposition: 'recv_bye' | 'recv_cancel' | 'recv_refuse';
  /** SIP status the ending amounts to. */
  readonly status: number;
  readonly phrase?: string;
  /** The Reason header as received. */
  readonly reason?: string;
}

/**
 * Ends a channel. Its uuid is free from this moment; the remaining events follow in the next turn.
 * @param peer given when the far end hung up, absent when the switch does
 * @returns false when it had ended before
 */
export function hangUp(exchange: Exchange, channel: Channel, cause: Cause, peer?: PeerEnding): boolean {
  if (!channel.alive) return false;
  channel.hangupCause = cause;
  channel.answerState = 'hangup';
  channel.times.hungUp = exchange.clock.now();
  exchange.media.order({ order: 'leave', leg: channel.uuid });
  if (peer) setPeerVariables(channel, cause, peer);
  else {
    const disposition = channel.signalling?.end(cause);
    channel.set('sip_hangup_disposition', disposition);
    if (disposition === 'send_cancel') {
      channel.set('sip_invite_failure_status', 487);
      channel.set('sip_invite_failure_phrase', 'CANCEL');
    }
  }
  channel.raise('CHANNEL_HANGUP');
  exchange.clock.soon(() => void finish(exchange, channel));
  return true;
}

function setPeerVariables(channel: Channel, cause: Cause, peer: PeerEnding): void {
  const answered = peer.disposition === 'recv_bye';
  channel.set('sip_reason', peer.reason);
  channel.set('sip_term_status', peer.status);
  channel.set('sip_term_cause', peer.status === 487 ? 487 : q850(cause));
  channel.set('proto_specific_hangup_cause', `sip:${peer.status}`);
  // A challenge is no refusal to FreeSWITCH, although it has no credentials to answer it with.
  if (peer.status === 401 || peer.status === 407) return;
  channel.set('sip_hangup_disposition', peer.disposition);
  if (answered) return;
  channel.set('sip_invite_failure_status', peer.status);
  channel.set('sip_invite_failure_phrase', peer.phrase);
}

/** The rest of a hang-up: what FreeSWITCH's channel thread does on its way out. */
async function finish(exchange: Exchange, channel: Channel): Promise<void> {
  stopApplications(channel);
  // Listeners leave at once; what plays and records ends with the channel's own thread, in CS_HANGUP.
  detachBugs(channel, 'eavesdrop');
  unpark(channel);
  if (channel.bridge?.first === channel) channel.bridge.lose(channel);
  channel.enter('CS_HANGUP');
  await finishRecordings(exchange, channel);
  detachBugs(channel, 'displace', 'audio');
  await closeMedia(exchange, channel);
  channel.enterCallState('HANGUP');
  channel.enter('CS_REPORTING');
  setTimingVariables(channel);
  setCallVariables(channel);
  channel.set('hangup_cause', channel.hangupCause);
  channel.set('hangup_cause_q850', q850(channel.hangupCause ?? 'NONE'));
  channel.raise('CHANNEL_HANGUP_COMPLETE');
  channel.bridge?.lose(channel);
  exchange.waiters.get(channel)?.onReported?.();
  exchange.clock.soon(() => {
    channel.raise('CHANNEL_DESTROY');
    channel.enter('CS_DESTROY');
    exchange.remove(channel);
  });
}

/** What the call was, in the words of a call detail record. */
function setCallVariables(channel: Channel): void {
  const { caller } = channel;
  channel.set(
    'caller_id',
    caller.idName === '' ? caller.idNumber : `"${caller.idName}" <${caller.idNumber}>`,
  );
  channel.set('last_app', channel.variables.get('current_application'));
  channel.set('digits_dialed', channel.variables.get('digits_dialed') ?? 'none');
  if (channel.otherLeg)
    channel.set('last_bridge_role', channel.otherType === 'originatee' ? 'originator' : 'originatee');
}

async function closeMedia(exchange: Exchange, channel: Channel): Promise<void> {
  if (!channel.session) return;
  let cancel = (): void => undefined;
  const deadline = new Promise<undefined>((resolve) => {
    cancel = exchange.clock.after(MEDIA_CLOSE_WITHIN_MS, () => resolve(undefined));
  });
  // A media thread that died has nothing to count; its death is handled where it is noticed.
  const closed = exchange.media.call('closeLeg', { leg: channel.uuid }).catch(() => undefined);
  const counters = await Promise.race([closed, deadline]);
  cancel();
  if (counters) setMediaVariables(channel, counters);
}
