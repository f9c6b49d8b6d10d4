import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passBack, plainSdp } from './replies.ts';

const event = (result: object, more: object = {}) => ({
  janus: 'event',
  session_id: 1,
  sender: 2,
  transaction: 't1',
  plugindata: { plugin: 'janus.plugin.sip', data: { sip: 'event', call_id: 'secret-call-id', result } },
  ...more,
});

describe('what Janus says reaches a page without what the page may not know', () => {
  test('a call that comes in: an agent sees that it rings, and no number, name or header', () => {
    const incoming = event(
      {
        event: 'incomingcall',
        username: 'sip:+4930123456@trunk.example',
        displayname: 'Secret Caller',
        callee: 'sip:browser-1001@edge',
        headers: { 'X-Secret': '1' },
        referred_by: 'sip:boss@edge',
      },
      {
        jsep: {
          type: 'offer',
          sdp: 'v=0\r\no=alice 1 1 IN IP4 192.0.2.2\r\ns=Call with Alice\r\ni=+4930123456\r\nt=0 0\r\n',
          e2ee: true,
        },
      },
    );
    expect(passBack('staff', incoming)).toEqual({
      message: {
        janus: 'event',
        session_id: 1,
        sender: 2,
        transaction: 't1',
        plugindata: { plugin: 'janus.plugin.sip', data: { sip: 'event', result: { event: 'incomingcall' } } },
        jsep: { type: 'offer', sdp: 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\n' },
      },
    });
  });

  test('a call that comes in to a customer is not passed on: the proxy declines it', () => {
    expect(passBack('customer', event({ event: 'incomingcall', username: 'sip:x@y' }))).toEqual({
      message: undefined,
      strayCall: 2,
    });
  });

  test('the end of a call keeps its code and loses its sentences', () => {
    const hangup = event({ event: 'hangup', code: 480, reason: 'Agent 1001 is out', reason_header: 'text' });
    expect(passBack('customer', hangup).message).toMatchObject({
      plugindata: { data: { result: { event: 'hangup', code: 480 } } },
    });
    expect(JSON.stringify(passBack('customer', hangup))).not.toContain('1001');
  });

  test("the plugin's error keeps its number and loses the address it quotes", () => {
    const failed = event(
      {},
      {
        plugindata: {
          plugin: 'janus.plugin.sip',
          data: { error_code: 446, error: 'Invalid user address sip:secret@x' },
        },
      },
    );
    expect(JSON.stringify(passBack('customer', failed))).not.toContain('secret');
    expect(passBack('customer', failed).message).toMatchObject({ plugindata: { data: { error_code: 446 } } });
  });

  test.each(['info', 'message', 'notify', 'transfer', 'messagedelivery', 'updatingcall'])(
    'an event nobody needs (%s) does not pass',
    (name) => {
      expect(passBack('staff', event({ event: name, content: 'x' })).message).toBeUndefined();
    },
  );

  test('another plugin and an unknown kind of message do not pass', () => {
    expect(
      passBack('staff', { ...event({}), plugindata: { plugin: 'janus.plugin.echotest', data: {} } }).message,
    ).toBeUndefined();
    expect(
      passBack('staff', { janus: 'server_info', transaction: 't1', 'local-ip': '192.0.2.2' }).message,
    ).toBeUndefined();
    expect(passBack('staff', 'text').message).toBeUndefined();
  });

  test.each([
    [
      { janus: 'success', transaction: 't1', data: { id: 5, more: 1 } },
      { janus: 'success', transaction: 't1', data: { id: 5 } },
    ],
    [
      { janus: 'success', transaction: 't1', session_id: 3 },
      { janus: 'success', transaction: 't1', session_id: 3 },
    ],
    [
      { janus: 'ack', session_id: 1, transaction: 't1', x: 1 },
      { janus: 'ack', session_id: 1, transaction: 't1' },
    ],
    [
      { janus: 'media', session_id: 1, sender: 2, mid: '0', type: 'audio', receiving: true },
      { janus: 'media', session_id: 1, sender: 2, mid: '0', type: 'audio', receiving: true },
    ],
    [
      { janus: 'hangup', session_id: 1, sender: 2, reason: 'DTLS alert' },
      { janus: 'hangup', session_id: 1, sender: 2, reason: 'DTLS alert' },
    ],
    [
      { janus: 'error', transaction: 't1', error: { code: 458, reason: 'No such session 5', extra: 1 } },
      { janus: 'error', transaction: 't1', error: { code: 458, reason: 'No such session 5' } },
    ],
    [
      { janus: 'webrtcup', session_id: 1, sender: 2, opaque_id: 'staff:1001' },
      { janus: 'webrtcup', session_id: 1, sender: 2 },
    ],
  ])('what janus.js needs passes: %j', (given, expected) => {
    expect(passBack('customer', given).message).toEqual(expected);
  });

  test('nothing of the far side passes, whatever the SIP plugin adds to an event', () => {
    const number = '+4930999888';
    fc.assert(
      fc.property(
        fc.constantFrom(
          'incomingcall',
          'accepted',
          'progress',
          'ringing',
          'hangup',
          'calling',
          'missed_call',
        ),
        fc.constantFrom(
          'username',
          'displayname',
          'callee',
          'caller',
          'reason',
          'referred_by',
          'replaces',
          'reason_header',
        ),
        fc.constantFrom('customer', 'staff'),
        (name, field, role) => {
          const said = event(
            { event: name, [field]: `sip:${number}@x`, headers: { From: number } },
            { call_id: number },
          );
          expect(JSON.stringify(passBack(role, said))).not.toContain(number);
        },
      ),
    );
  });
});

test('a description keeps what media needs, line by line', () => {
  const sdp =
    'v=0\r\no=bob 5 6 IN IP4 192.0.2.2\r\ns=Bob\r\ne=bob@example.org\r\np=+49 30\r\nu=http://x\r\nt=0 0\r\nm=audio 9 RTP 0\r\na=mid:0\r\n';
  expect(plainSdp(sdp)).toBe(
    'v=0\r\no=- 5 6 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP 0\r\na=mid:0\r\n',
  );
});
