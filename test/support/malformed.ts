// Wrong messages from a seed, so that a failing run can be repeated.

/** Small seeded generator (mulberry32): numbers from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const nasty = [
  ...['\0', '\r', '\n', '\r\n\r\n', '\n\n', '|', ';;;', ',', '"', '<', '>', '{', '}', '[', '\\'],
  ...['4294967296', '-1', '%', '%zz', '\xff', '\t ', ';tag=', '[::1]', 'sip:', 'SIP/3.0', '9'.repeat(20)],
].map((text) => Buffer.from(text, 'latin1'));

/** One to four changes: a byte, a piece left out, put in, put in its place, or said twice. */
export function mutate(message: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(message);
  for (let changes = 1 + Math.floor(random() * 4); changes > 0 && bytes.length > 0; changes -= 1) {
    const at = Math.floor(random() * bytes.length);
    const [head, rest] = [bytes.subarray(0, at), bytes.subarray(at)];
    const tail = bytes.subarray(at + Math.floor(random() * 20));
    const piece = nasty[Math.floor(random() * nasty.length)] ?? Buffer.alloc(0);
    const kinds = [
      () => Buffer.concat([head, Buffer.from([Math.floor(random() * 256)]), rest.subarray(1)]),
      () => Buffer.concat([head, tail]),
      () => Buffer.concat([head, piece, rest]),
      () => Buffer.concat([head, piece, tail]),
      () => Buffer.concat([bytes.subarray(0, bytes.length - tail.length), rest]),
    ];
    bytes = kinds[Math.floor(random() * kinds.length)]?.() ?? bytes;
  }
  return bytes;
}
