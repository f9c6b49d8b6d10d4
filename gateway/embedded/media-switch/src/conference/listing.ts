// How conferences are shown: `list` lines and `json_list`.

import type { Conference } from './conference.ts';
import type { ConferenceMember } from './member.ts';

type Json = string | number | boolean | JsonObject | readonly Json[];
interface JsonObject {
  readonly [key: string]: Json;
}

/** `id;name;uuid;caller name;caller number;flags;volume in;volume out;energy`, one line per member. */
export function memberLines(conference: Conference, delimiter = ';'): string {
  return conference.members.map((member) => `${memberFields(conference, member).join(delimiter)}\n`).join('');
}

function memberFields(conference: Conference, member: ConferenceMember): (string | number)[] {
  const { channel } = member;
  const flags = [
    ...(member.canHear ? ['hear'] : []),
    ...(member.canSpeak ? ['speak'] : []),
    ...(member.talking ? ['talking'] : []),
    ...(conference.hasFloor(member) ? ['floor'] : []),
    ...(member.isModerator ? ['moderator'] : []),
  ];
  return [
    member.id,
    channel.name,
    channel.uuid,
    channel.caller.idName,
    channel.caller.idNumber,
    flags.join('|'),
    member.volumeIn,
    member.volumeOut,
    member.energyLevel,
  ];
}

/** `conference list`: every conference with its members. */
export function conferenceLines(conferences: readonly Conference[]): string {
  if (conferences.length === 0) return '+OK No active conferences.\n';
  return conferences
    .map((conference) => {
      const { name, size, locked } = conference;
      const flags = `${locked ? 'locked|' : ''}running|answered|enforce_min|dynamic|exit_sound|enter_sound|json_status`;
      const members = `${size} member${size === 1 ? '' : 's'}`;
      return `+OK Conference ${name} (${members} rate: 8000 flags: ${flags})\n${memberLines(conference)}`;
    })
    .join('');
}

/** `json_list`. @param compact without blanks and line breaks */
export function jsonList(conferences: readonly Conference[], compact: boolean): string {
  const list = conferences.map(jsonConference);
  return compact ? JSON.stringify(list) : printed(list, 1);
}

function jsonConference(conference: Conference): JsonObject {
  const recordings = conference.recordings.paths.map((path) => ({
    type: 'recording_node',
    record_path: path,
  }));
  return {
    conference_name: conference.name,
    member_count: conference.size,
    ghost_count: 0,
    rate: 8_000,
    run_time: conference.now - conference.startedAt,
    conference_uuid: conference.uuid,
    canvas_count: 0,
    max_bw_in: 0,
    force_bw_in: 0,
    video_floor_packets: 0,
    locked: conference.locked,
    destruct: false,
    wait_mod: false,
    audio_always: false,
    running: true,
    answered: true,
    enforce_min: true,
    bridge_to: false,
    dynamic: true,
    exit_sound: true,
    enter_sound: true,
    recording: recordings.length > 0,
    video_bridge: false,
    video_floor_only: false,
    video_rfc4579: false,
    variables: {},
    members: [...conference.members.map((member) => jsonMember(conference, member)), ...recordings],
  };
}

function jsonMember(conference: Conference, member: ConferenceMember): JsonObject {
  const { channel } = member;
  return {
    type: 'caller',
    id: member.id,
    flags: {
      can_hear: member.canHear,
      can_see: true,
      can_speak: member.canSpeak,
      hold: false,
      mute_detect: false,
      talking: member.talking,
      has_video: false,
      video_bridge: false,
      has_floor: conference.hasFloor(member),
      is_moderator: member.isModerator,
      end_conference: member.endsConference,
      mandatory_member_end_conference: false,
      pass_digits: false,
    },
    uuid: channel.uuid,
    caller_id_name: channel.caller.idName,
    caller_id_number: channel.caller.idNumber,
    join_time: conference.now - member.joinedAt,
    last_talking: member.lastTalkedAt === 0 ? 0 : conference.now - member.lastTalkedAt,
    energy: member.energyLevel,
    volume_in: member.volumeIn,
    volume_out: member.volumeOut,
    'output-volume': member.volumeOut,
    'input-volume': member.volumeIn,
  };
}

/** FreeSWITCH's layout of JSON: tabs, one key a line, elements of a list behind one another. */
function printed(value: Json, depth: number): string {
  if (isList(value)) return `[${value.map((element) => printed(element, depth + 1)).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const tabs = '\t'.repeat(depth);
  const lines = Object.entries(value).map(
    ([key, element]) => `${tabs}${JSON.stringify(key)}:\t${printed(element, depth + 1)}`,
  );
  return `{\n${lines.join(',\n')}${lines.length > 0 ? '\n' : ''}${'\t'.repeat(depth - 1)}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
