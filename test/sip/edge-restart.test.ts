// What the edge keeps and finds again: registrations over its own restart, the SIP server over the server's, phones that fall silent.

import { afterEach, expect } from 'vitest';
import { startEdge } from '../../gateway/sip/edge.ts';
import { startPhone } from '../support/baresip.ts';
import {
  directory,
  MemoryTrunking,
  oneSwitch,
  passwords,
  registerPeer,
  startEdgeWorld,
  trunkNamed,
  type EdgeWorld,
} from '../support/edge-peers.ts';
import { SDP, SipPeer, type PeerMessage } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { until } from '../support/until.ts';

edgeSuite('the edge over time', ({ lane, test, server }) => {
  let world: EdgeWorld | undefined;
  let peers: SipPeer[] = [];
  afterEach(async () => {
    await world?.close();
    expect(world?.errors ?? []).toEqual([]);
    world = undefined;
    await Promise.all(peers.map((peer) => peer.close()));
    peers = [];
  });
  const party = async (sip: { host: string; port: number }, user: string): Promise<SipPeer> => {
    const peer = await SipPeer.udp(sip, user);
    peers.push(peer);
    return peer;
  };

  test('a control plane that comes back knows every phone and rings it', async () => {
    const here = (world = await startEdgeWorld(server()));
    const phone = await startPhone({ user: '1001', password: passwords['1001'] ?? '', edge: here.address });
    try {
      await phone.registered();
      await here.killEdge();
      here.told.length = 0;
      await here.startEdge();
      expect(here.told).toEqual(['1001 reachable']);
      const invite = here.switch.send(
        here.switch.request('INVITE', { uri: `sip:1001@${here.address}`, body: SDP }),
      );
      await phone.ringing();
      await here.switch.receive(180);
      here.switch.send(here.switch.cancelOf(invite));
      here.switch.send(here.switch.ackOfFailure(invite, await here.switch.receive(487)));
      await phone.callEnded();
    } finally {
      await phone.stop();
    }
  });

  test('a control plane that comes back counts what its trunks carry, and hangs up for a switch that dies: on both sides', async () => {
    const here = (world = await startEdgeWorld(server()));
    const [carrier, sbc] = [await party(server().sip, 'carrier'), await party(server().sip, 'sbc')];
    const paris = { destination: `127.0.0.1:${carrier.port}`, addresses: ['127.0.0.1'], maxCalls: 2 };
    here.trunking.trunkList = [
      trunkNamed('paris', { ...paris, callerNumbers: ['+493012345'], qualify: false }),
    ];
    here.trunking.routes = [{ prefix: '+49', trunks: ['paris'] }];
    await here.edge.trunkingChanged();
    const dial = (): PeerMessage =>
      here.switch.send(
        here.switch
          .request('INVITE', { uri: `sip:+4930987654@${here.address};user=phone`, body: SDP })
          .replace(/^From: <sip:[^@]*@/m, 'From: <sip:+493012345@'),
      );

    const inward = carrier.send(carrier.request('INVITE', { uri: `sip:4000@${here.address}`, body: SDP }));
    here.switch.reply(await here.switch.receive('INVITE'), '200 OK', { body: SDP });
    carrier.send(carrier.inDialog('ACK', inward, await carrier.receive(200)));
    await here.switch.receive('ACK');
    const outward = dial();
    const arrived = await carrier.receive('INVITE');
    // Its Contact is for its border controller to reach, which stays in the path.
    const recorded = [`<sip:127.0.0.1:${sbc.port};lr>`, ...arrived.all('Record-Route')];
    carrier.reply(arrived, '200 OK', {
      body: SDP,
      headers: { 'Record-Route': recorded, Contact: '<sip:carrier@10.255.0.9:5099>' },
    });
    here.switch.send(here.switch.inDialog('ACK', outward, await here.switch.receive(200)));
    await sbc.receive('ACK');

    await here.killEdge();
    await here.startEdge();
    expect(here.edge.trunks()).toMatchObject([{ name: 'paris', calls: 2 }]);
    const third = dial();
    const refused = await here.switch.receive(503);
    expect(refused.callId).toBe(third.callId);
    here.switch.send(here.switch.ackOfFailure(third, refused));
    const switchAddress = `127.0.0.1:${here.switch.port}`;
    for (let look = 0; look < 3; look += 1)
      here.edge.callsOn(switchAddress, new Set([inward.callId, outward.callId]));
    expect(here.edge.calls).toBe(2);

    here.edge.switchLost(switchAddress, []);
    // Said in the switch's name: it is called in the dialog of the call in, and calls in the other.
    for (const [far, call, caller] of [
      [carrier, inward, 'To'],
      [sbc, outward, 'From'],
    ] as const) {
      const bye = await far.receive('BYE');
      expect(bye.callId).toBe(call.callId);
      expect(bye.header('Reason')).toMatch(/^Q\.850;cause=27/);
      expect(bye.tag(caller)).toBe(call.tag('From'));
      far.reply(bye, '200 OK');
    }
    expect(here.edge.trunks()).toMatchObject([{ name: 'paris', calls: 0 }]);
    expect([here.edge.calls, here.keptCalls.rows.size]).toEqual([0, 0]);
  });

  test('a SIP server that is started anew is found again, with every kind of request, and no phone is blamed', async () => {
    const first = await lane.launch();
    const here = (world = await startEdgeWorld(first, { qualifyEveryMs: 1_000 }));
    const phone = await party(first.sip, '1001');
    void phone.receive('OPTIONS', 60_000).then((options) => phone.reply(options, '200 OK'));
    expect((await registerPeer(phone)).status).toBe(200);
    here.relay.target = undefined;
    here.relay.cut();
    await first.stop();
    await until('the edge says it is down', () => !here.edge.health().up);
    expect(here.edge.health().detail).not.toBe('');
    const second = await lane.launch();
    try {
      here.relay.target = second.control;
      await until('the edge is up again', () => here.edge.health().up);
      const again = await party(second.sip, '1002');
      expect((await registerPeer(again)).status).toBe(200);
      const uri = `sip:${second.sip.host}:${second.sip.port}`;
      for (const [method, status] of [
        ['OPTIONS', 200],
        ['MESSAGE', 405],
        ['INVITE', 407],
      ] as const) {
        const answer = await again.final(again.send(again.request(method, { uri })));
        expect([method, answer.status]).toEqual([method, status]);
      }
      expect(here.told).not.toContain('1001 unresponsive');
      await here.close();
      world = undefined;
      expect(here.errors).toEqual([]);
    } finally {
      await second.stop();
    }
  });

  test('a control connection that is cut is made again, time after time', async () => {
    const here = (world = await startEdgeWorld(server()));
    for (let cuts = 0; cuts < 3; cuts++) {
      here.relay.cut();
      await until('the edge noticed', () => !here.edge.health().up);
      await until('the edge is up again', () => here.edge.health().up);
    }
    // One connection to the relay and one from it: nothing is left of the earlier ones.
    expect(here.relay.connections).toBe(2);
    expect((await registerPeer(await party(server().sip, '1001'))).status).toBe(200);
  });

  test('a wrong secret is said in the health, and an edge that never came up can be closed', async () => {
    const here = (world = await startEdgeWorld(server()));
    const common = {
      switches: oneSwitch('127.0.0.1:9'),
      realm: 'r',
      nonceKey: Buffer.alloc(32, 1),
      directory,
      trunking: new MemoryTrunking(),
      registrations: here.registrations,
      keptCalls: here.keptCalls,
      verifyTicket: () => undefined,
      onReachability: () => undefined,
      now: () => Date.now(),
      qualifyEveryMs: 60_000,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    };
    const edge = await startEdge({
      ...common,
      server: { ...server().control, secret: 'not-the-secret' },
    });
    await until('the edge says why', () => edge.health().detail === 'the SIP server refused the secret');
    await edge.close();
    const nowhere = await startEdge({ ...common, server: { host: '127.0.0.1', port: 9, secret: 'x' } });
    await until('the edge says why', () => nowhere.health().detail.includes('ECONNREFUSED'));
    await nowhere.close();
  });

  test('a phone that lost its power is found unresponsive by OPTIONS', async () => {
    const here = (world = await startEdgeWorld(server(), { qualifyEveryMs: 1_000 }));
    const phone = await startPhone({ user: '1001', password: passwords['1001'] ?? '', edge: here.address });
    try {
      await phone.registered();
      await phone.kill();
      await until('it is found unresponsive', () => here.told.at(-1) === '1001 unresponsive', {
        withinMs: 20_000,
      });
      expect(here.told).toEqual(['1001 reachable', '1001 unresponsive']);
    } finally {
      await phone.stop();
    }
  });

  test('a phone that is silent is unresponsive, and reachable again as soon as it answers', async () => {
    const here = (world = await startEdgeWorld(server(), { qualifyEveryMs: 1_000 }));
    const phone = await party(server().sip, '1001');
    expect((await registerPeer(phone)).status).toBe(200);
    await until('it is found unresponsive', () => here.told.at(-1) === '1001 unresponsive', {
      withinMs: 30_000,
    });
    await until('it answers and is believed', async () => {
      phone.reply(await phone.receive('OPTIONS', 20_000), '200 OK');
      return here.told.at(-1) === '1001 reachable';
    });
    expect(here.told).toEqual(['1001 reachable', '1001 unresponsive', '1001 reachable']);
  });

  test('a registration that lapses is told', async () => {
    let later = 0;
    const here = (world = await startEdgeWorld(server(), {
      qualifyEveryMs: 1_000,
      now: () => Date.now() + later,
    }));
    const phone = await party(server().sip, '1001');
    expect((await registerPeer(phone, { expires: 60 })).status).toBe(200);
    expect(here.told).toEqual(['1001 reachable']);
    later = 61_000;
    await until('it is told', () => here.told.at(-1) === '1001 unregistered');
  });
});
