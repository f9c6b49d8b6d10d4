// What every method of this face is performed with, and the one way from a method's name to its performance.

import type { Logger } from 'pino';
import type { Core } from '../../engine/core.ts';
import type { Client, Known } from './client.ts';
import type { FanOut } from './fan-out.ts';
import type { Happenings } from './happenings.ts';
import type { MediaDesks } from './media-desks.ts';
import type { Pictures } from './pictures.ts';
import type { Door } from './person.ts';
import type { Sessions } from './sessions.ts';

export interface Stage {
  readonly core: Core;
  readonly door: Door;
  readonly fanOut: FanOut;
  readonly happenings: Happenings;
  readonly pictures: Pictures;
  readonly sessions: Sessions;
  readonly desks: MediaDesks;
  /** Every connection of this person. */
  readonly people: (username: string) => Iterable<Client>;
  /** Is a phone registered under this address of record? */
  readonly registered: (address: string) => Promise<boolean>;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type Params = Readonly<Record<string, unknown>>;

export type { Known };

/** @returns what the result carries beside the session id @throws RpcError */
export type Method = (client: Known, params: Params, stage: Stage) => object | Promise<object>;
