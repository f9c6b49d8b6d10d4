// What was found, as data: what was seen, how bad it is, what to do. One function prints it.

/** `note`: nothing is wrong; something might be better, or could not be looked at. */
export type Severity = 'well' | 'note' | 'wrong';

export interface Finding {
  /** What was looked at, for machines: `certificate.expired`, `call.one-way-out` … */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence for a person. */
  readonly seen: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly todo?: string;
}

export const well = (id: string, seen: string): Finding => ({ id, severity: 'well', seen });
export const note = (id: string, seen: string, todo?: string): Finding => ({
  ...{ id, severity: 'note', seen },
  ...(todo !== undefined && { todo }),
});
export const wrong = (id: string, seen: string, todo: string): Finding => ({
  ...{ id, severity: 'wrong', seen, todo },
});

/** True when nothing is wrong. */
export const allWell = (findings: readonly Finding[]): boolean =>
  findings.every(({ severity }) => severity !== 'wrong');

const signs: Readonly<Record<Severity, string>> = { well: 'ok   ', note: 'note ', wrong: 'WRONG' };

/** The findings as lines for a person, and a last line that sums up. */
export function asText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ severity, seen, todo }) => [
    `${signs[severity]}  ${seen}`,
    ...(todo === undefined ? [] : [`       -> ${todo}`]),
  ]);
  const count = findings.filter(({ severity }) => severity === 'wrong').length;
  const sum =
    count === 0 ? 'Nothing is wrong.' : `${count} ${count === 1 ? 'thing is' : 'things are'} wrong.`;
  return [...lines, '', sum, ''].join('\n');
}
