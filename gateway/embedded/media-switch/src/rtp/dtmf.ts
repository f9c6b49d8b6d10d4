// DTMF as RTP telephone events (RFC 4733): one receiver and one sender per leg, both without clock or socket.

/** Event codes 0–15 in order (RFC 4733 section 3.2). */
const DIGITS = '0123456789*#ABCD';
/** An event whose end packets were all lost is closed after this silence, milliseconds. */
const LOST_END_MS = 120;
const END_REPEATS = 3;
/** Timestamp units per packet of a running event: 20 ms. */
const STEP = 160;
/** Pause between two digits, in ticks of 20 ms. */
const GAP_TICKS = 3;
const VOLUME = 10;

/** A completed key press. */
export interface DtmfDigit {
  readonly digit: string;
  /** Length in samples at 8 kHz. */
  readonly duration: number;
}

const newer = (timestamp: number, than: number): boolean => ((timestamp - than) | 0) > 0;

/** Joins the packets of one key press into one digit: retransmitted ends, reordering and lost ends included. */
export class DtmfReceiver {
  #current: { timestamp: number; code: number; duration: number; lastAt: number } | undefined;
  #finished: number | undefined;

  /**
   * Takes one telephone-event packet.
   * @param now monotonic milliseconds
   * @returns the digits this packet completes (a new event also closes an unfinished earlier one)
   */
  put(timestamp: number, payload: Uint8Array, now: number): readonly DtmfDigit[] {
    if (payload.length < 4) return [];
    const code = payload[0]!;
    if (code >= DIGITS.length) return [];
    if (this.#finished !== undefined && !newer(timestamp, this.#finished)) return [];
    if (this.#current && newer(this.#current.timestamp, timestamp)) return [];
    const done: DtmfDigit[] = [];
    if (this.#current && this.#current.timestamp !== timestamp) done.push(this.#finish(this.#current));
    const duration = (payload[2]! << 8) | payload[3]!;
    this.#current = {
      timestamp,
      code,
      duration: Math.max(duration, this.#current?.duration ?? 0),
      lastAt: now,
    };
    if (payload[1]! & 0x80) done.push(this.#finish(this.#current));
    return done;
  }

  /** Closes an event whose end never came; call it once per tick. */
  expire(now: number): readonly DtmfDigit[] {
    if (!this.#current || now - this.#current.lastAt < LOST_END_MS) return [];
    return [this.#finish(this.#current)];
  }

  #finish(event: { timestamp: number; code: number; duration: number }): DtmfDigit {
    this.#finished = event.timestamp;
    this.#current = undefined;
    return { digit: DIGITS[event.code]!, duration: event.duration };
  }
}

/** One packet to send: its payload, whether it starts an event, and how many times it goes out. */
export interface DtmfPacket {
  readonly payload: Uint8Array;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly copies: number;
}

interface ActiveEvent {
  readonly code: number;
  readonly samples: number;
  readonly timestamp: number;
  sent: number;
}

/** Sends digits one after the other, one packet per tick. */
export class DtmfSender {
  readonly #queue: { digit: string; samples: number }[] = [];
  #active: ActiveEvent | undefined;
  #gap = 0;

  /** Queues digits. @param durationMs length of each, at least 60 ms */
  queue(digits: string, durationMs: number): void {
    const samples = Math.min(0xffff, Math.max(480, Math.round(durationMs / 20) * STEP));
    for (const digit of digits.toUpperCase()) this.#queue.push({ digit, samples });
  }

  /** Whether digits are going out: speech packets pause meanwhile (RFC 4733 section 2.5.1.2). */
  get busy(): boolean {
    return this.#active !== undefined || this.#gap > 0 || this.#queue.length > 0;
  }

  /**
   * The packet of this tick.
   * @param timestamp the stream's timestamp now; it becomes the event's when one starts
   */
  tick(timestamp: number): DtmfPacket | undefined {
    if (this.#gap > 0) {
      this.#gap--;
      return undefined;
    }
    const starting = this.#active === undefined;
    this.#active ??= this.#start(timestamp);
    if (!this.#active) return undefined;
    return this.#advance(this.#active, starting);
  }

  #start(timestamp: number): ActiveEvent | undefined {
    const next = this.#queue.shift();
    if (!next) return undefined;
    if (next.digit === 'W') {
      this.#gap = 25;
      return undefined;
    }
    return { code: DIGITS.indexOf(next.digit), samples: next.samples, sent: 0, timestamp };
  }

  #advance(event: ActiveEvent, marker: boolean): DtmfPacket {
    event.sent += STEP;
    const ended = event.sent >= event.samples;
    if (ended) {
      this.#active = undefined;
      this.#gap = GAP_TICKS;
    }
    const payload = Uint8Array.of(
      event.code,
      (ended ? 0x80 : 0) | VOLUME,
      event.sent >> 8,
      event.sent & 0xff,
    );
    return { payload, timestamp: event.timestamp, marker, copies: ended ? END_REPEATS : 1 };
  }
}
