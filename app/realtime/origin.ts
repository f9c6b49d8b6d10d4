// Which pages may open a socket. Browsers do not apply CORS to WebSockets, so the server looks at Origin itself
// (RFC 6455 section 10.2). A program that is no browser sends none and is let through: it needs a token anyway.

export interface OriginPolicy {
  /** Where our own pages are, for example `https://calls.example.org`; absent: the host the request was made to. */
  readonly publicUrl?: string;
  /** Further origins that embed us. */
  readonly others?: readonly string[];
}

/** May a page of this origin connect? `host` is the request's Host header. */
export function allowsOrigin(
  policy: OriginPolicy,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false; // `null` (sandboxed frames, files) included
  const given = new URL(origin);
  if (policy.publicUrl !== undefined && given.origin === new URL(policy.publicUrl).origin) return true;
  if (policy.others?.includes(given.origin)) return true;
  return policy.publicUrl === undefined && given.host === host;
}
