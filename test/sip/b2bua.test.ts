// Back-to-back calls by drachtio-srf's createB2BUA: two legs, both hang-up directions, CANCEL, failures.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { type PeerMessage, SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, type SrfDialog } from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

const BOB_SDP = SDP.replace('50000', '51000');

describe('an application joins two calls', () => {
  edgeSuite('b2bua', ({ server, test }) => {
    interface Call {
      readonly alice: SipPeer;
      readonly bob: SipPeer;
      readonly failures: unknown[];
      readonly legs: { uas: SrfDialog; uac: SrfDialog }[];
    }

    async function between(
      protocols: readonly ['udp' | 'tcp', 'udp'],
      body: (call: Call) => Promise<void>,
    ): Promise<void> {
      const alice = await SipPeer[protocols[0]](server().sip, 'alice');
      const bob = await SipPeer[protocols[1]](server().sip, 'bob');
      const failures: unknown[] = [];
      const legs: Call['legs'] = [];
      const app = await connectApp(server().control);
      app.handle('invite', (req, res) => {
        app
          .createB2BUA(req, res, `sip:bob@127.0.0.1:${bob.port}`, {
            localSdpB: req.body,
            proxyRequestHeaders: ['Subject'],
            proxyResponseHeaders: ['X-Bob'],
          })
          .then(
            ({ uas, uac }) => {
              uas.on('destroy', () => void uac.destroy().catch(() => undefined));
              uac.on('destroy', () => void uas.destroy().catch(() => undefined));
              legs.push({ uas, uac });
            },
            (error: unknown) => failures.push(error),
          );
      });
      try {
        await body({ alice, bob, failures, legs });
      } finally {
        app.close();
        await Promise.all([alice.close(), bob.close()]);
      }
    }

    /** Sets the call up; returns the INVITEs and the answer Alice got. */
    async function talking({
      alice,
      bob,
      legs,
    }: Call): Promise<{ sent: PeerMessage; invite: PeerMessage; ok: PeerMessage }> {
      const sent = alice.send(
        alice.request('INVITE', { body: SDP, headers: { Subject: 'hello', 'X-Secret': 'no' } }),
      );
      const invite = await bob.receive('INVITE');
      expect(invite.header('Subject')).toBe('hello');
      expect(invite.header('X-Secret')).toBe('');
      expect(invite.header('From')).toContain(`<sip:alice@127.0.0.1:${server().sip.port}>`);
      expect(invite.callId).not.toBe(sent.callId);
      bob.reply(invite, '180 Ringing', { headers: { 'X-Bob': 'ring' } });
      expect((await alice.receive(180)).header('X-Bob')).toBe('ring');
      bob.reply(invite, '200 OK', { body: BOB_SDP, headers: { 'X-Bob': 'ok' } });
      await bob.receive('ACK');
      const ok = await alice.receive(200);
      expect(ok.body).toBe(BOB_SDP);
      alice.send(alice.inDialog('ACK', sent, ok));
      await until('both legs are up', () => legs.length > 0);
      return { sent, invite, ok };
    }

    for (const protocol of ['udp', 'tcp'] as const) {
      test(`the caller (${protocol}) hangs up`, () =>
        between([protocol, 'udp'], async (call) => {
          const { alice, bob } = call;
          const { sent, ok } = await talking(call);
          alice.send(alice.inDialog('BYE', sent, ok));
          bob.reply(await bob.receive('BYE'), '200 OK');
          await alice.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
        }));

      test(`the callee hangs up on a caller over ${protocol}`, () =>
        between([protocol, 'udp'], async (call) => {
          const { alice, bob } = call;
          const { invite } = await talking(call);
          bob.send(
            bob.request('BYE', {
              callId: invite.callId,
              fromTag: 'peer1',
              to: invite.header('From'),
              uri: `sip:127.0.0.1:${server().sip.port}`,
            }),
          );
          alice.reply(await alice.receive('BYE'), '200 OK');
          await bob.receive((message) => message.status === 200 && message.cseq.endsWith('BYE'));
        }));
    }

    test('the caller cancels: the callee is cancelled with her Reason', () =>
      between(['udp', 'udp'], async (call) => {
        const { alice, bob, failures } = call;
        const sent = alice.send(alice.request('INVITE', { body: SDP }));
        const invite = await bob.receive('INVITE');
        bob.reply(invite, '180 Ringing');
        await alice.receive(180);
        alice.send(alice.cancelOf(sent, { Reason: 'Q.850;cause=16' }));
        await alice.receive((message) => message.status === 200 && message.cseq.endsWith('CANCEL'));
        alice.send(alice.ackOfFailure(sent, await alice.receive(487)));
        const cancel = await bob.receive('CANCEL');
        expect(cancel.header('Reason')).toBe('Q.850;cause=16');
        bob.reply(cancel, '200 OK');
        bob.reply(invite, '487 Request Terminated');
        await bob.receive('ACK');
        await until('the application is told', () => failures.length > 0);
      }));

    test('the callee is busy: the caller hears it', () =>
      between(['udp', 'udp'], async (call) => {
        const { alice, bob, failures } = call;
        const sent = alice.send(alice.request('INVITE', { body: SDP }));
        bob.reply(await bob.receive('INVITE'), '486 Busy Here');
        await bob.receive('ACK');
        alice.send(alice.ackOfFailure(sent, await alice.receive(486)));
        await until('the application is told', () => failures.length > 0);
      }));

    test('ten calls at once stay apart', () =>
      between(['udp', 'udp'], async (call) => {
        const { alice, bob } = call;
        const sent = Array.from({ length: 10 }, (_, i) =>
          alice.send(alice.request('INVITE', { body: SDP, headers: { Subject: `call ${i}` }, cseq: i + 1 })),
        );
        for (const each of sent) {
          const invite = await bob.receive('INVITE');
          bob.reply(invite, '200 OK', {
            body: BOB_SDP,
            headers: { 'X-Bob': invite.header('Subject') },
            toTag: `t${invite.callId}`,
          });
          expect(each.callId).toBeDefined();
        }
        for (const each of sent) {
          const ok = await alice.receive(
            (message) => message.status === 200 && message.callId === each.callId,
          );
          expect(ok.header('X-Bob')).toBe(each.header('Subject'));
          alice.send(alice.inDialog('ACK', each, ok));
          alice.send(alice.inDialog('BYE', each, ok));
          bob.reply(await bob.receive('BYE'), '200 OK');
        }
        await within(
          'all hung up',
          until(
            'no call is left',
            () => alice.received.filter((m) => m.status === 200 && m.cseq.endsWith('BYE')).length === 10,
          ),
        );
      }));
  });
});
