// Frames of the control connection: `<N>#<payload>`, N counting the bytes of the payload. TCP may split or join
// frames anywhere, so the reader keeps what is incomplete and never looks at a byte twice.

/** Largest payload accepted from an application, bytes. */
const MAX_FRAME_BYTES = 1024 * 1024;

const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;

/** The bytes received are not frames; the connection cannot be used any longer. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** Makes one frame of a header line and, for messages that carry SIP, the SIP message after CRLF. */
export function encodeFrame(head: string, sip?: Uint8Array): Buffer {
  const headBytes = Buffer.byteLength(head);
  const total = sip === undefined ? headBytes : headBytes + 2 + sip.length;
  const prefix = `${total}#`;
  const frame = Buffer.allocUnsafe(prefix.length + total);
  let at = frame.write(prefix, 0, 'latin1');
  at += frame.write(head, at, 'utf8');
  if (sip !== undefined) {
    at += frame.write('\r\n', at, 'latin1');
    frame.set(sip, at);
  }
  return frame;
}

/** Cuts a byte stream into frame payloads. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #maxDigits: number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Payload length of the frame being received, or the digits seen so far of it. */
  #expected: number | undefined;
  #digits = 0;
  #value = 0;

  constructor(maxBytes: number = MAX_FRAME_BYTES) {
    this.#maxBytes = maxBytes;
    this.#maxDigits = String(maxBytes).length;
  }

  /**
   * Takes the next bytes of the stream.
   * @returns the payloads completed by them, in order
   * @throws FramingError on anything but digits before `#`, a zero length or one above the limit
   */
  push(chunk: Buffer): Buffer[] {
    const payloads: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#expected === undefined) {
        rest = this.#readLength(rest);
        continue;
      }
      const missing = this.#expected - this.#buffered;
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      this.#chunks.push(part);
      this.#buffered += part.length;
      if (this.#buffered === this.#expected) payloads.push(this.#take());
    }
    return payloads;
  }

  #readLength(bytes: Buffer): Buffer {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === HASH) {
        if (this.#value === 0 || this.#value > this.#maxBytes) {
          throw new FramingError(`frame length ${this.#value} is not between 1 and ${this.#maxBytes}`);
        }
        this.#expected = this.#value;
        return bytes.subarray(i + 1);
      }
      if (byte < ZERO || byte > NINE) throw new FramingError('frame length is not a decimal number');
      this.#digits += 1;
      if (this.#digits > this.#maxDigits) throw new FramingError('frame length has too many digits');
      this.#value = this.#value * 10 + (byte - ZERO);
    }
    return bytes.subarray(bytes.length);
  }

  #take(): Buffer {
    const [only] = this.#chunks;
    const payload = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#buffered = 0;
    this.#expected = undefined;
    this.#digits = 0;
    this.#value = 0;
    return payload;
  }
}
