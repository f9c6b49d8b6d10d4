// `esl://:password@host:port`, taken apart with an error that says what was expected and never repeats the password.

import { MediaError } from '../../app/ports/media.ts';

export interface SwitchAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** @throws MediaError `refused` */
export function parseSwitchUrl(text: string): SwitchAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'esl:' || url.hostname === '')
    throw refused('esl://:password@host:port was expected');
  const password = decode(url.password);
  if (password === '') throw refused('the password is missing');
  if (/[\s\p{Cc}]/u.test(password)) throw refused('the password may not hold blanks or control characters');
  const port = url.port === '' ? 8021 : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('the password holds a % that escapes nothing'); // URIError carries nothing worth passing on.
  }
}

const refused = (what: string) => new MediaError('refused', `the switch's address is not usable: ${what}`);
