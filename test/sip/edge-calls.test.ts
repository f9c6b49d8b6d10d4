// Calls through the edge: the switch rings real phones, real phones call the switch, and the dialogs live on without the control plane.

import { afterEach, beforeEach, expect } from 'vitest';
import { startPhone, type Phone, type PhoneOptions } from '../support/baresip.ts';
import { passwords, registerPeer, startEdgeWorld, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP, SipPeer, type PeerMessage } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { until } from '../support/until.ts';

edgeSuite('calls through the edge', ({ test, server }) => {
  let world: EdgeWorld;
  let phones: Phone[] = [];
  beforeEach(async () => {
    world = await startEdgeWorld(server());
  });
  afterEach(async () => {
    await Promise.all(phones.map((phone) => phone.stop()));
    phones = [];
    await world.close();
    expect(world.switch.unclaimed).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  const phone = async (options: Partial<PhoneOptions> = {}): Promise<Phone> => {
    const user = options.user ?? '1001';
    const started = await startPhone({
      user,
      password: passwords[user] ?? '',
      edge: world.address,
      ...options,
    });
    phones.push(started);
    await started.registered();
    return started;
  };

  /** The switch calls an address of record. */
  const ring = (user: string): PeerMessage =>
    world.switch.send(world.switch.request('INVITE', { uri: `sip:${user}@${world.address}`, body: SDP }));
  const final = async (invite: PeerMessage): Promise<PeerMessage> => {
    const answer = await world.switch.final(invite);
    if (answer.status === 200) world.switch.send(world.switch.inDialog('ACK', invite, answer));
    await world.switch.receive(100);
    return answer;
  };
  const rung = async (): Promise<PeerMessage> => world.switch.receive(180);
  const talk = async (to: Phone): Promise<{ invite: PeerMessage; answer: PeerMessage }> => {
    const invite = ring(to.user);
    await to.ringing();
    await rung();
    await to.answer();
    const answer = await final(invite);
    expect(answer.status).toBe(200);
    await to.talking();
    return { invite, answer };
  };

  for (const transport of ['udp', 'tcp'] as const) {
    test(`the switch rings a ${transport} phone, it answers, and the switch hangs up`, async () => {
      const desk = await phone({ transport });
      const { invite, answer } = await talk(desk);
      expect(answer.header('Record-Route')).toContain(';lr');
      world.switch.send(world.switch.inDialog('BYE', invite, answer));
      await desk.callEnded();
      await world.switch.receive(200);
    });

    test(`with the control plane dead, a ${transport} phone can hold the call and the switch can hang up`, async () => {
      const desk = await phone({ transport });
      const { invite, answer } = await talk(desk);
      await world.killEdge();
      await desk.hold();
      const reinvite = await world.switch.receive('INVITE');
      expect(reinvite.body).toContain('a=sendonly');
      world.switch.reply(reinvite, '200 OK', {
        body: SDP.replace('RTP/AVP 0\r\n', 'RTP/AVP 0\r\na=recvonly\r\n'),
      });
      await world.switch.receive('ACK');
      world.switch.send(world.switch.inDialog('BYE', invite, answer));
      await desk.callEnded();
      await world.switch.receive(200);
    });

    test(`with the control plane dead, a ${transport} phone can hang up`, async () => {
      const desk = await phone({ transport });
      const { invite } = await talk(desk);
      await world.killEdge();
      await desk.hangUp();
      const bye = await world.switch.receive('BYE');
      expect(bye.callId).toBe(invite.callId);
      world.switch.reply(bye, '200 OK');
      await desk.callEnded();
    });
  }

  test('a ringing call is answered though the control plane died meanwhile', async () => {
    const desk = await phone();
    const invite = ring('1001');
    await desk.ringing();
    await rung();
    await world.killEdge();
    await desk.answer();
    const answer = await final(invite);
    expect(answer.status).toBe(200);
    world.switch.send(world.switch.inDialog('BYE', invite, answer));
    await desk.callEnded();
    await world.switch.receive(200);
  });

  test('the switch gives up: the phone stops ringing, and the switch hears 487', async () => {
    const desk = await phone();
    const invite = ring('1001');
    await desk.ringing();
    await rung();
    world.switch.send(world.switch.cancelOf(invite));
    expect((await final(invite)).status).toBe(487);
    await desk.callEnded();
    await world.switch.receive(200);
  });

  test('a declined call is 486 for the switch, and so is a busy phone', async () => {
    const desk = await phone({ maxCalls: 1 });
    const declined = ring('1001');
    await desk.ringing();
    await rung();
    await desk.decline();
    expect((await final(declined)).startLine).toBe('SIP/2.0 486 Rejected');
    await desk.callEnded();
    const { invite, answer } = await talk(desk);
    expect((await final(ring('1001'))).status).toBe(486);
    world.switch.send(world.switch.inDialog('BYE', invite, answer));
    await world.switch.receive(200);
  });

  test('an address nobody registered is 480 with the cause FreeSWITCH maps to subscriber absent', async () => {
    const answer = await final(ring('1002'));
    expect(answer.status).toBe(480);
    expect(answer.header('Reason')).toMatch(/^Q\.850;cause=20/);
  });

  test('a phone that lost its power is 408 or 503 for the switch, and is told unresponsive at once', async () => {
    const desk = await phone();
    await desk.kill();
    const answer = await final(ring('1001'));
    expect([408, 503]).toContain(answer.status);
    await until('the edge noticed', () => world.told.at(-1) === '1001 unresponsive');
  });

  test('two phones of one agent ring together, and the slower one is cancelled', async () => {
    const [desk, softphone] = [await phone(), await phone({ transport: 'tcp' })];
    const invite = ring('1001');
    await Promise.all([desk.ringing(), softphone.ringing()]);
    await Promise.all([rung(), rung()]);
    await softphone.answer();
    const answer = await final(invite);
    expect(answer.status).toBe(200);
    await softphone.talking();
    await desk.callEnded();
    world.switch.send(world.switch.inDialog('BYE', invite, answer));
    await softphone.callEnded();
    await world.switch.receive(200);
  });

  test('one of two phones declines: the other goes on ringing', async () => {
    const [desk, softphone] = [await phone(), await phone()];
    const invite = ring('1001');
    await Promise.all([desk.ringing(), softphone.ringing()]);
    await Promise.all([rung(), rung()]);
    await desk.decline();
    await desk.callEnded();
    await softphone.answer();
    const answer = await final(invite);
    expect(answer.status).toBe(200);
    world.switch.send(world.switch.inDialog('BYE', invite, answer));
    await softphone.callEnded();
    await world.switch.receive(200);
  });

  test('an agent calls a number: the switch gets it with the queue and the source, written by the edge', async () => {
    const desk = await phone();
    await desk.dial(`sip:4000@${world.address}`);
    const invite = await world.switch.receive('INVITE');
    expect(invite.uri).toMatch(/^sip:queue-sales@/);
    expect(invite.header('X-Cordboard-Source')).toBe('phone');
    expect(invite.header('X-Cordboard-Queue')).toBe('sales');
    expect(invite.header('From')).toMatch(/sip:1001@/);
    world.switch.reply(invite, '200 OK', { body: SDP });
    await desk.talking();
    expect((await world.switch.receive('ACK')).callId).toBe(invite.callId);
    await desk.hangUp();
    world.switch.reply(await world.switch.receive('BYE'), '200 OK');
    await desk.callEnded();
  });

  test('an agent calls a number nothing answers and hears 404; the switch hears nothing', async () => {
    const desk = await phone();
    await desk.dial(`sip:4999@${world.address}`);
    expect(await desk.callEnded()).toMatch(/^404/);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    test(`a ${transport} phone behind NAT, whose Contact nobody can reach, is rung where its REGISTER came from`, async () => {
      const hidden = await SipPeer[transport](server().sip, '1002');
      const contact = `<sip:1002@10.255.0.9:5077;transport=${transport};line=abc>`;
      const answer = await registerPeer(hidden, { contact });
      expect(answer.header('Contact')).toContain('sip:1002@10.255.0.9:5077');
      const invite = ring('1002');
      const arrived = await hidden.receive('INVITE');
      expect(arrived.uri).toContain(`sip:1002@127.0.0.1:${hidden.port}`);
      expect(arrived.uri).toContain(';line=abc');
      hidden.reply(arrived, '603 Decline');
      expect((await final(invite)).status).toBe(603);
      await hidden.receive('ACK');
      await hidden.close();
    });
  }
});
