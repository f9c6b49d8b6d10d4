// What is made of what was seen, where seeing it takes no program: the rest is in test/contract/doctor.test.ts and test/e2e/doctor.test.ts.

import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { judgePace, judgeSkew } from './checks/clock.ts';
import { judgeCondition } from './checks/database.ts';
import { judgeNode, judgeSpace } from './checks/here.ts';
import { judgeProfile, judgeVersion } from './checks/switches.ts';
import { judgeSound, mediaOf, type Heard } from './checks/test-call.ts';
import { allWell, asText, type Finding } from './finding.ts';
import { holderOfSocket, listeningSockets } from './sockets.ts';
import { lengthOf, parseStun, requestOf, xorAddress } from './stun.ts';

const severityOf = ({ severity }: Finding): string => severity;
const idOf = ({ id }: Finding): string => id;

test('a report says what is wrong, what to do, and whether anything is', () => {
  const findings = [
    { id: 'a', severity: 'well', seen: 'This is well.' },
    { id: 'b', severity: 'note', seen: 'This might be better.', todo: 'Better it.' },
    { id: 'c', severity: 'wrong', seen: 'This is not.', todo: 'Mend it.' },
  ] as const;
  expect(asText(findings)).toMatchInlineSnapshot(`
    "ok     This is well.
    note   This might be better.
           -> Better it.
    WRONG  This is not.
           -> Mend it.

    1 thing is wrong.
    "
  `);
  expect([allWell(findings), allWell(findings.slice(0, 2))]).toEqual([false, true]);
});

test('old Nodes and full disks', () => {
  expect(['18.20.0', '20.18.9', '20.19.0', '22.1.0'].map((each) => severityOf(judgeNode(each)))).toEqual([
    ...['wrong', 'wrong', 'well', 'well'],
  ]);
  const megabytes = (count: number): string => severityOf(judgeSpace('/data', count * 1024 ** 2));
  expect([99, 500, 5_000].map(megabytes)).toEqual(['wrong', 'note', 'well']);
});

test('a clock that is off, further than the comparison may be wrong', () => {
  const off = (ms: number, roughMs = 500): string =>
    severityOf(judgeSkew('x.clock', 'the other', { theirs: 1_000_000 + ms, ours: 1_000_000, roughMs }));
  expect([0, 1_400, -1_600, 9_000, -11_000].map((ms) => off(ms))).toEqual([
    ...['well', 'well', 'note', 'note', 'wrong'],
  ]);
  expect(off(11_000, 60_000)).toBe('well');
  expect([judgePace(1_010, 1_000), judgePace(3_000, 1_000), judgePace(-500, 1_000)].map(severityOf)).toEqual([
    ...['well', 'wrong', 'wrong'],
  ]);
});

test('a database of another version', () => {
  const judged = (pending: string[], unknown: string[], isRunning: boolean): string[] =>
    judgeCondition('the file', { pending, unknown }, isRunning).map(
      ({ id, severity }) => `${id} ${severity}`,
    );
  expect(judged([], [], true)).toEqual(['database.well well']);
  expect(judged(['0005'], [], true)).toEqual(['database.older wrong']);
  expect(judged(['0005'], [], false)).toEqual(['database.older note']);
  expect(judged([], ['0099'], false)).toEqual(['database.newer wrong']);
});

test('switches: versions with published holes, a profile that is missing, codecs that nobody shares', () => {
  const version = (text: string): string =>
    severityOf(judgeVersion('it', `FreeSWITCH Version ${text} (64bit)`));
  const versions = ['1.10.12-release~64bit', '1.11.2', '1.11.3-release', '1.12.0', '1.10.12-cordboard'];
  expect(versions.map(version)).toEqual(['note', 'note', 'well', 'well', 'well']);
  const profile = (codecs: string): string[] =>
    judgeProfile('it', `Name \tcordboard\nRTP-IP  \t10.0.0.1\nCODECS OUT\t${codecs}\n`).map(idOf);
  expect(profile('PCMU,PCMA')).toEqual(['switch.profile']);
  expect(profile('OPUS,PCMU')).toEqual(['switch.codecs']);
  expect(judgeProfile('it', 'Invalid Profile!\n').map(severityOf)).toEqual(['wrong']);
});

test('which way sound was lost', () => {
  const there = { far: { host: '192.0.2.1', port: 20_000 }, near: '192.0.2.7' };
  const judged = (heard: Partial<Heard>): string =>
    judgeSound({ tone: true, echo: true, packetsHeard: 50, packetsTaken: 50, ...heard }, there).id;
  const deaf = { tone: false, echo: false, packetsHeard: 0 };
  expect(judged({})).toBe('call.well');
  expect(judged({ echo: false, packetsTaken: 0 })).toBe('call.one-way-out');
  expect(judged({ echo: false })).toBe('call.no-echo');
  expect(judged(deaf)).toBe('call.one-way-in');
  expect(judged({ ...deaf, packetsTaken: 0 })).toBe('call.no-sound');
  expect(judged({ ...deaf, packetsTaken: undefined })).toBe('call.no-sound');
  expect(judged({ ...deaf, packetsHeard: 20 })).toBe('call.silence');
});

test('where an answer wants sound: the media’s address before the session’s', () => {
  const session = 'v=0\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
  expect(mediaOf(`${session}m=audio 4000 RTP/AVP 0\r\n`)).toEqual({ host: '192.0.2.1', port: 4_000 });
  expect(mediaOf(`${session}m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n`)?.host).toBe('192.0.2.9');
  expect(mediaOf('v=0\r\n')).toBeUndefined();
});

test('a STUN message is read as it was written, and what is none is not', () => {
  const address = { host: '192.0.2.33', port: 49_152 };
  const { bytes, transaction } = requestOf(
    'createPermission',
    [
      ['xorPeerAddress', xorAddress(address)],
      ['data', Buffer.from('odd')],
    ],
    { username: 'u', password: 'p', realm: 'r', nonce: 'n' },
  );
  const read = parseStun(bytes);
  expect(read).toMatchObject({ class: 'request', method: 8, transaction });
  expect(read?.address('xorPeerAddress')).toEqual(address);
  expect(read?.text('data')).toBe('odd');
  expect(read?.bytes('messageIntegrity')).toHaveLength(20);
  expect(lengthOf(bytes)).toBe(bytes.length);
  expect([parseStun(Buffer.from('GET / HTTP/1.1\r\n\r\n'.padEnd(30))), lengthOf(Buffer.alloc(3))]).toEqual([
    ...[undefined, undefined],
  ]);
});

test.skipIf(process.platform !== 'linux')('who holds a port', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = listeningSockets().find((each) => each.protocol === 'tcp' && each.port === port);
  expect(socket?.host).toBe('127.0.0.1');
  expect(holderOfSocket(socket?.inode ?? '')?.pid).toBe(process.pid);
  server.close();
});
