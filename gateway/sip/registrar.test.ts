import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Registration } from '../../app/ports/registrations.ts';
import { flowOf, register, registrarLimits, targetOf, type RegisterRequest } from './registrar.ts';

const now = 1_800_000_000_000;
const source = { address: '203.0.113.9', port: 33_001, protocol: 'udp' };

const request = (parts: Partial<RegisterRequest> = {}): RegisterRequest => ({
  address: '1001',
  callId: 'call-1',
  cseq: 1,
  contacts: [{ uri: 'sip:1001@10.0.0.5:5062', params: {} }],
  expires: 120,
  userAgent: 'phone/1',
  source,
  ...parts,
});

const contact = (uri: string, expires?: string): RegisterRequest['contacts'][number] => ({
  uri,
  params: expires === undefined ? {} : { expires },
});

const accepted = (parts: Partial<RegisterRequest>, existing: readonly Registration[] = []) => {
  const answer = register(request(parts), existing, now);
  if (answer.outcome === 'refused') throw new Error(`${answer.status} ${answer.reason}`);
  return answer;
};
const refused = (parts: Partial<RegisterRequest>, existing: readonly Registration[] = []): string => {
  const answer = register(request(parts), existing, now);
  return answer.outcome === 'refused' ? `${answer.status} ${answer.reason}` : 'accepted';
};
const bound = (parts: Partial<RegisterRequest> = {}): readonly Registration[] => accepted(parts).bindings;

test('a binding keeps the contact as given, where it came from, and until when', () => {
  expect(bound()).toEqual([
    {
      address: '1001',
      contact: 'sip:1001@10.0.0.5:5062',
      flow: 'udp:203.0.113.9:33001',
      callId: 'call-1',
      cseq: 1,
      userAgent: 'phone/1',
      expiresAt: now + 120_000,
    },
  ]);
});

test("the contact's expires beats the header's, none at all is the default, and too much is the maximum", () => {
  const until = (parts: Partial<RegisterRequest>): number =>
    ((bound(parts)[0]?.expiresAt ?? NaN) - now) / 1_000;
  expect(until({ contacts: [contact('sip:a@b', '60')], expires: 600 })).toBe(60);
  expect(until({ expires: undefined })).toBe(registrarLimits.defaultExpires);
  expect(until({ expires: 4_000_000_000 })).toBe(registrarLimits.maxExpires);
});

test.each([
  ['too brief', { expires: registrarLimits.minExpires - 1 }, '423 Interval Too Brief'],
  ['a header that is no number', { expires: NaN }, '400 Bad Expires'],
  ['a parameter that is no number', { contacts: [contact('sip:a@b', '-1')] }, '400 Bad Expires'],
  ['no SIP URI', { contacts: [contact('tel:+4930')] }, '400 Contact Must Be A SIP URI'],
  ['sips without TLS', { contacts: [contact('sips:a@b')] }, '400 Contact Must Be A SIP URI'],
  [
    'a separator of the control connection',
    { contacts: [contact('sip:a|sip:evil@b')] },
    '400 Contact Must Be A SIP URI',
  ],
  ['a line break', { contacts: [contact('sip:a@b\r\nX: y')] }, '400 Contact Must Be A SIP URI'],
  ['nothing', { contacts: [contact('')] }, '400 Contact Must Be A SIP URI'],
  ['too long', { contacts: [contact(`sip:${'a'.repeat(600)}@b`)] }, '400 Contact Too Long'],
  [
    '* with another',
    { contacts: [contact('*'), contact('sip:a@b')], expires: 0 },
    '400 Contact * needs Expires 0 and no other',
  ],
  [
    '* without expires 0',
    { contacts: [contact('*')], expires: 60 },
    '400 Contact * needs Expires 0 and no other',
  ],
  [
    '* without expires',
    { contacts: [contact('*')], expires: undefined },
    '400 Contact * needs Expires 0 and no other',
  ],
] as const)('refused: %s', (_, parts, expected) => {
  expect(refused(parts)).toBe(expected);
});

test('a ninth contact is refused, and nothing of the request is done', () => {
  const eight = bound({ contacts: Array.from({ length: 8 }, (_, at) => contact(`sip:1001@10.0.0.${at}`)) });
  expect(refused({ callId: 'other', contacts: [contact('sip:1001@10.0.1.1')] }, eight)).toBe(
    '403 Too Many Contacts',
  );
});

