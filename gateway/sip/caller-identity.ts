// Which number a call out shows. The switch says who calls in From; the carrier is told in the words it understands, and only numbers that
// are ours to show (RFC 3325 for what we assert, RFC 3323 for what is to be kept from the called).

import type { Numbering, Trunk } from '../../app/ports/trunking.ts';
import { writtenInFull } from './dial-plan.ts';

export interface Caller {
  /** As E.164; undefined when the switch named none. */
  readonly number: string | undefined;
  readonly withheld: boolean;
}

/** What RFC 3323 section 4.1.1.3 puts into From, and what switches write for it. */
const nobody = new Set(['', 'anonymous', 'unavailable', 'restricted', 'unknown', 'private']);

/** @param fromUser user part of From; @param privacy value of the Privacy header */
export function callerOf(fromUser: string, privacy: string | undefined, numbering: Numbering): Caller {
  const withheld = nobody.has(fromUser.toLowerCase()) || /\b(id|user|header)\b/i.test(privacy ?? '');
  return { number: writtenInFull(fromUser, numbering), withheld };
}

/** The headers that tell the carrier; undefined when this trunk may not show this caller. */
export function assertion(caller: Caller, trunk: Trunk): Readonly<Record<string, string>> | undefined {
  const { number, withheld } = caller;
  const shown = number !== undefined && mayShow(number, trunk) ? number : undefined;
  // Somebody who hides is still somebody to the carrier: it bills, and answers emergency calls, by the number we assert.
  const asserted = shown ?? (withheld ? trunk.defaultCaller : undefined);
  if (asserted === undefined) return undefined;
  if (!trunk.assertsIdentity) return {};
  return {
    'P-Asserted-Identity': `<sip:${asserted}@${trunk.destination ?? 'localhost'};user=phone>`,
    ...(withheld && { Privacy: 'id' }),
  };
}

function mayShow(number: string, { callerNumbers }: Trunk): boolean {
  return callerNumbers.some((pattern) =>
    pattern.endsWith('*') ? number.startsWith(pattern.slice(0, -1)) : number === pattern,
  );
}
