// What stands behind `conference:` — room[@profile][+[pin]][+flags{flag|flag}].

/** A conference to join, and how. */
export interface ConferenceArgument {
  readonly room: string;
  readonly profile: string;
  readonly flags: ReadonlySet<string>;
}

/** Flags this switch acts on; another one is refused, as is a PIN: nobody asks for it here. */
const FLAGS: ReadonlySet<string> = new Set(['mute', 'deaf', 'moderator', 'endconf']);
const DEFAULT_PROFILE = 'default';

/** Reads it. @returns undefined when it asks for something this switch does not do */
export function parseConferenceArgument(text: string): ConferenceArgument | undefined {
  const match = /^([\w.:-]{1,128})(?:@([\w.-]{1,64}))?(?:\+{1,2}flags\{([\w|-]*)\})?$/.exec(text.trim());
  if (!match) return undefined;
  const flags = new Set((match[3] ?? '').split('|').filter((flag) => flag !== ''));
  if ([...flags].some((flag) => !FLAGS.has(flag))) return undefined;
  return { room: match[1]!, profile: match[2] ?? DEFAULT_PROFILE, flags };
}
