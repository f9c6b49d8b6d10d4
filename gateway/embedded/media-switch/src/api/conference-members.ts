// Conference verbs about members: who may speak and hear, how loud, and who has to go.

import type { Conference } from '../conference/conference.ts';
import type { ConferenceMember } from '../conference/member.ts';

/** One verb: its words in, the whole answer out; undefined when it was used wrongly. */
export type ConferenceVerb = (
  conference: Conference,
  words: readonly string[],
) => string | undefined | Promise<string | undefined>;

type OnMember = (conference: Conference, member: ConferenceMember, argument: string | undefined) => string;

/** A verb for `<id>|all|last|non_moderator`. */
const onMembers =
  (act: OnMember): ConferenceVerb =>
  (conference, [who, argument]) => {
    const { members } = conference;
    if (who === 'all') return each(members, conference, act, argument);
    if (who === 'non_moderator')
      return each(
        members.filter(({ isModerator }) => !isModerator),
        conference,
        act,
        argument,
      );
    if (who === 'last') return each(members.slice(0, 1), conference, act, argument);
    if (!/^\d{1,9}$/.test(who ?? '')) return undefined;
    const member = conference.member(Number(who));
    return member ? act(conference, member, argument) : `-ERR Non-Existant ID ${who}\n`;
  };

const each = (
  members: readonly ConferenceMember[],
  conference: Conference,
  act: OnMember,
  argument: string | undefined,
): string => members.map((member) => act(conference, member, argument)).join('');

function setSpeaking(conference: Conference, member: ConferenceMember, may: boolean): string {
  member.canSpeak = may;
  if (!may) member.talking = false;
  conference.applyRights(member);
  const verb = may ? 'unmute' : 'mute';
  conference.tell(`${verb}-member`, member);
  return `+OK ${verb} ${member.id}\n`;
}

function setHearing(conference: Conference, member: ConferenceMember, may: boolean): string {
  member.canHear = may;
  conference.applyRights(member);
  const verb = may ? 'undeaf' : 'deaf';
  conference.tell(`${verb}-member`, member);
  return `+OK ${verb} ${member.id}\n`;
}

/** `up`, `down` or a level of −4…4. */
const levelFrom = (argument: string, before: number): number => {
  const step = { up: before + 1, down: before - 1 }[argument] ?? (Number.parseInt(argument, 10) || 0);
  return Math.max(-4, Math.min(4, step));
};

const volume =
  (side: 'volumeIn' | 'volumeOut', word: 'IN' | 'OUT'): OnMember =>
  (conference, member, argument) => {
    if (argument !== undefined) {
      member[side] = levelFrom(argument, member[side]);
      conference.applyRights(member);
      conference.tell(`volume-${word.toLowerCase()}-member`, member, [
        ['Volume-Level', String(member[side])],
      ]);
    }
    return `+OK Volume ${word} ${member.id} = ${member[side]}\n`;
  };

const energy: OnMember = (conference, member, argument) => {
  if (argument !== undefined) {
    member.energyLevel = Math.max(0, Math.min(32_767, Number.parseInt(argument, 10) || 0));
    conference.applyRights(member);
    conference.tell('energy-level-member', member);
  }
  return `Energy ${member.id} = ${member.energyLevel}\n`;
};

const sendAway =
  (verb: 'kick' | 'hup'): OnMember =>
  (conference, member) => {
    conference.tell(`${verb}-member`, member);
    if (verb === 'kick') member.exit.kick();
    else member.exit.hangUp();
    return verb === 'kick' ? `+OK kicked ${member.id}\n` : `+OK hup ${member.id}\n`;
  };

/** `relate 1,2 3 nospeak|nohear|clear`. */
const relate: ConferenceVerb = (conference, [ones, others, action]) => {
  if (ones === undefined && conference.members.every(({ relations }) => relations.size === 0))
    return '+OK No relationships\n';
  const nospeak = action?.includes('nospeak') ?? false;
  const nohear = action?.includes('nohear') ?? false;
  if (ones === undefined || others === undefined || !(nospeak || nohear || action === 'clear'))
    return undefined;
  const pairs = ones.split(',').flatMap((one) => others.split(',').map((other) => [one, other] as const));
  return pairs
    .map(([one, other]) => {
      const [member, towards] = [conference.member(Number(one)), conference.member(Number(other))];
      if (!member || !towards) return `-ERR relationship ${one}->${other} not found.\n`;
      conference.relate(member, towards, action === 'clear' ? undefined : { nospeak, nohear });
      return action === 'clear'
        ? `+OK relationship ${one}->${other} cleared.\n`
        : `+OK ${one}->${other} ${action} set\n`;
    })
    .join('');
};

/** The verbs of this file, by name. */
export const memberVerbs: Readonly<Record<string, ConferenceVerb>> = {
  mute: onMembers((conference, member) => setSpeaking(conference, member, false)),
  unmute: onMembers((conference, member) => setSpeaking(conference, member, true)),
  tmute: onMembers((conference, member) => setSpeaking(conference, member, !member.canSpeak)),
  deaf: onMembers((conference, member) => setHearing(conference, member, false)),
  undeaf: onMembers((conference, member) => setHearing(conference, member, true)),
  volume_in: onMembers(volume('volumeIn', 'IN')),
  volume_out: onMembers(volume('volumeOut', 'OUT')),
  energy: onMembers(energy),
  kick: onMembers(sendAway('kick')),
  hup: onMembers(sendAway('hup')),
  'get-uuid': onMembers((_conference, { channel }) => channel.uuid),
  relate,
};
