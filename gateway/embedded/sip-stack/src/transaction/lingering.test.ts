import { expect, test } from 'vitest';
import { label, laboratory, requestOf } from '../../test/support.ts';
import type { ServerTransaction, Target } from '../index.ts';

const BOB: Target = { protocol: 'udp', host: '192.0.2.2', port: 5060 };
const MOST = 10;

test('a flood does not make transactions pile up: beyond the bound those done first go early', async () => {
  const lab = laboratory();
  const ended: string[] = [];
  const limits = { lingeringTransactions: MOST };
  const answer = (transaction: ServerTransaction): void => {
    transaction.events = { terminated: () => ended.push(transaction.request.headers.callId) };
    transaction.respond(transaction.createResponse(200));
  };
  const alice = await lab.stack('192.0.2.1', { limits, handlers: { request: () => undefined } });
  const bob = await lab.stack('192.0.2.2', { limits, handlers: { request: answer } });
  for (let call = 0; call < 3 * MOST; call += 1) {
    alice.clientTransaction(requestOf('OPTIONS', { callId: `call-${call}` }), BOB).send();
    lab.clock.advance(10);
  }
  expect([alice.counts().clientTransactions, bob.counts().serverTransactions]).toEqual([MOST, MOST]);
  expect(ended).toEqual(Array.from({ length: 2 * MOST }, (_, call) => `call-${call}`));
  lab.clock.advance(64 * 500);
  expect([alice.counts().clientTransactions, bob.counts().serverTransactions]).toEqual([0, 0]);
});

test('what is not answered yet is never given up for those that are done', async () => {
  const lab = laboratory();
  const waiting: ServerTransaction[] = [];
  const limits = { lingeringTransactions: 1 };
  const alice = await lab.stack('192.0.2.1', { handlers: { request: () => undefined } });
  await lab.stack('192.0.2.2', {
    limits,
    handlers: {
      request: (transaction) => {
        if (transaction.request.method === 'INVITE') waiting.push(transaction);
        else transaction.respond(transaction.createResponse(200));
      },
    },
  });
  const statuses: number[] = [];
  const invite = alice.clientTransaction(requestOf('INVITE', { callId: 'ringing' }), BOB);
  invite.events = { response: ({ status }) => statuses.push(status) };
  invite.send();
  for (let call = 0; call < 5; call += 1) {
    alice.clientTransaction(requestOf('OPTIONS', { callId: `call-${call}` }), BOB).send();
    lab.clock.advance(10);
  }
  waiting[0]?.respond(waiting[0].createResponse(486));
  lab.clock.advance(10);
  expect(statuses.at(-1)).toBe(486);
  expect(lab.network.log.map(({ bytes }) => label(bytes))).toContain('ACK');
});
