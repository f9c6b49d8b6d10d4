import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trunkDefaults } from './ports/trunking.ts';
import { parseTrunking, readTrunkingFile, TrunkingFileProblem } from './trunking-file.ts';

const parse = (value: unknown): unknown => parseTrunking(JSON.stringify(value), 'trunks.json', 'cordboard');
const problem = (value: unknown): string => {
  try {
    parse(value);
  } catch (error) {
    if (error instanceof TrunkingFileProblem) return error.message;
    throw error;
  }
  return 'none';
};

describe('the trunking file', () => {
  it('may be empty: what it does not state is left alone', () => {
    expect(parse({})).toEqual({});
    expect(parse({ routes: [] })).toEqual({ routes: [] });
  });

  it('states trunks with their defaults, and no password of theirs that could be read', () => {
    const trunk = { name: 'paris', theirLogin: { username: 'them', password: 'secret' }, register: false };
    expect(parse({ trunks: [trunk] })).toEqual({
      trunks: [
        {
          ...trunkDefaults,
          name: 'paris',
          // MD5 of "them:cordboard:secret".
          inboundLogin: { username: 'them', ha1: '9ffdb06abd891572339f6c90556c0e3d' },
        },
      ],
    });
  });

  it('is understood as docs/trunks.md shows it', () => {
    const documented = /```json\n([^]*?)```/.exec(readFileSync('docs/trunks.md', 'utf8'))?.[1] ?? '';
    const parsed = parseTrunking(documented, 'docs', 'cordboard');
    expect(parsed.trunks?.map(({ name }) => name)).toEqual(['berlin', 'paris']);
    expect(parsed.numbers).toContainEqual({
      number: '+4930123451',
      target: { kind: 'agent', agentId: '1001' },
    });
    expect(parsed.limits).toEqual({ maxCalls: 60, callsPerSecond: 10 });
  });

  it('says what is wrong with it, and where', () => {
    const named = { name: 'a' };
    const wrong = [
      [],
      { trunk: [] },
      { trunks: [{ name: 'Berlin!' }] },
      { trunks: [{ ...named, addresses: ['carrier.example'] }] },
      { trunks: [{ ...named, destination: 'sip:carrier' }] },
      { trunks: [{ ...named, register: true }] },
      { trunks: [{ ...named, login: { username: 'a"b', password: 'x' } }] },
      { trunks: [{ ...named, callerNumbers: ['030123'] }] },
      { trunks: [named, named] },
      { trunks: [{ ...named, maxCalls: 0 }] },
      { trunks: [named], routes: [{ prefix: '+49', trunks: ['b'] }] },
      {
        routes: [
          { prefix: '0049', trunks: [] },
          { prefix: '49x', trunks: [] },
        ],
      },
      { numbers: { '+4930': 'sales' } },
      { numbers: { 'sip:x': 'queue:sales' } },
    ];
    expect(wrong.map(problem).join('\n')).toMatchInlineSnapshot(`
      "trunks.json: Invalid input: expected object, received array
      trunks.json: Unrecognized key: "trunk"
      trunks.json: trunks.0.name: a name of a-z, 0-9 and -, at most 32 long
      trunks.json: trunks.0.addresses.0: an IP address or CIDR range
      trunks.json: trunks.0.destination: host or host:port
      trunks.json: trunks.0: a trunk that registers needs login and destination
      trunks.json: trunks.0.login.username: without blanks, quotes and control characters
      trunks.json: trunks.0.callerNumbers.0: a number in full, or a prefix of one and *, such as +493012*
      trunks.json: trunks: two trunks have one name
      trunks.json: trunks.0.maxCalls: Too small: expected number to be >=1
      trunks.json: routes: a route names a trunk that is not there
      trunks.json: routes.1.prefix: a prefix in full, such as +49, or a short code, such as 112
      trunks.json: numbers.+4930: queue:<id>, agent:<id> or flow:<id>
      trunks.json: numbers.sip:x: Invalid key in record"
    `);
  });

  it('that is not there or no JSON is a problem with its name', () => {
    expect(() => readTrunkingFile('/nowhere/trunks.json', 'r')).toThrow(TrunkingFileProblem);
    expect(() => parseTrunking('{', 'trunks.json', 'r')).toThrow(/^trunks\.json: no JSON/);
  });
});
