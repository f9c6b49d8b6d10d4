// Peers whose Contact or Record-Route leads nowhere we can send to. Found by wrong answers, a hundred thousand at a time.
import { expect, test } from 'vitest';
import { label, laboratory, requestOf } from '../../test/support.ts';
import type { Dialog, Target } from '../index.ts';

const BOB: Target = { protocol: 'udp', host: '192.0.2.2', port: 5060 };

test.each([
  ['a transport we do not have', '<sip:bob@192.0.2.2;transport=tls>', {}],
  ['no SIP URI', '<tel:+4930123456>', {}],
  [
    'a route over a transport we do not have',
    '<sip:bob@192.0.2.2>',
    { 'Record-Route': '<sip:192.0.2.9;transport=tcp;lr>' },
  ],
  ['a route that is none', '<sip:bob@192.0.2.2>', { 'Record-Route': '<urn:x>' }],
])(
  'an answer with %s: the ACK goes where the INVITE went, and the dialog has no next hop',
  async (_what, contact, headers) => {
    const lab = laboratory();
    const alice = await lab.stack('192.0.2.1', { handlers: { request: () => undefined } });
    await lab.stack('192.0.2.2', {
      handlers: {
        request: (transaction) => {
          const answer = transaction.createResponse(200, {
            headers: { ...headers, Contact: contact },
            recordRoute: false,
          });
          transaction.respond(answer);
        },
      },
    });
    let dialog: Dialog | undefined;
    const uac = alice.uacInvite(requestOf('INVITE'), BOB);
    uac.events = {
      answered: (_response, made) => {
        dialog = made;
        uac.ack(made).send();
      },
    };
    uac.send();
    lab.clock.advance(100);
    const toBob = lab.network.log
      .filter(({ to }) => to === '192.0.2.2:5060')
      .map(({ bytes }) => label(bytes));
    expect(toBob).toEqual(['INVITE', 'ACK']);
    expect(dialog?.nextHop()).toBeUndefined();
  },
);
