// Conference verbs about sound: files played into it, and recordings of it.

import type { Conference } from '../conference/conference.ts';
import type { StopWhich } from '../conference/sounds.ts';
import type { ConferenceVerb } from './conference-members.ts';

const play: ConferenceVerb = async (conference, [path, option]) => {
  if (path === undefined) return undefined;
  const id = /^\d{1,9}$/.test(option ?? '') ? Number(option) : undefined;
  if (option !== undefined && option !== 'async' && id === undefined) return undefined;
  const member = id === undefined ? undefined : conference.member(id);
  if (id !== undefined && !member) return `-ERR Member: ${id} not found.\n`;
  if (!(await conference.sounds.play(path, option === 'async', member)))
    return `-ERR (play) File: ${path} not found.\n`;
  return `+OK (play) Playing file ${path}${member ? ` to member ${member.id}` : ''}\n`;
};

const isWhich = (word: string): word is StopWhich => ['current', 'all', 'async', 'last'].includes(word);

const stop: ConferenceVerb = (conference, [which = 'all', who]) => {
  if (!isWhich(which)) return undefined;
  const member = who === undefined ? undefined : conference.member(Number(who));
  if (who !== undefined && !member) return `-ERR Member: ${who} not found.\n`;
  return `+OK Stopped ${conference.sounds.stop(which, member)} files.\n`;
};

function start(conference: Conference, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return conference.recordings.start(path)
    ? `+OK Record file ${path}\n`
    : `-ERR file [${path}] is already being used for recording.\n`;
}

function pause(conference: Conference, path: string | undefined, paused: boolean): string | undefined {
  if (path === undefined) return undefined;
  const said = `+OK ${paused ? 'Pause' : 'Resume'} recording file ${path}\n`;
  return conference.recordings.pause(path, paused) ? said : `${said}-ERR non-existant recording '${path}'\n`;
}

/** FreeSWITCH counts to zero whatever it stopped. */
function end(conference: Conference, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const paths = path === 'all' ? conference.recordings.paths : [path];
  const said = paths.map((each) =>
    conference.recordings.stop(each)
      ? `Stopped recording file ${each}\n`
      : `-ERR non-existant recording '${each}'\n`,
  );
  return `${said.join('')}+OK Stopped recording 0 files\n`;
}

const check: ConferenceVerb = (conference) => {
  const { paths } = conference.recordings;
  return paths.length === 0
    ? '-ERR Conference is not being recorded.\n'
    : paths.map((path) => `+OK Record file ${path}\n`).join('');
};

const recording: ConferenceVerb = (conference, [verb, path]) => {
  switch (verb) {
    case 'start':
      return start(conference, path);
    case 'stop':
      return end(conference, path);
    case 'pause':
    case 'resume':
      return pause(conference, path, verb === 'pause');
    case 'check':
      return check(conference, []);
    default:
      return undefined;
  }
};

/** The verbs of this file, by name. */
export const soundVerbs: Readonly<Record<string, ConferenceVerb>> = {
  play,
  stop,
  record: (conference, [path]) => start(conference, path),
  norecord: (conference, [path]) => end(conference, path),
  pause: (conference, [path]) => pause(conference, path, true),
  resume: (conference, [path]) => pause(conference, path, false),
  chkrecord: check,
  recording,
};
