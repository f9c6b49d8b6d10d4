// Calls out: from the switch through the edge to trunks, one after the other, and what never leaves the house.

import { afterEach, beforeEach, expect } from 'vitest';
import type { Trunk } from '../../app/ports/trunking.ts';
import type { EdgeOptions } from '../../gateway/sip/edge.ts';
import { startEdgeWorld, trunkNamed, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP, SipPeer, type PeerMessage, type RequestParts } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { until } from '../support/until.ts';

const caller = '+493012345';
const destination = '+4930987654';

edgeSuite('calls out', ({ test, embeddedOnly, server }) => {
  let world: EdgeWorld;
  let first: SipPeer;
  let second: SipPeer;
  const begin = async (overrides: Partial<EdgeOptions> = {}): Promise<void> => {
    world = await startEdgeWorld(server(), overrides);
    [first, second] = [await SipPeer.udp(server().sip, 'first'), await SipPeer.udp(server().sip, 'second')];
    await trunks({}, {});
  };
  beforeEach(() => begin());
  afterEach(async () => {
    await world.close();
    for (const peer of [first, second]) await peer.close();
    expect(world.switch.unclaimed.filter((line) => !line.startsWith('SIP/2.0 100'))).toEqual([]);
  });
  const clean = (): void => expect(world.errors).toEqual([]);

  const trunks = async (...parts: readonly Partial<Trunk>[]): Promise<void> => {
    world.trunking.trunkList = parts.map((part, at) =>
      trunkNamed(at === 0 ? 'first' : 'second', {
        destination: `127.0.0.1:${(at === 0 ? first : second).port}`,
        callerNumbers: [caller],
        qualify: false,
        ...part,
      }),
    );
    world.trunking.routes = [{ prefix: '+49', trunks: world.trunking.trunkList.map(({ name }) => name) }];
    await world.edge.trunkingChanged();
  };

  const dial = (number = destination, from = caller, parts: RequestParts = {}): PeerMessage =>
    world.switch.send(
      world.switch
        .request('INVITE', { uri: `sip:${number}@${world.address};user=phone`, body: SDP, ...parts })
        .replace(/^From: <sip:[^@]*@/m, `From: <sip:${from}@`),
    );
  const refusal = async (invite: PeerMessage): Promise<PeerMessage> => {
    const answer = await world.switch.final(invite);
    expect(answer.status).toBeGreaterThanOrEqual(300);
    return answer;
  };
  const refuse = async (trunk: SipPeer, status: string): Promise<PeerMessage> => {
    const invite = await trunk.receive('INVITE');
    trunk.reply(invite, status);
    await trunk.receive('ACK');
    return invite;
  };
  /** Answers at the trunk and lets the switch hang up. */
  const talk = async (trunk: SipPeer, invite: PeerMessage, toTag = 'peer1'): Promise<PeerMessage> => {
    const arrived = await trunk.receive('INVITE');
    trunk.reply(arrived, '200 OK', { body: SDP, toTag });
    const answer = await world.switch.receive(200);
    world.switch.send(world.switch.inDialog('ACK', invite, answer));
    await trunk.receive('ACK');
    return answer;
  };
  const hangUp = async (trunk: SipPeer, invite: PeerMessage, answer: PeerMessage): Promise<void> => {
    world.switch.send(world.switch.inDialog('BYE', invite, answer));
    trunk.reply(await trunk.receive('BYE'), '200 OK');
    await world.switch.receive(({ status, cseq }) => status === 200 && cseq.endsWith('BYE'));
  };
  const heard = (trunk: SipPeer): readonly (string | undefined)[] =>
    trunk.received.map(({ method }) => method);

  test('a number goes to the first trunk of its route, in the carrier’s spelling, with who calls asserted', async () => {
    await trunks({ numberFormat: 'national' }, {});
    const invite = dial('004930987654');
    const arrived = await first.receive('INVITE');
    expect(arrived.uri).toMatch(new RegExp(`^sip:030987654@127\\.0\\.0\\.1:${first.port};user=phone$`));
    expect(arrived.all('P-Asserted-Identity')).toHaveLength(1);
    expect(arrived.header('P-Asserted-Identity')).toContain(`<sip:${caller}@`);
    expect(arrived.all('Privacy')).toEqual([]);
    expect(arrived.raw).not.toMatch(/x-cordboard|hunt=/i);
    first.reply(arrived, '183 Session Progress', { body: SDP });
    await world.switch.receive(183);
    first.reply(arrived, '200 OK', { body: SDP });
    const answer = await world.switch.receive(200);
    world.switch.send(world.switch.inDialog('ACK', invite, answer));
    await first.receive('ACK');
    await hangUp(first, invite, answer);
    expect(heard(second)).toEqual([]);
    clean();
  });

  for (const status of [
    '503 Service Unavailable',
    '500 Server Internal Error',
    '504 Server Time-out',
    '408 Request Timeout',
  ]) {
    test(`${status} at the first trunk: the second one takes the call, and the dialog passes it both ways`, async () => {
      const invite = dial();
      await refuse(first, status);
      const answer = await talk(second, invite);
      expect(answer.all('Record-Route').join().match(/lr/g)).toHaveLength(1);
      await hangUp(second, invite, answer);
      clean();
    });
  }

  for (const status of [
    '486 Busy Here',
    '404 Not Found',
    '603 Decline',
    '480 Temporarily Unavailable',
    '403 Forbidden',
    '484 Address Incomplete',
  ]) {
    test(`${status} speaks of the number called: no other trunk is asked, and the switch hears it`, async () => {
      const invite = dial();
      await refuse(first, status);
      expect((await refusal(invite)).status).toBe(Number(status.slice(0, 3)));
      expect(heard(second)).toEqual([]);
      clean();
    });
  }

  test('a trunk that is silent is passed over within four seconds', async () => {
    const began = Date.now();
    const invite = dial();
    await second.receive('INVITE').then((arrived) => second.reply(arrived, '486 Busy Here'));
    expect(Date.now() - began).toBeLessThan(4_700);
    expect((await refusal(invite)).status).toBe(486);
    await second.receive('ACK');
    clean();
  });

  test('a port nobody listens on is passed over at once', async () => {
    const gone = await SipPeer.udp(server().sip);
    await gone.close();
    await trunks({ destination: `127.0.0.1:${gone.port}` }, {});
    const began = Date.now();
    const invite = dial();
    const answer = await talk(second, invite);
    expect(Date.now() - began).toBeLessThan(4_700);
    await hangUp(second, invite, answer);
    clean();
  });

  test('all trunks busy with themselves: the switch hears 503', async () => {
    const invite = dial();
    await refuse(first, '503 Service Unavailable');
    await refuse(second, '503 Service Unavailable');
    expect((await refusal(invite)).status).toBe(503);
    clean();
  });

  test('a caller who gives up while the second trunk rings: it is cancelled, and nothing else is tried', async () => {
    const invite = dial();
    await refuse(first, '503 Service Unavailable');
    const ringing = await second.receive('INVITE');
    second.reply(ringing, '180 Ringing');
    await world.switch.receive(180);
    world.switch.send(world.switch.cancelOf(invite));
    second.reply(await second.receive('CANCEL'), '200 OK');
    second.reply(ringing, '487 Request Terminated');
    await second.receive('ACK');
    expect((await refusal(invite)).status).toBe(487);
    await world.switch.receive(({ status, cseq }) => status === 200 && cseq.endsWith('CANCEL'));
    expect(heard(first).filter((method) => method === 'INVITE')).toHaveLength(1);
    clean();
  });

  /** The switch cancels while the trunk is answering; the switch acknowledges what it is told, and hangs up. */
  const crossing = async (): Promise<void> => {
    const invite = dial();
    const ringing = await first.receive('INVITE');
    first.reply(ringing, '180 Ringing');
    await world.switch.receive(180);
    world.switch.send(world.switch.cancelOf(invite));
    await world.switch.receive(({ status, cseq }) => status === 200 && cseq.endsWith('CANCEL'));
    const cancel = await first.receive('CANCEL');
    first.reply(ringing, '200 OK', { body: SDP });
    first.reply(cancel, '481 Call/Transaction Does Not Exist');
    const answer = await world.switch.receive(
      ({ status, cseq }) => status === 200 && cseq.endsWith('INVITE'),
    );
    world.switch.send(world.switch.inDialog('ACK', invite, answer));
    await first.receive('ACK');
    await hangUp(first, invite, answer);
    // The real server tells 487 beside it, as a fork of its own.
    const refusedToo = world.switch.received.find(({ status }) => status === 487);
    if (refusedToo) world.switch.send(world.switch.ackOfFailure(invite, await world.switch.receive(487)));
    clean();
  };
  test('a 200 that crosses the CANCEL reaches the switch, which ends that call itself', async () => {
    await trunks({});
    await crossing();
  });
  embeddedOnly(
    'the real server keeps the crossing 200 of a hunt to itself; the carrier’s own timers end that call',
    'a 200 that crosses the CANCEL of a hunt reaches the switch all the same',
    async () => {
      await crossing();
      expect(heard(second)).toEqual([]);
    },
  );

  test('the carrier hangs up after the control plane has died, and the switch hears it', async () => {
    const invite = dial();
    await refuse(first, '503 Service Unavailable');
    const answer = await talk(second, invite);
    await world.killEdge();
    const arrived = second.received.find(({ method }) => method === 'INVITE') as PeerMessage;
    second.send(
      second
        .request('BYE', {
          uri: /<([^>]+)>/.exec(arrived.header('Contact'))?.[1] ?? '',
          callId: arrived.callId,
          to: arrived.header('From'),
          fromTag: answer.tag('To') ?? '',
          headers: { Route: arrived.all('Record-Route') },
        })
        .replace(/^From: <[^>]*>/m, `From: ${/<[^>]*>/.exec(arrived.header('To'))?.[0] ?? ''}`),
    );
    world.switch.reply(await world.switch.receive('BYE'), '200 OK');
    await second.receive(200);
    clean();
  });

  const refused = [
    ['no route leads there', '+33123456789', caller, 404],
    ['a premium number under a route for its country', '+49900123456', caller, 403],
    ['a premium number in national spelling', '0900123456', caller, 403],
    ['a premium number behind a zero that carriers drop', '+490900123456', caller, 403],
    ['a short code without a route', '110', caller, 404],
    ['a caller number that is not ours', destination, '+49111111111', 403],
    ['a caller who hides where the trunk has no number of its own', destination, 'anonymous', 403],
    ['an extension for a caller', destination, '1001', 403],
    ['no number at all', 'alice', caller, 484],
    ['a number with a subscriber’s tail that hides another', '+49;x=30987654', caller, 484],
  ] as const;
  for (const [name, number, from, status] of refused) {
    test(`refused: ${name}`, async () => {
      expect((await refusal(dial(number, from))).status).toBe(status);
      expect([...heard(first), ...heard(second)]).toEqual([]);
      clean();
    });
  }

  test('a caller who hides is asserted by the trunk’s own number, to be kept from the called', async () => {
    await trunks({ defaultCaller: '+4930100' });
    const invite = dial(destination, 'anonymous');
    const arrived = await refuse(first, '486 Busy Here');
    expect(arrived.header('P-Asserted-Identity')).toContain('<sip:+4930100@');
    expect(arrived.header('Privacy')).toBe('id');
    await refusal(invite);
    clean();
  });

  for (const header of [
    'X-Cordboard-Session: s1',
    'P-Asserted-Identity: <sip:+4917099999@inside>',
    'Diversion: <sip:1001@inside>',
  ]) {
    test(`the switch's own "${header}" never reaches a carrier: the call is not made, and somebody is told`, async () => {
      const [name = '', value = ''] = header.split(': ');
      expect((await refusal(dial(destination, caller, { headers: { [name]: value } }))).status).toBe(500);
      expect(heard(first)).toEqual([]);
      expect(world.errors.join()).toContain(name.toLowerCase());
    });
  }

  test('a trunk at its limit is passed over, and freed by the end of its call', async () => {
    await trunks({ maxCalls: 1 }, {});
    const invite = dial();
    const answer = await talk(first, invite);
    const other = dial();
    await refuse(second, '486 Busy Here');
    expect((await refusal(other)).status).toBe(486);
    await hangUp(first, invite, answer);
    await until('the second one is free again', () => world.edge.trunks()[1]?.calls === 0);
    expect(world.edge.trunks()[0]?.calls).toBe(1);
    world.edge.callEnded(invite.callId);
    const third = dial();
    await refuse(first, '486 Busy Here');
    await refusal(third);
    await until('no trunk carries anything', () => world.edge.trunks().every(({ calls }) => calls === 0));
    clean();
  });

  test('at the limit of all together: 503 with Retry-After, and no trunk is bothered', async () => {
    await world.close();
    await Promise.all([first, second].map((peer) => peer.close()));
    await begin({ outboundLimits: { callsPerSecond: 1 } });
    const invite = dial();
    await refuse(first, '486 Busy Here');
    await refusal(invite);
    const answer = await refusal(dial());
    expect([answer.status, answer.header('Retry-After')]).toEqual([503, '1']);
    expect(heard(first).filter((method) => method === 'INVITE')).toHaveLength(1);
    clean();
  });

  test('nobody but the switch calls out: a stranger is challenged, a trunk finds no such number', async () => {
    const stranger = await SipPeer.udp(server().sip, 'mallory');
    const invite = stranger.send(
      stranger.request('INVITE', { uri: `sip:${destination}@${world.address};user=phone`, body: SDP }),
    );
    const answer = await stranger.receive(407);
    stranger.send(stranger.ackOfFailure(invite, answer));
    const hunting = stranger.send(
      stranger.request('INVITE', {
        uri: `sip:${destination}@${world.address};hunt=${'0'.repeat(32)}.0`,
        body: SDP,
      }),
    );
    stranger.send(stranger.ackOfFailure(hunting, await stranger.receive(407)));
    await stranger.close();
    expect(heard(first)).toEqual([]);
    clean();
  });

  embeddedOnly(
    'the real server acknowledges the late answer itself and leaves that call standing until the carrier’s own timers end it',
    'a trunk that was passed over and answers late is not acknowledged: its call dies by itself, and the second one goes on',
    async () => {
      const invite = dial();
      const late = await first.receive('INVITE');
      const arrived = await second.receive('INVITE');
      second.reply(arrived, '180 Ringing');
      await world.switch.receive(180);
      first.reply(late, '200 OK', { body: SDP, toTag: 'late' });
      second.reply(arrived, '200 OK', { body: SDP });
      const answer = await world.switch.receive(200);
      expect(answer.tag('To')).toBe('peer1');
      world.switch.send(world.switch.inDialog('ACK', invite, answer));
      await second.receive('ACK');
      await hangUp(second, invite, answer);
      expect(heard(first)).not.toContain('ACK');
      clean();
    },
  );
});
