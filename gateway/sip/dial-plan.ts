// Which trunks a number may be called through, decided from the number alone: written as E.164, then looked up by the longest prefix.
//
//   dialled ──written as E.164──► longest route ──premium? listed?──► trunks in order
//      └ not a number: 484     └ none: 404      └ refused: 403
//
// Deny by default. Numbers that cost the caller extra (premium, satellite, international networks) need a route that names them: a route
// for the whole country does not open them.

import type { Numbering, OutboundRoute } from '../../app/ports/trunking.ts';
import { premiumPrefixOf } from './premium-numbers.ts';

export type DialPlanAnswer =
  | { readonly allowed: true; readonly number: string; readonly trunks: readonly string[] }
  | { readonly allowed: false; readonly status: 403 | 404 | 484; readonly why: string };

/** E.164 with `+`; a short code as dialled; undefined when it is no number. ITU-T E.164 section 6: at most 15 digits. */
export function writtenInFull(dialled: string, numbering: Numbering): string | undefined {
  const { countryCode, internationalPrefix, nationalPrefix } = numbering;
  if (!/^\+?\d{1,20}$/.test(dialled)) return undefined;
  if (dialled.startsWith('+')) return international(dialled.slice(1), numbering);
  if (internationalPrefix !== '' && dialled.startsWith(internationalPrefix))
    return international(dialled.slice(internationalPrefix.length), numbering);
  if (dialled.length < shortestSubscriber) return dialled;
  if (countryCode === '') return dialled;
  if (nationalPrefix === '') return e164(countryCode + dialled);
  return dialled.startsWith(nationalPrefix)
    ? e164(countryCode + dialled.slice(nationalPrefix.length))
    : dialled;
}

/** May this number be called, and through which trunks? */
export function planFor(
  dialled: string,
  numbering: Numbering,
  routes: readonly OutboundRoute[],
): DialPlanAnswer {
  const number = writtenInFull(dialled, numbering);
  if (number === undefined) return { allowed: false, status: 484, why: 'not a number' };
  const route = longestRoute(number, routes);
  if (!route) return { allowed: false, status: 404, why: 'no route' };
  if (route.trunks.length === 0) return { allowed: false, status: 403, why: 'route refuses' };
  const premium = premiumPrefixOf(number, numbering);
  if (premium !== undefined && route.prefix.length < premium.length)
    return { allowed: false, status: 403, why: `premium number (${premium}) without a route of its own` };
  return { allowed: true, number, trunks: route.trunks };
}

/** The number as a trunk wants it. A short code is the same everywhere. */
export function formatted(
  number: string,
  format: 'plus' | 'digits' | 'national',
  { countryCode, internationalPrefix, nationalPrefix }: Numbering,
): string {
  if (!number.startsWith('+') || format === 'plus') return number;
  const digits = number.slice(1);
  if (format === 'digits') return digits;
  return digits.startsWith(countryCode)
    ? nationalPrefix + digits.slice(countryCode.length)
    : internationalPrefix + digits;
}

/** The ways a carrier may have written one and the same dialled number, most literal first. */
export function spellings(dialled: string, numbering: Numbering): readonly string[] {
  // Many carriers leave out the plus.
  const plussed = /^[1-9]\d{7,14}$/.test(dialled) ? [`+${dialled}`] : [];
  const full = [writtenInFull(dialled, numbering), ...plussed].filter(
    (each) => each?.startsWith('+') === true,
  );
  const national = full.map((each) => formatted(each ?? '', 'national', numbering));
  return [...new Set([dialled, ...full.map((each) => each ?? ''), ...national])];
}

/** Below this many digits, without any prefix, a number is a short code. */
const shortestSubscriber = 7;

/** "+49 (0)30 …" as people write it: the area prefix has no place behind a country code. */
function international(digits: string, { countryCode, nationalPrefix }: Numbering): string | undefined {
  const doubled = countryCode + nationalPrefix;
  const isDoubled = countryCode !== '' && nationalPrefix !== '' && digits.startsWith(doubled);
  return e164(isDoubled ? countryCode + digits.slice(doubled.length) : digits);
}

const e164 = (digits: string): string | undefined =>
  /^[1-9]\d{5,14}$/.test(digits) ? `+${digits}` : undefined;

/** A short code is matched whole: a route for 112 must not open 1121234. */
function longestRoute(number: string, routes: readonly OutboundRoute[]): OutboundRoute | undefined {
  const isShort = !number.startsWith('+');
  const fits = routes.filter(({ prefix }) => (isShort ? number === prefix : number.startsWith(prefix)));
  return fits.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