test('no contact at all asks what is bound', () => {
  const live = bound();
  expect(accepted({ contacts: [], callId: 'x' }, live)).toEqual({
    outcome: 'accepted',
    save: [],
    remove: [],
    bindings: live,
  });
});

test('a repeated or older request of the same call undoes nothing, one of a new call does', () => {
  const live = bound({ cseq: 7 });
  expect(refused({ cseq: 7 }, live)).toBe('500 CSeq Out Of Order');
  expect(refused({ cseq: 6, expires: 0 }, live)).toBe('500 CSeq Out Of Order');
  expect(refused({ cseq: 7, contacts: [contact('*')], expires: 0 }, live)).toBe('500 CSeq Out Of Order');
  expect(accepted({ cseq: 8 }, live).bindings).toHaveLength(1);
  expect(accepted({ cseq: 1, callId: 'after-reboot', expires: 0 }, live).remove).toEqual(live);
});

test('a phone that varies its parameters replaces its binding, in the store too; another transport is another binding', () => {
  const live = bound({ contacts: [contact('sip:1001@10.0.0.5:5062;rinstance=1')] });
  const again = accepted({ cseq: 2, contacts: [contact('SIP:1001@10.0.0.5:5062;rinstance=2')] }, live);
  expect(again.remove).toEqual(live);
  expect(again.bindings.map(({ contact: uri }) => uri)).toEqual(['SIP:1001@10.0.0.5:5062;rinstance=2']);
  const tcp = accepted({ cseq: 2, contacts: [contact('sip:1001@10.0.0.5:5062;transport=tcp')] }, live);
  expect(tcp.bindings).toHaveLength(2);
});

test('what expired is not counted with', () => {
  const old = bound().map((binding) => ({ ...binding, expiresAt: now }));
  expect(accepted({ contacts: [] }, old).bindings).toEqual([]);
  expect(accepted({ cseq: 1 }, old).bindings).toHaveLength(1);
});

test('a phone is called where its packets came from, with its own parameters but none that lead elsewhere', () => {
  const target = (uri: string, from: Partial<RegisterRequest['source']> = {}): string =>
    targetOf({ ...(bound()[0] as Registration), contact: uri, flow: flowOf({ ...source, ...from }) });
  expect(target('sip:1001@10.0.0.5:5062')).toBe('sip:1001@203.0.113.9:33001');
  expect(target('sip:10.0.0.5;line=x7')).toBe('sip:203.0.113.9:33001;line=x7');
  expect(target('sip:1001@10.0.0.5;transport=udp;ob;maddr=192.0.2.1;lr?Route=x')).toBe(
    'sip:1001@203.0.113.9:33001;ob',
  );
  expect(target('sip:1001@10.0.0.5;transport=tcp', { protocol: 'tcp' })).toBe(
    'sip:1001@203.0.113.9:33001;transport=tcp',
  );
  expect(target('sip:1001@h', { address: '2001:db8::7' })).toBe('sip:1001@[2001:db8::7]:33001');
});

test('any sequence of REGISTERs leaves what a plain map of contacts would hold', () => {
  const step = fc.record({
    phone: fc.constantFrom('a', 'b', 'c'),
    expires: fc.constantFrom(0, 30, 600),
    star: fc.boolean(),
    waitSeconds: fc.integer({ min: 0, max: 700 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let stored: readonly Registration[] = [];
      const model = new Map<string, number>();
      let at = now;
      for (const [index, { phone, expires, star, waitSeconds }] of steps.entries()) {
        at += waitSeconds * 1_000;
        const unregistersAll = star && expires === 0;
        const uri = unregistersAll ? '*' : `sip:1001@${phone}`;
        const answer = register(
          request({ callId: 'same', cseq: index + 1, contacts: [contact(uri)], expires }),
          stored,
          at,
        );
        if (answer.outcome === 'refused') throw new Error(answer.reason);
        const gone = new Set([...answer.remove, ...answer.save].map((binding) => binding.contact));
        stored = [...stored.filter((binding) => !gone.has(binding.contact)), ...answer.save];
        if (unregistersAll) model.clear();
        else if (expires === 0) model.delete(uri);
        else model.set(uri, at + expires * 1_000);
        const expected = [...model].filter(([, until]) => until > at).sort();
        const held = stored.filter((binding) => binding.expiresAt > at);
        expect(held.map((binding) => [binding.contact, binding.expiresAt]).sort()).toEqual(expected);
        expect(answer.bindings.map((binding) => [binding.contact, binding.expiresAt]).sort()).toEqual(
          expected,
        );
      }
    }),
  );
});
