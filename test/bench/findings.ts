// What a bench found out, as rows of one table. Under `npm run bench` the rows go to the parent, which prints one table of all
// benches; a bench started alone prints its own.

export interface Finding {
  readonly what: string;
  /** What was measured, in words: `0.93×`, `31 µs`. */
  readonly measured: string;
  /** Least and greatest of the rounds, where there were several. */
  readonly spread?: string;
  readonly goal?: string;
  /** Undefined for figures that explain and have no goal. */
  readonly met?: boolean;
}

/** Hands the rows to `npm run bench`, or prints them. */
export async function report(findings: readonly Finding[]): Promise<void> {
  const { send } = process;
  if (!send) return say(table(findings));
  await new Promise<void>((resolve, reject) =>
    send.call(process, { findings }, (error: Error | null) => (error ? reject(error) : resolve())),
  );
  process.disconnect();
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

function table(findings: readonly Finding[]): string {
  return findings
    .map(({ what, measured, spread = '', goal = '', met }) =>
      [what, measured, spread, goal, met === undefined ? '' : met ? 'met' : 'MISSED'].join(' | '),
    )
    .join('\n');
}

/** The middle value; of an even count the mean of the two. @throws RangeError for none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError('a median of nothing');
  return (low + high) / 2;
}

/** `0.91 … 0.97` */
export const spreadOf = (values: readonly number[], digits: number): string =>
  `${Math.min(...values).toFixed(digits)} … ${Math.max(...values).toFixed(digits)}`;

/** The value below which `share` of the values lie; sorts in place. */
export function quantile(values: Float64Array, share: number): number {
  values.sort();
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

/** Slope of log(y) over log(x) by least squares: 0 for a cost that does not grow, 1 for one that grows with x. */
export function growthExponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const mx = mean(logs.map(([x]) => x));
  const my = mean(logs.map(([, y]) => y));
  const over = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
