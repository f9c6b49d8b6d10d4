import { expect, test } from 'vitest';
import { featureOf } from './feature-codes.ts';

test('what the codes mean', () => {
  const dialled = [
    '*71',
    '*72',
    '*73',
    '*74',
    '*75701',
    '*43',
    '*75',
    '*7',
    '*71#',
    '*7571234',
    '4000',
    '+49',
    '',
    'alice',
  ];
  const lines = dialled.map((each) => `${each.padEnd(8)} ${JSON.stringify(featureOf(each)) ?? 'no code'}`);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "*71      {"feature":"signIn"}
    *72      {"feature":"signOut"}
    *73      {"feature":"ready"}
    *74      {"feature":"break"}
    *75701   {"feature":"pickUp","slot":701}
    *43      "echo"
    *75      "none"
    *7       "none"
    *71#     "none"
    *7571234 "none"
    4000     no code
    +49      no code
             no code
    alice    no code"
  `);
});
