// `sofia status`: the one SIP profile there is, in a line or at length.

import { CODECS } from '../audio/codec.ts';
import type { Exchange } from '../channel/exchange.ts';
import { words } from './arguments.ts';

/** Where the profile is reached. */
export interface ProfilePlace {
  /** host:port, once it listens. */
  readonly sip: () => string;
  /** Address sound goes to. */
  readonly rtp: string;
}

const line = '='.repeat(97);

/** Answers `sofia <args>`. */
export function sofia(exchange: Exchange, place: ProfilePlace, args: string): string {
  const [verb = '', what, name] = words(args);
  if (verb !== 'status') return `Unknown Command [${verb}]\n`;
  if (what === 'profile' && name !== exchange.profile) return 'Invalid Profile!\n';
  return what === 'profile' ? atLength(exchange, place) : inALine(exchange, place);
}

/** Of FreeSWITCH's fifty lines those that say where the profile is and which codecs it takes. */
function atLength({ profile }: Exchange, { sip, rtp }: ProfilePlace): string {
  const address = sip();
  const row = (name: string, value: string): string => `${name.padEnd(17)}\t${value}`;
  return [
    line,
    row('Name', profile),
    row('SIP-IP', address.replace(/:\d+$/, '')),
    row('RTP-IP', rtp),
    row('URL', `sip:mod_sofia@${address}`),
    row('CODECS IN', CODECS.join(',')),
    row('CODECS OUT', CODECS.join(',')),
    '',
  ].join('\n');
}

function inALine({ profile, channels }: Exchange, { sip }: ProfilePlace): string {
  const row = `${profile.padStart(25)}\t  profile\t       sip:mod_sofia@${sip()}\tRUNNING (${channels.size})`;
  return `${'Name'.padStart(25)}\t     Type\t${' '.repeat(38)}Data\tState\n${line}\n${row}\n${line}\n1 profile 0 aliases\n`;
}
