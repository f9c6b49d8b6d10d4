// Waiting for a fact instead of for time. Every wait has a deadline, so a test that waits for something that
// never happens fails with the name of what it waited for.

/** Thrown when a wait reached its deadline; the message says what was awaited. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Resolves with the first truthy value of `probe`, asked again every `everyMs`.
 * @param what what is awaited, for the failure's message
 * @param probe returns (or resolves to) a falsy value while it is not yet so
 * @throws DeadlineExceeded after `withinMs` milliseconds
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 20 }: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (performance.now() > deadline) throw new DeadlineExceeded(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Bounds a promise: rejects with DeadlineExceeded naming `what` when it takes longer than `withinMs` milliseconds. */
export async function within<T>(what: string, promise: Promise<T>, withinMs = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded(`not within ${withinMs} ms: ${what}`)), withinMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
