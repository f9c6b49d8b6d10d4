// The header section of one message: raw lines in order, as received or as given, and typed views parsed on demand.
import type { CSeq, NameAddr, RAck, Via } from './types.ts';

export declare class SipHeaders {
  /** Value of the first line of that name (compact and long forms alike), unfolded and trimmed, as text. */
  get(name: string): string | undefined;
  /** Values of all lines of that name, one per line. */
  all(name: string): string[];
  /** All lines of that name, split at the commas that separate list elements. */
  list(name: string): string[];
  has(name: string): boolean;
  /** Name (as written) and value of every line. */
  entries(): IterableIterator<[name: string, value: string]>;
  /** Replaces the first line of that name in its place and removes the others; appends when there is none. */
  set(name: string, value: string | number): void;
  /** Adds a line at the end. */
  append(name: string, value: string | number): void;
  /** Adds a line before the first one of that name (Via, Route, Record-Route), or on top. */
  prepend(name: string, value: string | number): void;
  /** Removes all lines of that name. */
  remove(name: string): void;
  /** Takes off and returns the first list element (top Via, first Route). */
  shift(name: string): string | undefined;
  clone(): SipHeaders;

  // Typed views. The first five throw MissingHeader on a message that lacks them, which no message delivered by the
  // stack does; the others give `undefined` (or an empty list) when absent or malformed.
  readonly via: Via;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  readonly cseq: CSeq;
  readonly vias: readonly Via[];
  readonly contacts: readonly NameAddr[];
  readonly routes: readonly NameAddr[];
  readonly recordRoutes: readonly NameAddr[];
  readonly maxForwards: number | undefined;
  readonly expires: number | undefined;
  readonly contentLength: number | undefined;
  readonly contentType: string | undefined;
  readonly rseq: number | undefined;
  readonly rack: RAck | undefined;
  /** True when a list header (Supported, Require, Allow …) names `token`, case-insensitively. */
  names(header: string, token: string): boolean;
}
