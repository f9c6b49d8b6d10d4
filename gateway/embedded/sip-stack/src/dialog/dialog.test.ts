// Dialog state without any wire: identifiers, route sets, order of requests, target refresh, strict and loose routing.
import { expect, test } from 'vitest';
import { requestOf } from '../../test/support.ts';
import {
  createResponse,
  dialogAsUac,
  dialogAsUas,
  dialogKeyOfRequest,
  type Dialog,
  type HeaderFields,
} from '../index.ts';

const ROUTES = ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>'];

/** The dialog at both ends of an INVITE answered with `status`. */
function both(
  status = 200,
  routes: readonly string[] = [],
  contact = '<sip:bob@192.0.2.2:5070>',
): { uac: Dialog; uas: Dialog } {
  const headers: HeaderFields = { Contact: '<sip:alice@192.0.2.1:5070>', 'Record-Route': routes };
  const invite = requestOf('INVITE', { cseq: 10, headers });
  const response = createResponse(invite, status, { toTag: 'bob', headers: { Contact: contact } });
  return { uac: dialogAsUac(invite, response), uas: dialogAsUas(invite, response) };
}

test('both ends name the dialog alike, mirrored (12.1)', () => {
  const { uac, uas } = both();
  expect([uac.callId, uac.localTag, uac.remoteTag]).toEqual(['call-1', 'alice', 'bob']);
  expect([uas.callId, uas.localTag, uas.remoteTag]).toEqual(['call-1', 'bob', 'alice']);
  expect(dialogKeyOfRequest(uac.createRequest('BYE'))).toBe(uas.key);
  expect(dialogKeyOfRequest(uas.createRequest('BYE'))).toBe(uac.key);
  expect(dialogKeyOfRequest(requestOf('INVITE'))).toBeUndefined();
});

test('the route set is the Record-Route, reversed for the caller (12.1.1, 12.1.2)', () => {
  const { uac, uas } = both(200, ROUTES);
  expect(uas.createRequest('BYE').headers.list('Route')).toEqual(ROUTES);
  expect(uac.createRequest('BYE').headers.list('Route')).toEqual([...ROUTES].reverse());
  expect(uac.nextHop()).toMatchObject({ host: 'p2.example.com', port: 5060 });
  expect(uac.createRequest('INFO').uri).toBe('sip:bob@192.0.2.2:5070');
});

test('a strict router takes the request URI, the target goes to the end of Route (12.2.1.1)', () => {
  const { uas } = both(200, ['<sip:old.example.com;method=INVITE?x=y>', '<sip:p2.example.com;lr>']);
  const bye = uas.createRequest('BYE');
  expect(bye.uri).toBe('sip:old.example.com');
  expect(bye.headers.list('Route')).toEqual(['<sip:p2.example.com;lr>', '<sip:alice@192.0.2.1:5070>']);
  expect(uas.nextHop()).toMatchObject({ host: 'old.example.com' });
});

test('our requests count up from the INVITE, an own number is kept and counted on from (8.1.1.5)', () => {
  const { uac } = both();
  expect(uac.createRequest('INFO').headers.cseq.number).toBe(11);
  expect(uac.createRequest('INFO', { cseq: 20 }).headers.cseq.number).toBe(20);
  expect(uac.createRequest('BYE').headers.cseq.number).toBe(21);
  expect(uac.createAck(10).headers.cseq).toEqual({ number: 10, method: 'ACK' });
  expect(uac.localCSeq).toBe(21);
});

test('requests of the peer must count up; gaps are fine, the past is 500 (12.2.2)', () => {
  const { uac, uas } = both();
  expect(uac.receiveRequest(requestOf('INFO', { cseq: 1 }))).toEqual({ outcome: 'ok' });
  expect(uas.receiveRequest(requestOf('INFO', { cseq: 15 }))).toEqual({ outcome: 'ok' });
  expect(uas.receiveRequest(requestOf('INFO', { cseq: 12 }))).toMatchObject({
    outcome: 'refuse',
    status: 500,
  });
  expect(uas.receiveRequest(requestOf('INFO', { cseq: 15 }))).toMatchObject({
    outcome: 'refuse',
    status: 500,
  });
  expect(uas.remoteCSeq).toBe(15);
});

test('a re-INVITE or UPDATE moves the target, a BYE or INFO does not', () => {
  const { uas } = both();
  const moved = (method: string, cseq: number): string => {
    uas.receiveRequest(requestOf(method, { cseq, headers: { Contact: `<sip:alice@new-${cseq}>` } }));
    return uas.remoteTarget;
  };
  expect([moved('INFO', 11), moved('INVITE', 12), moved('UPDATE', 13), moved('BYE', 14)]).toEqual([
    'sip:alice@192.0.2.1:5070',
    'sip:alice@new-12',
    'sip:alice@new-13',
    'sip:alice@new-13',
  ]);
});

test('a 2xx to our re-INVITE moves the target, a failure does not', () => {
  const { uac } = both();
  const reinvite = uac.createRequest('INVITE');
  expect(reinvite.headers.get('Contact')).toBe('<sip:alice@192.0.2.1:5070>');
  uac.receiveResponse(reinvite, createResponse(reinvite, 488, { headers: { Contact: '<sip:x@y>' } }));
  expect(uac.remoteTarget).toBe('sip:bob@192.0.2.2:5070');
  uac.receiveResponse(reinvite, createResponse(reinvite, 200, { headers: { Contact: '<sip:bob@moved>' } }));
  expect(uac.remoteTarget).toBe('sip:bob@moved');
});

test('an early dialog is confirmed by the 2xx, which also decides about the route set (13.2.2.4)', () => {
  const invite = requestOf('INVITE');
  const ringing = createResponse(invite, 180, {
    toTag: 'bob',
    headers: { Contact: '<sip:bob@early>', 'Record-Route': ROUTES },
  });
  const dialog = dialogAsUac(invite, ringing);
  expect(dialog.state).toBe('early');
  const ok = createResponse(invite, 200, {
    toTag: 'bob',
    headers: { Contact: '<sip:bob@late>', 'Record-Route': ROUTES[0] },
  });
  dialog.receiveResponse(invite, ok);
  expect([dialog.state, dialog.remoteTarget, dialog.routeSet]).toEqual([
    'confirmed',
    'sip:bob@late',
    [ROUTES[0]],
  ]);
});

test('a peer that can only be reached by telephone number has no next hop', () => {
  expect(both(200, [], '<tel:+4930123>').uac.nextHop()).toBeUndefined();
});

test('IPv6 contacts are reached without brackets', () => {
  const { uac } = both(200, [], '<sip:bob@[2001:db8::7]:5080;transport=tcp>');
  expect(uac.nextHop()).toEqual({ protocol: 'tcp', host: '2001:db8::7', port: 5080 });
});
