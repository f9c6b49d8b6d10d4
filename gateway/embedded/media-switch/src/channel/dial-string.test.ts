import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DialStringError, ORIGINATE_USAGE, parseDialString } from './dial-string.ts';
import { splitArguments } from './words.ts';

const DESTINATION = 'sofia/prof/1001@127.0.0.1:5062';
const answerTo = (line: string): string => {
  try {
    parseDialString(line);
    return 'accepted';
  } catch (error) {
    if (error instanceof DialStringError) return error.answer;
    throw error;
  }
};
const x1 = (block: string): string | undefined =>
  parseDialString(`{${block}}${DESTINATION} &park()`).variables.get('x1');

describe('values in a dial string, as FreeSWITCH reads them', () => {
  test.each([
    ["x1='a,b'", 'a'],
    ['x1=a\\,b', 'a,b'],
    ["x1='Doe\\, Jo'", 'Doe, Jo'],
    ['x1="a,b"', '"a'],
    ["x1='it\\'s'", "it's"],
    ["x1='a b'", 'a b'],
    ['x1=${uuid}', undefined],
    ['x1=', undefined],
    ['x1', undefined],
    ['x1=a=b', 'a=b'],
    ['x1=a%2Cb', 'a%2Cb'],
    ['x1=a|b', 'a|b'],
    ['x1=a"b', 'a"b'],
    ['x1=héllo', 'héllo'],
    ['x1=a\\nb', 'a\nb'],
    ["x1='a\\\\b'", 'a\\b'],
  ])('%s', (block, value) => {
    expect(x1(block)).toBe(value);
  });

  test('a separator of its own makes commas plain', () => {
    const read = parseDialString(`{^^|origination_uuid=U|x1='a, b'|x2=end}${DESTINATION} &park()`);
    expect([...read.variables]).toEqual([
      ['origination_uuid', 'U'],
      ['x1', 'a, b'],
      ['x2', 'end'],
    ]);
    const quoted = parseDialString(`'{^^|x1=a, b "c"|x2=end}${DESTINATION}' &park()`);
    expect(quoted.variables.get('x1')).toBe('a, b "c"');
  });

  test('blocks add up, whatever their brackets', () => {
    const read = parseDialString(`<x0=0>{x1=1}{x2=2}[x3=3]${DESTINATION} &park()`);
    expect(Object.fromEntries(read.variables)).toEqual({ x0: '0', x1: '1', x2: '2', x3: '3' });
  });

  test.each(['x1=a b', 'x1=Doe\\, Jo', 'x1=a{b'])('%s fails as a whole', (block) => {
    expect(answerTo(`{${block}}${DESTINATION} &park()`)).toBe('-ERR DESTINATION_OUT_OF_ORDER\n');
  });

  test("a closing brace in a value ends the block: x1='a}b'", () => {
    expect(answerTo(`{x1='a}b'}${DESTINATION} &park()`)).toBe('-ERR CHAN_NOT_IMPLEMENTED\n');
  });
});

describe('dial strings that cannot be used', () => {
  test.each([
    ['', ORIGINATE_USAGE],
    ['{', ORIGINATE_USAGE],
    ['{a=b', ORIGINATE_USAGE],
    [DESTINATION, ORIGINATE_USAGE],
    ['bogus/1001 &park()', '-ERR CHAN_NOT_IMPLEMENTED\n'],
    ['sofia/gateway/none/1 &park()', '-ERR INVALID_GATEWAY\n'],
    ['user/1001 &park()', '-ERR SUBSCRIBER_ABSENT\n'],
    ['error/USER_BUSY &park()', '-ERR USER_BUSY\n'],
    [`${DESTINATION};fs_path=<sip:127.0.0.1> &park()`, '-ERR EXCHANGE_ROUTING_ERROR\n'],
  ])('%j', (line, answer) => {
    expect(answerTo(line)).toBe(answer);
  });

  test('an application this switch does not have is refused, never started', () => {
    expect(answerTo(`${DESTINATION} &voicemail(x)`)).toMatch(/^-ERR /);
    expect(answerTo(`${DESTINATION} 'set:a=b,bogus:' inline`)).toMatch(/^-ERR /);
    expect(answerTo(`${DESTINATION} &conference(room+1234)`)).toMatch(/^-ERR /);
    expect(answerTo(`${DESTINATION} 1000 XML default`)).toMatch(/^-ERR /);
  });

  test('no line makes it throw anything else', () => {
    const line = fc.stringMatching(/^[a-z0-9{}[\]<>',=\\ &()^|$;:/@.]{0,60}$/);
    fc.assert(
      fc.property(line, (text) => void answerTo(text)),
      { numRuns: 500 },
    );
  });
});

describe('where a dial string leads', () => {
  test('fs_path is the first hop and is not part of the address', () => {
    for (const path of ['sip:127.0.0.1:5070', 'sip:127.0.0.1:5070;lr', 'sip:127.0.0.1:5070%3Blr']) {
      const read = parseDialString(`sofia/prof/1001@10.0.0.1:5062;x=1;fs_path=${path} &park()`);
      expect(read.destination).toBe('1001@10.0.0.1:5062;x=1');
      expect(read.path).toBe(decodeURIComponent(path));
    }
  });

  test('the plan is an application or an inline list', () => {
    expect(parseDialString(`${DESTINATION} &park()`).plan).toEqual([{ name: 'park', argument: '' }]);
    expect(parseDialString(`${DESTINATION} 'set:foo=bar,park:' inline`).plan).toEqual([
      { name: 'set', argument: 'foo=bar' },
      { name: 'park', argument: '' },
    ]);
  });

  test('arguments behind the plan are caller id and time-out', () => {
    const read = parseDialString(`${DESTINATION} &park() XML default 'Jo Doe' 555 9`);
    expect(Object.fromEntries(read.variables)).toEqual({
      origination_caller_id_name: 'Jo Doe',
      origination_caller_id_number: '555',
      originate_timeout: '9',
    });
  });
});

test('words are split on blanks, quotes group and vanish', () => {
  expect(splitArguments(" a  'b c'd '' e\\'f ")).toEqual(['a', 'b cd', '', "e'f"]);
});
