// What may go into an event socket line. FreeSWITCH reads such a line with several parsers in a row: lines, then blanks with
// single quotes, then `{…}` with commas and backslashes, then `${…}` expansion. A value that means something to any of them
// could add a variable, a command or an application. So values are allow-listed: what identifies something is refused when
// it holds anything else, what is only shown to a person is stripped.

import { MediaError } from '../../app/ports/media.ts';

const uuidLike = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const labelLike = /^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,127}$/;
const addressLike = /^[A-Za-z0-9+][A-Za-z0-9_.+-]{0,63}$/;

/**
 * A channel uuid, or any id used as one.
 * @throws MediaError `refused`
 */
export const safeUuid = (text: string): string => refuseUnless(uuidLike, text, 'leg id');

/** A session, agent, queue or offer id. @throws MediaError `refused` */
export const safeLabel = (text: string): string => refuseUnless(labelLike, text, 'label');

/** The user part of an address of record. @throws MediaError `refused` */
export const safeAddress = (text: string): string => refuseUnless(addressLike, text, 'device address');

/** A telephone number that may be dialled: digits, with or without `+`. @throws MediaError `refused` */
export const safeDialled = (text: string): string => refuseUnless(/^\+?[0-9]{1,24}$/, text, 'number to dial');

/** Keys to press for somebody. @throws MediaError `refused` */
export const safeDigits = (text: string): string => refuseUnless(/^[0-9A-D*#]{1,32}$/, text, 'key press');

/** A sound's id. @throws MediaError `refused` */
export const safeSound = (text: string): string => refuseUnless(/^[A-Za-z0-9_-]{1,64}$/, text, 'sound');

/** A telephone number or user part for display: digits, letters, and the signs numbers are written and masked with. */
export const safeNumber = (text: string): string => text.replace(/[^0-9A-Za-z+*#_.-]/g, '').slice(0, 64);

/** A person's name for display, any script. Letters, digits, blanks and `. _ - + @`; everything else is dropped. */
export function safeName(text: string): string {
  const kept = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} ._+@-]/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
  // By code points, so that no character is cut in half.
  return [...kept].slice(0, 64).join('').trim();
}

const pathLike = /^\/[\p{L}\p{M}\p{N} /._@+-]*$/u;

/** An absolute path without `..`, of characters no parser minds. @throws MediaError `refused` */
export function safePath(text: string): string {
  if (text.split('/').includes('..')) throw new MediaError('refused', 'a recording path may not climb');
  return refuseUnless(pathLike, text, 'recording path');
}

/** Single quotes group blanks; no allow-list above lets a quote through. */
export const quoted = (text: string): string => (text === '' || text.includes(' ') ? `'${text}'` : text);

function refuseUnless(pattern: RegExp, text: string, what: string): string {
  if (!pattern.test(text))
    throw new MediaError('refused', `not usable as a ${what}: ${JSON.stringify(text)}`);
  return text;
}
