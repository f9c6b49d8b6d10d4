// The conference command: which conference, which verb.

import { randomUUID } from 'node:crypto';
import { originate, type OriginateSurroundings } from '../channel/originate.ts';
import { splitArguments } from '../channel/words.ts';
import type { Conference } from '../conference/conference.ts';
import { conferenceLines, jsonList, memberLines } from '../conference/listing.ts';
import type { ApiCommands } from './arguments.ts';
import { memberVerbs, type ConferenceVerb } from './conference-members.ts';
import { soundVerbs } from './conference-sounds.ts';

const DIAL_SYNTAX = '<endpoint_module_name>/<destination> <callerid number> <callerid name>';
const MEMBERS = '<[member_id|all]|last|non_moderator>';
const SYNTAX: Readonly<Record<string, string>> = {
  list: '[delim <string>]|[count]',
  json_list: '[compact]',
  mute: `${MEMBERS} [<quiet>]`,
  unmute: `${MEMBERS} [<quiet>]`,
  tmute: `${MEMBERS} [<quiet>]`,
  deaf: MEMBERS,
  undeaf: MEMBERS,
  volume_in: '<member_id|all|last|non_moderator> [<newval>]',
  volume_out: '<member_id|all|last|non_moderator> [<newval>]',
  energy: '<member_id|all|last|non_moderator> [<newval>]',
  kick: '<[member_id|all|last|non_moderator]> [<optional sound file>]',
  hup: '<[member_id|all|last|non_moderator]>',
  'get-uuid': '<member_id|last>',
  relate: '<member_id>[,<member_id>] <other_member_id>[,<other_member_id>] [nospeak|nohear|clear]',
  play: '<file_path> [async|<member_id> [nomux]]',
  stop: '<[current|all|async|last]> [<member_id>]',
  record: '<filename>',
  norecord: '<[filename|all]>',
  pause: '<filename>',
  resume: '<filename>',
  recording: '[start|stop|check|pause|resume] [<filename>|all]',
  dial: DIAL_SYNTAX,
  bgdial: DIAL_SYNTAX,
};

function lock(conference: Conference, locked: boolean): string {
  conference.locked = locked;
  conference.tell(locked ? 'lock' : 'unlock');
  return `+OK ${conference.name} ${locked ? 'locked' : 'unlocked'}\n`;
}

const list: ConferenceVerb = (conference, [option, value]) => {
  if (option === 'count') return `${conference.size}`;
  return memberLines(conference, option === 'delim' && value !== undefined ? value : ';');
};

const verbs: ReadonlyMap<string, ConferenceVerb> = new Map(
  Object.entries({
    ...memberVerbs,
    ...soundVerbs,
    list,
    json_list: (conference: Conference, [option]: readonly string[]) =>
      jsonList([conference], option === 'compact'),
    count: (conference: Conference) => `${conference.size}`,
    lock: (conference: Conference) => lock(conference, true),
    unlock: (conference: Conference) => lock(conference, false),
  }),
);

const usage = (verb: string): string => `${verb} ${SYNTAX[verb] ?? ''}`;
const wholeUsage = (): string =>
  [...verbs.keys(), 'dial', 'bgdial'].map((verb) => `<conf name> ${usage(verb)}\n`).join('');

/** Dials somebody into a conference; a conference that is not there yet begins with her. */
async function dial(around: OriginateSurroundings, room: string, given: readonly string[]): Promise<string> {
  const [url = '', number = '', ...name] = given;
  const callerName = name.join(' ').replaceAll("'", '');
  const callerId = number === '' ? '' : ` XML default '${callerName}' ${number}`;
  return originate(around, `'${url}' &conference(${room})${callerId}`);
}

/** SUCCESS, or the cause it failed with. */
const resultOf = (answer: string): string =>
  answer.startsWith('+OK') ? 'SUCCESS' : answer.replace(/^-(ERR|USAGE:?) /, '').trim();

async function dialInBackground(
  around: OriginateSurroundings,
  room: string,
  job: string,
  given: readonly string[],
): Promise<void> {
  const answer = await dial(around, room, given);
  const peer = /^\+OK (\S+)/.exec(answer)?.[1];
  const told = [
    ['Result', resultOf(answer)],
    ['Job-UUID', job],
    ...(peer === undefined ? [] : [['Peer-UUID', peer] as const]),
  ] as const;
  const conference = around.exchange.conferences.find(room);
  if (conference) return conference.tell('bgdial-result', undefined, told);
  const fields = [['Conference-Name', room], ['Action', 'bgdial-result'], ...told] as const;
  around.exchange.bus.raise('CUSTOM', () => ({ fields }), 'conference::maintenance');
}

async function dialCommand(
  around: OriginateSurroundings,
  room: string,
  verb: string,
  given: readonly string[],
): Promise<string> {
  if (given.length === 0) return `-ERR Bad Args\n${usage(verb)}`;
  if (verb === 'dial') return `+OK Call Requested: result: [${resultOf(await dial(around, room, given))}]\n`;
  const job = randomUUID();
  around.exchange.clock.soon(() => void dialInBackground(around, room, job, given));
  return `+OK Job-UUID: ${job}\n`;
}

async function run(around: OriginateSurroundings, args: string): Promise<string> {
  const { conferences } = around.exchange;
  const [room, verb = '', ...given] = splitArguments(args);
  if (room === undefined) return wholeUsage();
  if (room === 'list') return conferenceLines(conferences.all);
  if (room === 'json_list') return jsonList(conferences.all, verb === 'compact');
  if (room === 'count') return `${conferences.all.length}\n`;
  if (verb === 'dial' || verb === 'bgdial') return dialCommand(around, room, verb, given);
  const conference = conferences.find(room);
  if (!conference) return `-ERR Conference ${room} not found\n`;
  const perform = verbs.get(verb);
  if (!perform) return `-ERR Conference command '${verb}' not found.\n`;
  return (await perform(conference, given)) ?? usage(verb);
}

/** The commands of this file. */
export const conferenceCommands = (around: OriginateSurroundings): ApiCommands => ({
  conference: (args) => run(around, args),
});
