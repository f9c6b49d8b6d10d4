// Laws of the parser and serialiser over generated messages; fast-check prints the seed of whatever breaks one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lines, torture, tortureNames, wire } from '../../test/support.ts';
import {
  createRequest,
  createResponse,
  formatNameAddr,
  formatUri,
  parseMessage,
  parseNameAddr,
  parseUri,
  parseVia,
  serialise,
  splitList,
  type ParseResult,
} from '../index.ts';

const SEED = 20_261_121;
const runs = (numRuns: number): { seed: number; numRuns: number } => ({ seed: SEED, numRuns });

/** Any character there is. (fast-check's own `binary` takes a second to make.) */
const character = fc.integer({ min: 0, max: 0x10_ffff }).map((code) => String.fromCodePoint(code));
const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019-.!%*_+`'~"), minLength: 1, maxLength: 12 });
const word = fc.string({ unit: fc.constantFrom(...'abcxyz0189'), minLength: 1, maxLength: 10 });
const host = fc.oneof(
  fc.constantFrom('example.com', 'a', 'host-1.example.net'),
  fc.ipV4(),
  fc.constantFrom('[2001:db8::1]', '[::ffff:192.0.2.1]'),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const params = fc
  .dictionary(
    word.map((text) => `p${text}`),
    fc.option(word, { nil: null }),
    { maxKeys: 4, noNullPrototype: true },
  )
  .map((record) =>
    Object.entries(record)
      .map(([k, v]) => (v === null ? `;${k}` : `;${k}=${v}`))
      .join(''),
  );
const uri = fc
  .tuple(fc.constantFrom('sip', 'sips'), fc.option(word, { nil: undefined }), host, port, params)
  .map(
    ([scheme, user, where, number, extra]) =>
      `${scheme}:${user ? `${user}@` : ''}${where}${number ? `:${number}` : ''}${extra}`,
  );
const value = fc.string({ unit: fc.constantFrom(...'abc ,;<>"\\=@é€\t:/'), maxLength: 60 });
const body = fc.uint8Array({ maxLength: 200 });

const request = fc
  .record({
    method: token,
    uri,
    from: uri,
    tag: token,
    callId: word,
    cseq: fc.nat(),
    extra: fc.array(fc.tuple(word, value), { maxLength: 8 }),
    body,
  })
  .map((parts) => {
    const made = createRequest({
      method: parts.method,
      uri: parts.uri,
      from: `<${parts.from}>;tag=${parts.tag}`,
      to: `"B, \\"b" <${parts.uri}>`,
      callId: parts.callId,
      cseq: parts.cseq,
      body: { type: 'application/octet-stream', content: parts.body },
    });
    made.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx');
    for (const [name, text] of parts.extra) made.headers.append(`X-${name}`, text);
    return made;
  });

test('parse ∘ serialise is the identity on bytes, for requests and the responses to them', () => {
  fc.assert(
    fc.property(request, fc.integer({ min: 100, max: 699 }), (made, status) => {
      for (const message of [made, createResponse(made, status, { toTag: 'there' })]) {
        const bytes = serialise(message);
        const result = parseMessage(bytes);
        expect(result.outcome).toBe('ok');
        if (result.outcome === 'ok') expect(serialise(result.message).equals(bytes)).toBe(true);
      }
    }),
    runs(200),
  );
});

test('what was put into a header is what is read out of it, blanks at the ends aside', () => {
  fc.assert(
    fc.property(request, value, (made, text) => {
      made.headers.set('Subject', text);
      const result = parseMessage(serialise(made));
      if (result.outcome !== 'ok') throw new Error('not understood');
      expect(result.message.headers.get('s')).toBe(text.replace(/^[ \t]+|[ \t]+$/g, ''));
    }),
    runs(300),
  );
});

/** Seeds to be bent out of shape: ordinary ones and all of RFC 4475. */
const corpus = [wire(lines()), ...tortureNames().map(torture)];

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('flip'), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut'), at: fc.nat(), value: fc.nat(40) }),
  fc.record({ kind: fc.constant('repeat'), at: fc.nat(), value: fc.nat(40) }),
  fc.record({
    kind: fc.constant('insert'),
    at: fc.nat(),
    value: fc.constantFrom(...[...'\r\n\0 \t"<>;,:@=|%[]/*'].map((c) => c.charCodeAt(0))),
  }),
);

function mutate(
  bytes: Buffer,
  { kind, at, value: how }: { kind: string; at: number; value: number },
): Buffer {
  const where = bytes.length === 0 ? 0 : at % bytes.length;
  const before = bytes.subarray(0, where);
  const after = bytes.subarray(where);
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([how]), after.subarray(1)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(how)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, how), after]);
    default:
      return Buffer.concat([before, Buffer.from([how]), after]);
  }
}

/** Everything a user may do with a result without asking further. */
function use(result: ParseResult): void {
  if (result.outcome === 'drop') return;
  const message = result.outcome === 'ok' ? result.message : result.request;
  const { headers } = message;
  // One assertion for all of them: thousands of messages come by.
  const wholes = [...headers.entries()].map(([name, text]) => `${name}${text}`);
  expect(wholes.filter((whole) => /[\r\n\0]/.test(whole))).toEqual([]);
  void [
    headers.vias,
    headers.contacts,
    headers.routes,
    headers.maxForwards,
    headers.expires,
    headers.rack,
    headers.rseq,
  ];
  if (message.kind === 'request') serialise(createResponse(message, 400, { toTag: 'x' }));
  if (result.outcome !== 'ok') return;
  void [headers.via, headers.from, headers.to, headers.callId, headers.cseq];
  // What was let in is let in again: nothing depends on how it was cut out of the datagram.
  expect(parseMessage(serialise(message)).outcome).toBe('ok');
}

test('no mutation of a message makes the parser throw, or lets CR, LF or NUL through', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...corpus),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      (bytes, mutations) => {
        use(parseMessage(mutations.reduce(mutate, bytes)));
      },
    ),
    runs(600),
  );
});

test('no octets at all make the parsers throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: character, maxLength: 100 }),
      (bytes, text) => {
        use(parseMessage(bytes));
        void [parseUri(text), parseNameAddr(text), parseVia(text), splitList(text)];
      },
    ),
    runs(200),
  );
});

test('formatUri gives back what parseUri took', () => {
  fc.assert(
    fc.property(uri, (text) => {
      const parsed = parseUri(text);
      expect(parsed && formatUri(parsed)).toBe(text);
    }),
    runs(250),
  );
});

test('a name-addr survives formatting, whatever the display name', () => {
  fc.assert(
    fc.property(value, uri, (display, address) => {
      const text = formatNameAddr({ display, uri: address, params: { tag: 'x' } });
      expect(parseNameAddr(text)).toMatchObject({ display, uri: address, tag: 'x' });
      expect(splitList(`${text}, ${text}`)).toEqual([text, text]);
    }),
    runs(250),
  );
});
