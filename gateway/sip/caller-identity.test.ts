import { expect, test } from 'vitest';
import { trunkDefaults, type Trunk } from '../../app/ports/trunking.ts';
import { assertion, callerOf } from './caller-identity.ts';

const numbering = { countryCode: '49', internationalPrefix: '00', nationalPrefix: '0' };
const trunk = (parts: Partial<Trunk>): Trunk => ({
  ...trunkDefaults,
  name: 'berlin',
  destination: 'sip.example.net',
  ...parts,
});
const said = (fromUser: string, parts: Partial<Trunk>, privacy?: string): string => {
  const headers = assertion(callerOf(fromUser, privacy, numbering), trunk(parts));
  return headers ? JSON.stringify(headers) : 'not on this trunk';
};

test('only numbers that are ours are shown, in the carrier’s words; who hides is asserted under the trunk’s own number', () => {
  const ours = { callerNumbers: ['+493012345', '+49691*'], defaultCaller: '+4930100' };
  const rows: readonly (readonly [string, Partial<Trunk>, string?])[] = [
    ['+493012345', ours],
    ['03012345', ours],
    ['+49691234', ours],
    ['+4917012345', ours],
    ['+493012345', ours, 'id'],
    ['anonymous', ours],
    ['', ours],
    ['anonymous', { callerNumbers: ['+493012345'] }],
    ['+493012345', {}],
    ['+493012345', { ...ours, assertsIdentity: false }],
    ['1001', ours],
    ['+493012345>;x=<', ours],
  ];
  const table = rows.map((row) => `${row[0].padEnd(16)} ${(row[2] ?? '').padEnd(3)} ${said(...row)}`);
  expect(table.join('\n')).toMatchInlineSnapshot(`
    "+493012345           {"P-Asserted-Identity":"<sip:+493012345@sip.example.net;user=phone>"}
    03012345             {"P-Asserted-Identity":"<sip:+493012345@sip.example.net;user=phone>"}
    +49691234            {"P-Asserted-Identity":"<sip:+49691234@sip.example.net;user=phone>"}
    +4917012345          not on this trunk
    +493012345       id  {"P-Asserted-Identity":"<sip:+493012345@sip.example.net;user=phone>","Privacy":"id"}
    anonymous            {"P-Asserted-Identity":"<sip:+4930100@sip.example.net;user=phone>","Privacy":"id"}
                         {"P-Asserted-Identity":"<sip:+4930100@sip.example.net;user=phone>","Privacy":"id"}
    anonymous            not on this trunk
    +493012345           not on this trunk
    +493012345           {}
    1001                 not on this trunk
    +493012345>;x=<      not on this trunk"
  `);
});
