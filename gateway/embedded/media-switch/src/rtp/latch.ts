// Symmetric RTP (RFC 4961): where a leg's sound really comes from, against where its SDP says.
//
//   learning --- packet from the SDP address, or the Nth in a row from one source ---> locked
//   locked   --- new SDP address, or the source silent for `silentMs` ---------------> learning
//
// A stranger who guesses the port can therefore neither inject sound into nor draw sound from a talking leg.

/** A UDP endpoint. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** How many packets in a row one unannounced source must send before it is believed. */
const PACKETS_TO_LOCK = 3;
/** A locked source that was silent this long may be replaced, milliseconds. */
const SILENT_MS = 2_000;

const same = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address;

/** Decides packet by packet whether a source is this leg's peer. */
export class SourceLatch {
  #announced: Endpoint | undefined;
  #locked: Endpoint | undefined;
  #lastHeard = 0;
  #candidate: Endpoint | undefined;
  #candidateCount = 0;

  /** The address the peer's SDP gives. A changed address unlocks; the same again changes nothing. */
  announce(endpoint: Endpoint): void {
    if (this.#announced && same(this.#announced, endpoint)) return;
    this.#announced = endpoint;
    this.#locked = undefined;
    this.#candidate = undefined;
    this.#candidateCount = 0;
  }

  /** Where to send: the locked source, or until then the announced one. */
  get destination(): Endpoint | undefined {
    return this.#locked ?? this.#announced;
  }

  /** Whether a source has been locked. */
  get locked(): boolean {
    return this.#locked !== undefined;
  }

  /**
   * Judges the source of one valid packet.
   * @param now monotonic milliseconds
   * @returns true when the packet belongs to this leg and may be played
   */
  accept(address: string, port: number, now: number): boolean {
    const locked = this.#locked;
    if (locked) {
      if (locked.port === port && locked.address === address) {
        this.#lastHeard = now;
        return true;
      }
      if (now - this.#lastHeard < SILENT_MS) return false;
    }
    return this.#learn({ address, port }, now);
  }

  #learn(source: Endpoint, now: number): boolean {
    if (this.#announced && same(this.#announced, source)) return this.#lock(source, now);
    if (this.#candidate && same(this.#candidate, source)) this.#candidateCount++;
    else {
      this.#candidate = source;
      this.#candidateCount = 1;
    }
    return this.#candidateCount >= PACKETS_TO_LOCK && this.#lock(source, now);
  }

  #lock(source: Endpoint, now: number): boolean {
    this.#locked = source;
    this.#lastHeard = now;
    this.#candidate = undefined;
    this.#candidateCount = 0;
    return true;
  }
}
