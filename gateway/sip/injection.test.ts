// What strangers write reaches switch and carrier only through an allow-list: whatever they put into numbers, names and headers, the headers and
// URIs the edge makes of it hold nothing that a dial string, an ESL line or a SIP parser could take for more than a number.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trunkDefaults } from '../../app/ports/trunking.ts';
import { assertion, callerOf } from './caller-identity.ts';
import { planFor, spellings } from './dial-plan.ts';
import { routeInvite, type InviteFacts } from './routes.ts';

const numbering = { countryCode: '49', internationalPrefix: '00', nationalPrefix: '0' };
const dangerous = [
  '${',
  '}',
  '\n',
  '\r',
  '\0',
  '^^',
  '|',
  '&',
  ',',
  '{',
  '[',
  '<',
  '>',
  ';',
  '"',
  "'",
  '%0a',
  '@',
  ' ',
  '\u2028',
];
/** Any character there is. (fast-check's own `binary` takes a second to make.) */
const character = fc.integer({ min: 0, max: 0x10_ffff }).map((code) => String.fromCodePoint(code));
const word = fc.string({ unit: character, maxLength: 24 });
const text = fc
  .array(fc.oneof(word, fc.constantFrom(...dangerous, '+49', '1001', '0900', '*')))
  .map((parts) => parts.join(''));
const runs = { numRuns: 5_000, seed: 20261121 };

test('headers and request URIs toward the switch', () => {
  let passed = 0;
  fc.assert(
    fc.property(text, text, text, fc.constantFrom('trunk', 'phone', 'web'), (dialled, caller, id, kind) => {
      const origin: InviteFacts['origin'] =
        kind === 'web'
          ? { kind, sessionId: 's7', queueId: id }
          : kind === 'trunk'
            ? { kind, name: 'berlin' }
            : { kind: 'phone', address: '1001' };
      const route = routeInvite({
        origin,
        requestUser: dialled,
        isNumber: false,
        forgesOurHeaders: false,
        claimsIdentity: false,
        showsTicket: kind === 'web',
        dialled,
        numberLeadsTo: { kind: 'queue', queueId: kind === 'web' ? 'x' : 'sales' },
        caller,
      });
      if (route.to !== 'switch') return;
      passed += 1;
      expect(route.user).toMatch(/^(queue|agent|flow)-[A-Za-z0-9_-]{1,64}$/);
      for (const value of Object.values(route.headers)) expect(value).toMatch(/^[A-Za-z0-9_+*#-]{1,64}$/);
    }),
    runs,
  );
  expect(passed).toBeGreaterThan(1_000);
});

test('numbers and identities toward a carrier', () => {
  const trunk = { ...trunkDefaults, name: 'berlin', destination: 'carrier', callerNumbers: ['+49*'] };
  fc.assert(
    fc.property(text, text, text, (dialled, from, privacy) => {
      const plan = planFor(dialled, numbering, [{ prefix: '+', trunks: ['berlin'] }]);
      if (plan.allowed) expect(plan.number).toMatch(/^\+[1-9]\d{5,14}$/);
      for (const spelling of spellings(dialled, numbering).slice(1))
        expect(spelling).toMatch(/^\+?\d{1,20}$/);
      const headers = assertion(callerOf(from, privacy, numbering), trunk) ?? {};
      for (const value of Object.values(headers))
        expect(value).toMatch(/^(id|<sip:\+49\d{4,13}@carrier;user=phone>)$/);
    }),
    runs,
  );
});
