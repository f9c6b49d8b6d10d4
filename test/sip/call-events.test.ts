// Call events (cdr:attempt, cdr:start, cdr:stop) as drachtio-srf, unmodified, gets them from each server of the edge suite.
import { expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { connectApp, type SrfApp, type SrfMessage } from '../support/srf-app.ts';
import { until, within } from '../support/until.ts';

interface Stage {
  readonly alice: SipPeer;
  readonly bob: SipPeer;
  readonly app: SrfApp;
  /** Waits until exactly these were told, in whatever order. */
  told(...events: readonly string[]): Promise<void>;
}

edgeSuite('call events', ({ test, server }) => {
  async function withPeers(body: (stage: Stage) => Promise<void>): Promise<void> {
    const { sip, control } = server();
    const [alice, bob] = [await SipPeer.udp(sip, 'alice'), await SipPeer.udp(sip, 'bob')];
    const app = await connectApp(control);
    const heard: string[] = [];
    for (const event of ['attempt', 'start', 'stop'])
      app.on(`cdr:${event}`, (source: string, time: string, ...rest: readonly unknown[]) => {
        const message = rest.at(-1) as SrfMessage;
        const detail = rest.length > 1 ? ` ${String(rest[0])}` : '';
        const by = message.method || message.status;
        heard.push(
          `${event} ${source}${detail} by ${by}${/^\d\d:\d\d:\d\d\.\d{6}$/.test(time) ? '' : ` at ${time}`}`,
        );
      });
    const told = async (...events: readonly string[]): Promise<void> => {
      await until('all is told', () => heard.length >= events.length).catch(() => undefined);
      expect(heard.toSorted()).toEqual([...events].sort());
    };
    try {
      await body({ alice, bob, app, told });
    } finally {
      app.close();
      await Promise.all([alice.close(), bob.close()]);
    }
  }

  test('a call that an application answers, and the caller ends', () =>
    withPeers(async ({ alice, app, told }) => {
      app.handle('invite', (req, res) => void app.createUAS(req, res, { localSdp: SDP }));
      const invite = alice.send(alice.request('INVITE', { body: SDP }));
      const ok = await alice.receive(200);
      alice.send(alice.inDialog('ACK', invite, ok));
      const bye = alice.send(alice.inDialog('BYE', invite, ok));
      await alice.receive((message) => message.status === 200 && message.cseq === bye.cseq);
      await told(
        'attempt network by INVITE',
        'start application uas by 200',
        'stop network normal-release by BYE',
      );
    }));

  test('a call that an application makes, and ends', () =>
    withPeers(async ({ bob, app, told }) => {
      const calling = app.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP });
      bob.reply(await bob.receive('INVITE'), '200 OK', { body: SDP });
      await bob.receive('ACK');
      const over = (await within('dialog', calling)).destroy();
      bob.reply(await bob.receive('BYE'), '200 OK');
      await over;
      await told(
        'attempt application by INVITE',
        'start network uac by 200',
        'stop application normal-release by BYE',
      );
    }));

  test('a call that an application refuses, and one that is refused to it', () =>
    withPeers(async ({ alice, bob, app, told }) => {
      app.handle('invite', (_req, res) => res.send(486));
      const invite = alice.send(alice.request('INVITE', { body: SDP }));
      alice.send(alice.ackOfFailure(invite, await alice.receive(486)));
      const calling = app.createUAC(`sip:bob@127.0.0.1:${bob.port}`, { localSdp: SDP });
      bob.reply(await bob.receive('INVITE'), '603 Decline');
      await expect(calling).rejects.toMatchObject({ status: 603 });
      await bob.receive('ACK');
      await told(
        'attempt application by INVITE',
        'attempt network by INVITE',
        'stop application call-rejected by 486',
        'stop network call-rejected by 603',
      );
    }));

  test('a call that its caller takes back', () =>
    withPeers(async ({ alice, app, told }) => {
      app.handle('invite', (_req, res) => res.send(180));
      const invite = alice.send(alice.request('INVITE', { body: SDP }));
      await alice.receive(180);
      alice.send(alice.cancelOf(invite));
      alice.send(alice.ackOfFailure(invite, await alice.receive(487)));
      await told('attempt network by INVITE', 'stop network call-canceled by INVITE');
    }));

  test('a call that is proxied is told of on both sides', () =>
    withPeers(async ({ alice, bob, app, told }) => {
      app.handle('invite', (req) => {
        const to = `sip:bob@127.0.0.1:${bob.port}`;
        void app.proxyRequest(req, [to], { remainInDialog: true }).catch(() => undefined);
      });
      const sent = alice.send(alice.request('INVITE', { body: SDP }));
      bob.reply(await bob.receive('INVITE'), '200 OK', { body: SDP });
      const ok = await alice.receive(200);
      alice.send(alice.inDialog('ACK', sent, ok));
      await bob.receive('ACK');
      const bye = alice.send(alice.inDialog('BYE', sent, ok));
      bob.reply(await bob.receive('BYE'), '200 OK');
      await alice.receive((message) => message.status === 200 && message.cseq === bye.cseq);
      await told(
        'attempt application by INVITE',
        'attempt network by INVITE',
        'start application proxy-uas by 200',
        'start network proxy-uac by 200',
        'stop application normal-release by BYE',
        'stop network normal-release by BYE',
      );
    }));
});
