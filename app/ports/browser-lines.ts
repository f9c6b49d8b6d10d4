// A browser as a phone, where the server speaks to the WebRTC gateway for it: one line per person, registered at the edge under her
// browser's address, one call at a time.
//
//   registered ──incoming──▶ ringing ──accept──▶ up ──over──▶ registered          registered ──call──▶ calling ──answered──▶ up

/** What a line tells. Descriptions are SDP, complete with candidates. */
export type LineSignal =
  | { readonly kind: 'incoming'; readonly sdp: string }
  /** Rings, or (with a description) sends sound before the answer. */
  | { readonly kind: 'progress'; readonly sdp?: string }
  | { readonly kind: 'answered'; readonly sdp?: string }
  /** The call, or the attempt, is over. `code`: the SIP status that said so, 200 for an ordinary end. */
  | { readonly kind: 'over'; readonly code: number }
  /** The line itself is gone: the gateway died, another page of hers took over, or we closed it. */
  | { readonly kind: 'closed'; readonly why: 'lost' | 'superseded' };

export interface BrowserLine {
  /** @param user whom to call at the edge @throws LineError */
  call(user: string, offer: string): Promise<void>;
  /** @throws LineError */
  accept(answer: string): Promise<void>;
  /** @param code 480, 486 or 603 */
  decline(code: number): void;
  hangUp(): void;
  /** New ICE credentials or codecs for a call that stands. @returns the answer @throws LineError */
  update(offer: string): Promise<string>;
  digit(digit: string): void;
  close(): void;
}

export class LineError extends Error {
  override readonly name = 'LineError';
  readonly reason: 'unavailable' | 'refused' | 'media' | 'timeout';

  constructor(reason: LineError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Opens the line of a person of the staff and registers it; whatever held it before is told that it is superseded.
 * @throws LineError
 */
export type OpenLine = (name: string, listen: (signal: LineSignal) => void) => Promise<BrowserLine>;

/** Takes a person's line up that an earlier control plane left in a call. @returns undefined: there is none, or its call is over */
export type ResumeLine = (
  name: string,
  listen: (signal: LineSignal) => void,
) => Promise<BrowserLine | undefined>;
