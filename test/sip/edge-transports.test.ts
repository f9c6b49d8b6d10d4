// Phones that come over TLS and WebSockets: they register, and are rung over the connection they opened.

import { afterAll, afterEach, expect } from 'vitest';
import { certificateAuthority } from '../support/certificates.ts';
import { registerPeer, startEdgeWorld, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { edgeSuite, type LaunchedSipServer } from '../support/sip-servers.ts';

const authority = certificateAuthority();
const certificate = authority.issue('DNS:localhost', 'IP:127.0.0.1');
afterAll(() => authority.remove());

const ways = {
  tcp: (server: LaunchedSipServer) => SipPeer.tcp(server.sip, '1001'),
  tls: (server: LaunchedSipServer) => SipPeer.tls(server.tls ?? server.sip, authority.ca, '1001'),
  ws: (server: LaunchedSipServer) => SipPeer.webSocket(server.ws ?? server.sip, undefined, '1001'),
  wss: (server: LaunchedSipServer) => SipPeer.webSocket(server.wss ?? server.sip, authority.ca, '1001'),
} as const;

edgeSuite(
  'phones over connections',
  ({ test, server }) => {
    let world: EdgeWorld | undefined;
    let phone: SipPeer | undefined;
    afterEach(async () => {
      await world?.close();
      await phone?.close();
      expect(world?.errors).toEqual([]);
    });

    for (const [way, connect] of Object.entries(ways)) {
      test(`a phone registers over ${way}, is known by that connection, and is rung and hung up over it`, async () => {
        const here = (world = await startEdgeWorld(server()));
        const there = (phone = await connect(server()));
        expect((await registerPeer(there)).status).toBe(200);
        const [binding] = await here.registrations.of('1001', Date.now());
        expect(binding?.flow).toMatch(new RegExp(`^${way}:127\\.0\\.0\\.1:\\d+$`));
        const invite = here.switch.send(
          here.switch.request('INVITE', { uri: `sip:1001@${here.address}`, body: SDP }),
        );
        there.reply(await there.receive('INVITE'), '200 OK', { body: SDP });
        const answer = await here.switch.receive(200);
        here.switch.send(here.switch.inDialog('ACK', invite, answer));
        await there.receive('ACK');
        here.switch.send(here.switch.inDialog('BYE', invite, answer));
        there.reply(await there.receive('BYE'), '200 OK');
        await here.switch.receive(({ status, cseq }) => status === 200 && cseq.endsWith('BYE'));
      });
    }
  },
  () => ({ certificate }),
);
