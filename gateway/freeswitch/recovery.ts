// What the switch holds, asked of the switch: for the reconciler (liveLegs), and after every fresh connection (resync), when
// events may have been missed. What was missed is told by comparing each channel with what was known of it, and signalling
// the difference; what cannot be learnt any more (why a leg ended) is signalled as the likeliest thing.

import { z } from 'zod';
import { agentId, legId, offerId, sessionId, type LegId, type SessionId } from '../../app/domain/ids.ts';
import type { LegEnding } from '../../app/domain/ending.ts';
import type { LegLabels, LegRole } from '../../app/domain/floor/effects.ts';
import type { LiveLeg } from '../../app/domain/floor/inputs.ts';
import { parseJson } from '../../app/json.ts';
import { MediaError } from '../../app/ports/media.ts';
import * as commands from './commands.ts';
import { isAside } from './aside.ts';
import { doubtLeg, leaveRoom, part } from './ends.ts';
import { arrivalOfDump, channelDump, type Arrival, type ChannelDump } from './events.ts';
import { answered, arrive, bridged, detailsOf, entered, ringing } from './happenings.ts';
import type { Leg } from './legs.ts';
import * as listening from './listening.ts';
import { catchUpPlays } from './playing.ts';
import * as sound from './sound.ts';
import { begin, type Switchboard } from './switchboard.ts';

const channelRow = z.object({
  uuid: z.string(),
  callstate: z.string(),
});
/** No channels: `{"row_count": 0}` without the rows. */
const channelRows = z.object({ rows: z.array(channelRow).default([]) });
type ChannelRow = z.infer<typeof channelRow>;

/** Commands written ahead of their replies, so that a full switch is not asked for everything at once. */
const batch = 100;

/** How long the table behind `show channels` may lag behind the channels, ms. Seen: half a second. */
export const showLagMs = 1_500;

/** Looks: by then a report that was only late has come. */
const forgottenAfter = 2;

/**
 * Every channel there is. A caller met here for the first time is signalled as arrived: the report of her arrival was missed.
 * @throws MediaError
 */
export async function liveLegs(board: Switchboard): Promise<readonly LiveLeg[]> {
  const uuids = await liveUuids(board);
  forgetUnknown(board, new Set(uuids));
  const halfKnown = uuids.filter((id) => {
    const leg = board.legs.get(id);
    return leg?.labels === undefined || leg.callId === undefined;
  });
  const dumps = await dumpAll(board, halfKnown);
  for (const [id, dump] of dumps) noteDialog(board, id, dump);
  return uuids.flatMap((id) => {
    const dump = dumps.get(id);
    const leg = board.legs.get(id) ?? (dump && !board.legs.hasEnded(id) ? meet(board, id, dump) : undefined);
    return leg && !isAside(leg) ? [described(leg, dump)] : [];
  });
}

/**
 * The report of its end was lost. Nothing is signalled: whoever asked finds it missing from the answer, and knows better what that means.
 */
function forgetUnknown({ legs, log }: Switchboard, live: ReadonlySet<LegId>): void {
  for (const leg of legs.all()) {
    leg.unknownFor = live.has(leg.id) ? 0 : leg.unknownFor + 1;
    if (leg.unknownFor < forgottenAfter || !legs.end(leg.id)) continue;
    log.warn({ legId: leg.id }, 'a leg is gone and nobody told of its end');
  }
}

/** Compares table and switch, and signals the difference. @throws MediaError */
export async function resync(board: Switchboard): Promise<void> {
  // Legs that come up from here on tell of themselves.
  const before = board.legs.all();
  const dumps = await dumpAll(board, await liveUuids(board));
  for (const [id, dump] of dumps) catchUp(board, id, dump);
  for (const leg of before) {
    if (dumps.has(leg.id) || board.legs.get(leg.id) !== leg) continue;
    doubtLeg(board, leg, likeliestEnd(leg), 'ended while the event socket was away');
  }
  await catchUpPlays(board);
}

/** What `show channels` lists, and what of our own table it does not list yet but the switch knows. */
async function liveUuids(board: Switchboard): Promise<readonly LegId[]> {
  const listed = new Set((await channels(board)).map((row) => legId(row.uuid)));
  const unlisted = board.legs.all().filter((leg) => !listed.has(leg.id));
  const living = await inBatches(unlisted, async (leg) => {
    if (leg.jobPending) return [leg.id]; // Being made: its job will say what came of it.
    const reply = await board.api(commands.exists(leg.id));
    return reply.trim() === 'true' ? [leg.id] : [];
  });
  return [...listed, ...living];
}

