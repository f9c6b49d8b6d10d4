import { expect, test } from 'vitest';
import { headerOf } from './app-message.ts';
import { parseCommand, parseDuration } from './command.ts';

const read = (...lines: string[]): ReturnType<typeof parseCommand> =>
  parseCommand(Buffer.from(lines.join('\r\n')));

test('authenticate carries the secret and the tags, which may be empty', () => {
  expect(read('m1|authenticate|s3cret|')).toEqual({
    type: 'authenticate',
    msgId: 'm1',
    secret: 's3cret',
    tags: [],
  });
  expect(read('m1|authenticate|s|a,b')).toMatchObject({ tags: ['a', 'b'] });
});

test('a request outside a dialog has neither id, a routed one names the next hop', () => {
  const command = read('m|sip|||sip:10.0.0.1:5080', 'OPTIONS sip:x@h SIP/2.0', 'Content-Length: 0', '', '');
  expect(command).toMatchObject({
    type: 'sip',
    transactionId: '',
    dialogId: '',
    routeUri: 'sip:10.0.0.1:5080',
    message: { kind: 'request', method: 'OPTIONS', uri: 'sip:x@h' },
  });
});

test('the dialog id keeps its semicolon and the body is everything after the empty line', () => {
  const command = read(
    'm|sip||c@h;from-tag=t',
    'INFO sip:placeholder SIP/2.0',
    'Content-Length: 1',
    '',
    'é€',
    'z',
  );
  expect(command).toMatchObject({ dialogId: 'c@h;from-tag=t' });
  if (command.type !== 'sip') throw new Error('not a sip command');
  expect(command.message.body.toString('utf8')).toBe('é€\r\nz');
});

test('a request of only a start line is complete', () => {
  expect(read('m|sip|t|', 'CANCEL sip:x@h SIP/2.0')).toMatchObject({
    message: { kind: 'request', method: 'CANCEL', headers: [] },
  });
});

test('a header name that is no token is dropped, a value cannot smuggle in a line', () => {
  const command = read('m|sip|t|', 'SIP/2.0 200 OK', 'bad name: 1', 'X-A: one\nInjected: two', '', '');
  if (command.type !== 'sip') throw new Error('not a sip command');
  expect(command.message.headers).toEqual([['X-A', 'one Injected: two']]);
  expect(headerOf(command.message, 'x-a')).toBe('one Injected: two');
});

test('proxy: flags, durations and targets by position', () => {
  const command = read(
    'm|proxy|t|remainInDialog|fullResponse||serial|500ms|2s|sip:a@1|sip:b@2',
    'INVITE sip:a@1 SIP/2.0',
  );
  expect(command).toMatchObject({
    type: 'proxy',
    transactionId: 't',
    remainInDialog: true,
    fullResponse: true,
    followRedirects: false,
    simultaneous: false,
    provisionalTimeoutMs: 500,
    finalTimeoutMs: 2000,
    destinations: ['sip:a@1', 'sip:b@2'],
  });
});

test.each([
  ['m|launch', 'Unknown message type'],
  ['m', 'Unknown message type'],
  ['m|proxy|t', 'Invalid proxy request: not enough information provided'],
  ['m|sip||\r\nSIP/2.0 200 OK\r\n\r\n', 'transaction id missing'],
])('%j is malformed: %s', (frame, reason) => {
  expect(parseCommand(Buffer.from(frame))).toEqual({ type: 'malformed', msgId: 'm', reason });
});

test('durations are whole seconds or milliseconds, or none', () => {
  expect(['2s', '500ms', '', 'soon', '1.5s', 'undefined'].map(parseDuration)).toEqual([
    2000,
    500,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
