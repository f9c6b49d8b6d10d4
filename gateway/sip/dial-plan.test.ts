// Which numbers may be called out. The table of toll fraud (wide routes, every prefix on the list, spellings meant to slip past) is at the end.

import { expect, test } from 'vitest';
import type { Numbering, OutboundRoute } from '../../app/ports/trunking.ts';
import { formatted, planFor, spellings, writtenInFull } from './dial-plan.ts';
import { premiumPrefixes } from './premium-numbers.ts';

const germany: Numbering = { countryCode: '49', internationalPrefix: '00', nationalPrefix: '0' };
const norway: Numbering = { countryCode: '47', internationalPrefix: '00', nationalPrefix: '' };
const nowhere: Numbering = { countryCode: '', internationalPrefix: '00', nationalPrefix: '0' };

test('numbers are written in full', () => {
  const table = [
    ['+4930123456', germany],
    ['004930123456', germany],
    ['030123456', germany],
    ['0015551234567', germany],
    ['112', germany],
    ['110', norway],
    ['22334455', norway],
    ['030123456', nowhere],
    ['+0301234567', germany],
    ['+49', germany],
    ['+1234567890123456', germany],
    ['00', germany],
    ['', germany],
    ['4711abc', germany],
    ['+49 30 123', germany],
  ] as const;
  const lines = table.map(
    ([dialled, numbering]) =>
      `${dialled.padEnd(18)} in ${(numbering.countryCode || '-').padEnd(3)} ${writtenInFull(dialled, numbering) ?? 'no number'}`,
  );
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "+4930123456        in 49  +4930123456
    004930123456       in 49  +4930123456
    030123456          in 49  +4930123456
    0015551234567      in 49  +15551234567
    112                in 49  112
    110                in 47  110
    22334455           in 47  +4722334455
    030123456          in -   030123456
    +0301234567        in 49  no number
    +49                in 49  no number
    +1234567890123456  in 49  no number
    00                 in 49  no number
                       in 49  no number
    4711abc            in 49  no number
    +49 30 123         in 49  no number"
  `);
});

test('a carrier gets the number as it wants it', () => {
  const formats = ['plus', 'digits', 'national'] as const;
  const written = ['+4930123456', '+33123456789', '112'].map((number) =>
    formats.map((format) => formatted(number, format, germany)).join(' '),
  );
  expect(written).toMatchInlineSnapshot(`
    [
      "+4930123456 4930123456 030123456",
      "+33123456789 33123456789 0033123456789",
      "112 112 112",
    ]
  `);
  expect(formatted('+4722334455', 'national', norway)).toBe('22334455');
});

test('whatever way a carrier writes our number, one of its spellings is the one in the table', () => {
  for (const dialled of ['+4930123456', '4930123456', '004930123456', '030123456'])
    for (const table of ['+4930123456', '030123456'])
      expect([dialled, table, spellings(dialled, germany).includes(table)]).toEqual([dialled, table, true]);
  expect(spellings('4000', germany)).toEqual(['4000']);
});

const routes: readonly OutboundRoute[] = [
  { prefix: '+', trunks: ['world'] },
  { prefix: '+49', trunks: ['berlin', 'paris'] },
  { prefix: '+4915', trunks: ['mobile'] },
  { prefix: '+49137', trunks: ['televote'] },
  { prefix: '+4933', trunks: [] },
  { prefix: '112', trunks: ['berlin'] },
];
const outcome = (dialled: string, table = routes): string => {
  const plan = planFor(dialled, germany, table);
  return plan.allowed ? `${plan.number} ${plan.trunks.join(',')}` : `${plan.status} ${plan.why}`;
};

test('the longest prefix decides; what is under no route, short, premium or no number is refused', () => {
  const dialled = ['030123456', '0151234567', '0137123456', '0033912345', '0331234567', '112', '1121', '110'];
  const more = ['11833', '0900123456', '+441234567890', '+449011234567', '+8821234567', 'sos', '+49;tag=1'];
  expect([...dialled, ...more].map((each) => `${each.padEnd(14)} ${outcome(each)}`).join('\n'))
    .toMatchInlineSnapshot(`
    "030123456      +4930123456 berlin,paris
    0151234567     +49151234567 mobile
    0137123456     +49137123456 televote
    0033912345     +33912345 world
    0331234567     403 route refuses
    112            112 berlin
    1121           404 no route
    110            404 no route
    11833          404 no route
    0900123456     403 premium number (+49900) without a route of its own
    +441234567890  +441234567890 world
    +449011234567  403 premium number (+449) without a route of its own
    +8821234567    403 premium number (+882) without a route of its own
    sos            484 not a number
    +49;tag=1      484 not a number"
  `);
  expect(outcome('+33123456789', routes.slice(1))).toBe('404 no route');
});

test('a route for the whole world, or a whole country, opens no prefix that pays its owner; one that names it does', () => {
  expect(premiumPrefixes.length).toBeGreaterThan(150);
  for (const prefix of premiumPrefixes) {
    const number = `${prefix}1234567`.slice(0, 15);
    const country: readonly OutboundRoute[] = [
      { prefix: '+', trunks: ['world'] },
      { prefix: prefix.slice(0, Math.max(2, prefix.length - 1)), trunks: ['country'] },
    ];
    const asDialled = [number, `00${number.slice(1)}`, number.replace(/^\+49/, '0')];
    for (const spelling of asDialled) {
      const wide = planFor(spelling, germany, country);
      expect([spelling, wide.allowed]).toEqual([spelling, false]);
      const named = planFor(spelling, germany, [...country, { prefix, trunks: ['premium'] }]);
      expect([spelling, named]).toEqual([spelling, { allowed: true, number, trunks: ['premium'] }]);
    }
  }
});

test.each([
  ...[
    '+49900',
    '0049900123456789012',
    '+490900123456',
    '0 900 123456',
    '00 49 900 1234567',
    '+49(0)900123456',
  ],
  ...[
    'tel:+49900123',
    '+4990012345;ext=1',
    '*31#0900123456',
    '#31#900',
    '%2B49900',
    '＋49900123456',
    '٠٩٠٠١٢٣',
  ],
  ...[
    '0900123456,,1',
    '0900123456p1',
    '++4930123456',
    '-49301234',
    '4930123456\r\nX: 1',
    '${number}',
    '|900',
    "'",
    '0x10',
  ],
])('%j, however it is meant, calls nobody', (dialled) => {
  expect(planFor(dialled, germany, [{ prefix: '+', trunks: ['world'] }]).allowed).toBe(false);
});
