// What a failed chaos story says of the calls it is about.

import type { CallDetail } from '../../app/contract/calls.ts';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';

/** How many offers were missed, and how. */
export function missesOf(facts: readonly Stamped<Fact>[]): string {
  const counts: Record<string, number> = {};
  for (const { fact } of facts)
    if (fact.kind === 'offer.missed') counts[fact.miss] = (counts[fact.miss] ?? 0) + 1;
  return JSON.stringify(counts);
}

/** What happened to the callers whose numbers are in a text: their records and facts, for a failing test's message. */
export function storyOf(
  text: string,
  records: readonly CallDetail[],
  facts: readonly Stamped<Fact>[],
): string {
  const numbers = new Set(text.match(/\b49301\d{6}\b/g));
  const theirs = records.filter(({ customerNumber }) => numbers.has(customerNumber ?? ''));
  const sessions = new Set<string>(theirs.map(({ sessionId }) => sessionId));
  const told = facts.filter(({ fact }) => 'sessionId' in fact && sessions.has(fact.sessionId ?? ''));
  return [...theirs, ...told].map((one) => JSON.stringify(one)).join('\n');
}