async function channels(board: Switchboard): Promise<readonly ChannelRow[]> {
  const reply = await board.api(commands.showChannels);
  const parsed = channelRows.safeParse(parseJson(reply));
  if (!parsed.success)
    throw new MediaError('refused', `show channels: ${parsed.error.issues[0]?.message ?? 'no JSON'}`);
  return parsed.data.rows.filter((row) => row.callstate !== 'HANGUP');
}

async function dumpAll(board: Switchboard, uuids: readonly LegId[]): Promise<Map<LegId, ChannelDump>> {
  const found = await inBatches(uuids, async (uuid) => {
    const dump = channelDump.safeParse(parseJson(await board.api(commands.dump(uuid))));
    // `-ERR No such channel!`: it ended between the two questions.
    return dump.success ? [[uuid, dump.data] as const] : [];
  });
  return new Map(found);
}

async function inBatches<In, Out>(items: readonly In[], ask: (item: In) => Promise<Out[]>): Promise<Out[]> {
  const answers: Out[] = [];
  for (let from = 0; from < items.length; from += batch) {
    answers.push(...(await Promise.all(items.slice(from, from + batch).map(ask))).flat());
  }
  return answers;
}

function catchUp(board: Switchboard, id: LegId, dump: ChannelDump): void {
  if (board.legs.hasEnded(id)) {
    // Given up by us (a dial whose reply was lost) and alive after all.
    if (dump['Channel-Call-State'] !== 'HANGUP') begin(board, id, commands.kill(id, 'normal'));
    return;
  }
  const leg = board.legs.get(id) ?? meet(board, id, dump);
  if (!leg) return;
  noteDialog(board, id, dump);
  if (dump['Channel-Call-State'] === 'RINGING' || dump['Channel-Call-State'] === 'EARLY')
    ringing(board, id, leg.direction, dump['Channel-Call-State'] === 'EARLY');
  if (dump['Answer-State'] === 'answered') answered(board, id);
  catchUpPlace(board, leg, placeOf(dump));
}

/** The events that would have named it were missed. */
function noteDialog({ legs }: Switchboard, id: LegId, dump: ChannelDump): void {
  const leg = legs.get(id);
  if (leg) leg.callId ??= dump.variable_sip_call_id;
}

/** States before the dialplan has parked a leg: its CHANNEL_PARK is still to come and will speak for it. */
const unborn: ReadonlySet<string | undefined> = new Set(['CS_NEW', 'CS_INIT', 'CS_ROUTING']);

/** Takes a channel into the table that no event told of. */
function meet(board: Switchboard, id: LegId, dump: ChannelDump): Leg | undefined {
  const direction = dump['Call-Direction'];
  if (direction === 'inbound' && unborn.has(dump['Channel-State'])) return undefined;
  const labels = labelsOf(dump);
  const isAnswered = dump['Answer-State'] === 'answered';
  const { partner, room, listensTo } = placeOf(dump);
  const isFree = partner === undefined && room === undefined && listensTo === undefined;
  const leg = board.legs.add({
    id,
    direction,
    createdAt: createdAt(dump, board.clock.now()),
    stage: isAnswered ? 'answered' : 'ringing',
    parked: isFree && (isAnswered || direction === 'inbound'),
    // What an earlier owner may have left playing; the next music.stop or bridge ends it.
    playing: isAnswered && isFree ? 'music' : undefined,
    bridgedTo: partner,
    room,
    listening: listensTo === undefined ? undefined : { on: listensTo, mode: 'listen', heard: true },
    hasTalked: !isFree,
    ...leftOn(dump, board.clock.now()),
    labels,
    callId: dump.variable_sip_call_id,
    arrival: direction === 'inbound' ? arrivalOfDump(dump) : undefined,
  });
  if (labels === undefined && direction === 'inbound') arrive(board, leg, arrivalOfDump(dump));
  return leg;
}

/** What an earlier owner has left on the channel for us. */
function leftOn(dump: ChannelDump, now: number): Pick<Leg, 'muted' | 'recordings' | 'recording'> {
  const { variable_cordboard_recording: file } = dump;
  return {
    muted: dump.variable_cordboard_muted === 'true',
    recordings: file === undefined ? 0 : 1,
    recording: file === undefined ? undefined : { file, startedAt: createdAt(dump, now) },
  };
}

