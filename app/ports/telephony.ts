// What administrators see of the telephony and do to it: trunks, sources that were turned away, media switches.

export interface Telephony {
  trunks(): readonly TrunkHealth[];
  /** Sources that are turned away for now, newest first. */
  bans(): readonly Ban[];
  /** @returns false when it was not banned */
  liftBan(source: string): boolean;
  switches(): readonly SwitchState[];
  /**
   * Takes a switch out of the choice for new calls, or back into it; its calls go on. It stays so over a restart.
   * @returns false when there is no switch of this name
   * @throws StorageUnavailable when it could not be stored; then nothing is changed
   */
  drain(name: string, draining: boolean): Promise<boolean>;
}

/** Which switches are being emptied, kept over a restart. */
export interface DrainedSwitches {
  /** Their names (SwitchState.name). */
  all(): Promise<readonly string[]>;
  /** Resolves after the commit. @throws StorageUnavailable */
  keep(name: string, draining: boolean): Promise<void>;
}

export interface TrunkHealth {
  readonly name: string;
  readonly state: 'unknown' | 'up' | 'down';
  readonly detail: string;
  /** Both directions. */
  readonly calls: number;
}

export type BanReason = 'wrong passwords' | 'scanner' | 'guessing users' | 'too many requests';

export interface Ban {
  /** IP address. */
  readonly source: string;
  readonly reason: BanReason;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
}

export interface SwitchState {
  /** `host:port` where it takes calls. */
  readonly name: string;
  readonly up: boolean;
  readonly draining: boolean;
  /** What is still on it. */
  readonly sessions: number;
  readonly legs: number;
  readonly detail: string;
}

/** What somebody did to it, for the log. */
export type TelephonyEvent =
  | { readonly kind: 'ban.lifted'; readonly source: string; readonly by: string }
  | { readonly kind: 'switch.drained' | 'switch.undrained'; readonly switch: string; readonly by: string };
