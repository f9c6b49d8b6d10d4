// Message number `index` of a run: what it is and to whom it goes, from the seed alone.
import { mutate } from '../support/malformed.ts';
import { below, headerOf, pick, randomOf, setHeader, textOf, type Draft, type Random } from './messages.ts';
import { mutatedSdp, mutateSip } from './mutations.ts';
import {
  METHODS,
  ordinaryRequest,
  SDP_SEEDS,
  STATUSES,
  strayResponse,
  TORTURE_SEEDS,
  type Place,
} from './seeds.ts';

/**
 * Who gets it: the SIP server from a stranger or from a trunk's address over UDP, over TCP, over a WebSocket; the switch
 * directly; the SIP server from a phone that has been called (`answer`).
 */
export type Way = 'stranger' | 'trunk' | 'tcp' | 'ws' | 'switch' | 'answer';

export interface Generated {
  readonly way: Way;
  readonly bytes: Buffer;
}

/** A call somebody under fire believes in, as its side of it showed. */
export interface KnownDialog {
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
}

export interface Places {
  place(way: Way): Place;
  /** A dialog that a message of this way has made; what there is depends on the answers that came, not on the seed. */
  dialog(way: Way): KnownDialog | undefined;
}

/** In hundredths. */
const WAYS: readonly [Way, number][] = [
  ['stranger', 40],
  ['trunk', 26],
  ['switch', 20],
  ['tcp', 5],
  ['ws', 3],
  ['answer', 6],
];

function wayOf(random: Random): Way {
  let left = random() * 100;
  for (const [way, share] of WAYS) if ((left -= share) < 0) return way;
  return 'stranger';
}

/** The message; for `answer`, only how an answer is to be spoiled is decided here (`spoilAnswer`). */
export function generate(seed: number, index: number, places: Places): Generated {
  const random = randomOf(seed, index);
  const way = wayOf(random);
  const draft = draftFor(way, random, places.place(way), index);
  const inside = random() < 0.12 ? places.dialog(way) : undefined;
  if (inside) moveInto(draft, inside, index);
  return { way, bytes: octets(draft, random) };
}

/** The same message as if it belonged to a call that exists. */
function moveInto(draft: Draft, { callId, fromTag, toTag }: KnownDialog, index: number): void {
  setHeader(draft, 'Call-ID', callId);
  setHeader(
    draft,
    'From',
    (headerOf(draft, 'From') ?? '<sip:fuzz@x>').replace(/;tag=[^;]*/, '') + `;tag=${fromTag}`,
  );
  setHeader(draft, 'To', `${headerOf(draft, 'To') ?? '<sip:x@y>'};tag=${toTag}`);
  const method = /^(\S+) /.exec(draft.start)?.[1] ?? 'INFO';
  setHeader(draft, 'CSeq', `${2 + index} ${method}`);
}

function draftFor(way: Way, random: Random, place: Place, index: number): Draft {
  const kind = random();
  if (kind < 0.35) return withSdp(random, place, index);
  if (kind < 0.55) {
    const torture = pick(random, TORTURE_SEEDS);
    const draft: Draft = { ...torture, headers: torture.headers.map(([name, value]) => [name, value]) };
    if (random() < 0.7)
      draft.start = draft.start.replace(/sips?:[^ ]+/i, `sip:${place.user}@${place.server}`);
    if (random() < 0.7) mutateSip(draft, random);
    return draft;
  }
  const draft =
    kind < 0.65 && way !== 'answer'
      ? strayResponse(pick(random, STATUSES), place, index)
      : ordinaryRequest(random() < 0.4 ? 'INVITE' : pick(random, METHODS), place, index);
  if (draft.start.startsWith('INVITE') && random() < 0.7) {
    draft.headers.push(['Content-Type', 'application/sdp']);
    draft.body = pick(random, SDP_SEEDS.slice(0, 1));
  }
  mutateSip(draft, random);
  return draft;
}

/** A right envelope around a wrong offer. */
function withSdp(random: Random, place: Place, index: number): Draft {
  const draft = ordinaryRequest(
    random() < 0.85 ? 'INVITE' : pick(random, ['UPDATE', 'PRACK', 'INFO']),
    place,
    index,
  );
  draft.headers.push(['Content-Type', 'application/sdp']);
  draft.body = mutatedSdp(pick(random, SDP_SEEDS), random);
  return draft;
}

function octets(draft: Draft, random: Random): Buffer {
  const bytes = Buffer.from(textOf(draft), 'latin1');
  const spoiled = random() < 0.2 ? mutate(bytes, random) : bytes;
  // What no datagram holds would only be an error of the sender.
  return spoiled.length > 60_000 ? spoiled.subarray(0, 60_000) : spoiled;
}

/** An answer to a request, spoiled as `seed` and `index` say. @param request as received, well-formed */
export function spoiledAnswer(request: Draft, place: Place, seed: number, index: number): Buffer {
  const random = randomOf(seed ^ 0x5bd1e995, index);
  const kept = request.headers.filter(([name]) => /^(via|from|to|call-id|cseq|record-route)$/i.test(name));
  const draft: Draft = {
    start: `SIP/2.0 ${pick(random, STATUSES)}`,
    headers: kept.map(([name, value]) => [
      name,
      /^to$/i.test(name) && !value.includes(';tag=') ? `${value};tag=a${index}` : value,
    ]),
    body: '',
    length: 'right',
  };
  draft.headers.push(['Contact', `<sip:bad@${place.self}>`], ['Content-Type', 'application/sdp']);
  draft.body = random() < 0.5 ? mutatedSdp(pick(random, SDP_SEEDS), random) : pick(random, SDP_SEEDS);
  if (below(random, 2) === 0) mutateSip(draft, random);
  return octets(draft, random);
}