function catchUpPlace(board: Switchboard, leg: Leg, { partner, room, listensTo }: Place): void {
  if (partner !== undefined) return leg.bridgedTo === partner ? undefined : bridged(board, leg.id, partner);
  if (room !== undefined) return leg.room === room ? undefined : entered(board, leg.id, room);
  if (listensTo !== undefined) {
    leg.listening ??= { on: listensTo, mode: 'listen', heard: false };
    return listening.heard(board, leg);
  }
  if (leg.bridgedTo === undefined && leg.room === undefined && !leg.listening?.heard) return;
  part(board, leg);
  leaveRoom(board, leg);
  leg.listening = undefined;
  sound.parked(board, leg);
}

/** Where a leg that vanished unseen was in its life says how it most likely ended. */
function likeliestEnd(leg: Leg): LegEnding {
  if (leg.killedFor !== undefined) return leg.killedFor === 'no_answer' ? 'no_answer' : 'released';
  if (leg.stage === 'answered') return 'hung_up';
  return leg.direction === 'inbound' ? 'cancelled' : 'failed';
}

function described(leg: Leg, dump: ChannelDump | undefined): LiveLeg {
  const labels = leg.labels ?? (dump && labelsOf(dump));
  return {
    legId: leg.id,
    ...(labels ?? { role: 'unknown' as const }),
    state: leg.stage === 'answered' ? 'answered' : 'ringing',
    ...(leg.bridgedTo === undefined ? {} : { bridgedTo: leg.bridgedTo }),
    ...(leg.room === undefined ? {} : { room: leg.room }),
    ...(leg.listening?.heard ? { listensTo: leg.listening.on } : {}),
    ...(leg.muted ? { muted: true } : {}),
    createdAt: leg.createdAt,
    ...arrivalOf(leg),
  };
}

/** What a caller's leg.arrived said or would have said: with it she can be taken in although nobody was here when she came. */
function arrivalOf({ direction, arrival }: Leg): Pick<LiveLeg, 'arrival'> {
  const source = arrival?.source;
  if (direction !== 'inbound' || (source !== 'web' && source !== 'phone')) return {};
  return { arrival: { source, ...detailsOf(arrival as Arrival) } };
}

const legRoles: readonly (string | undefined)[] = [
  'customer',
  'agent',
  'third',
  'supervisor',
] satisfies LegRole[];
const isLegRole = (role: string | undefined): role is LegRole => legRoles.includes(role);

function labelsOf(dump: ChannelDump): LegLabels | undefined {
  const { variable_cordboard_role: role, variable_cordboard_session: session } = dump;
  if (!isLegRole(role) || session === undefined) return undefined;
  const { variable_cordboard_agent: agent, variable_cordboard_offer: offer } = dump;
  const { variable_cordboard_supervisor: supervisorId } = dump;
  return {
    role,
    sessionId: sessionId(session),
    ...(agent === undefined ? {} : { agentId: agentId(agent) }),
    ...(offer === undefined ? {} : { offerId: offerId(offer) }),
    ...(supervisorId === undefined ? {} : { supervisorId }),
    ...(dump.variable_cordboard_standing === 'true' ? { standing: true as const } : {}),
  };
}

/** The variables that name the partner outlive the bridge; the state tells whether they still mean anything. */
const bridgedStates: ReadonlySet<string | undefined> = new Set([
  'CS_SOFT_EXECUTE',
  'CS_EXCHANGE_MEDIA',
  'CS_HIBERNATE',
]);

/** Whom a leg is with. Parked, it is with nobody. */
interface Place {
  readonly partner?: LegId;
  readonly room?: SessionId;
  readonly listensTo?: LegId;
}

function placeOf(dump: ChannelDump): Place {
  const partner = dump.variable_signal_bond ?? dump.variable_bridge_uuid;
  const state = dump['Channel-State'];
  if (bridgedStates.has(state)) return partner === undefined ? {} : { partner: legId(partner) };
  if (state !== 'CS_EXECUTE') return {};
  const { variable_current_application: application, variable_current_application_data: argument = '' } =
    dump;
  if (application === 'conference') return { room: sessionId(argument.split('@', 1)[0] ?? '') };
  return application === 'eavesdrop' ? { listensTo: legId(argument) } : {};
}

/** The switch's clock is in microseconds. */
const createdAt = (dump: ChannelDump, otherwise: number): number => {
  const micros = dump['Caller-Channel-Created-Time'];
  return micros === undefined || micros === 0 ? otherwise : Math.floor(micros / 1_000);
};
