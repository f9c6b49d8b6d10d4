// A trunk, played by sipp, calls numbers through the edge.

import { afterEach, beforeEach, expect } from 'vitest';
import { startEdgeWorld, trunkAddress, type EdgeWorld } from '../support/edge-peers.ts';
import { SDP } from '../support/sip-peer.ts';
import { edgeSuite } from '../support/sip-servers.ts';
import { callScenario, runSipp, sippMissing, startSipp, type SippResult } from '../support/sipp.ts';

edgeSuite('a trunk at the edge', ({ test, server }) => {
  let world: EdgeWorld;
  beforeEach(async () => {
    expect(sippMissing()).toBeUndefined();
    world = await startEdgeWorld(server());
  });
  afterEach(async () => {
    await world.close();
    expect(world.switch.unclaimed).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  const wentWell = {
    successful: 1,
    failed: 0,
    retransmissions: 0,
    exitCode: 0,
  } satisfies Partial<SippResult>;
  const dial = (number: string, headers: readonly string[] = [], expected = 200): Promise<SippResult> =>
    runSipp({
      scenario: callScenario({ talkMs: 200, headers, expect: expected }),
      target: world.address,
      address: trunkAddress,
      number,
    });

  test('a number that is answered arrives at the switch with queue and source, and the caller hangs up', async () => {
    const finished = dial('4000');
    const invite = await world.switch.receive('INVITE');
    expect(invite.uri).toMatch(/^sip:queue-sales@/);
    expect(invite.header('X-Cordboard-Source')).toBe('phone');
    expect(invite.header('X-Cordboard-Queue')).toBe('sales');
    expect(invite.all('X-Cordboard-Session')).toEqual([]);
    expect(invite.header('From')).toContain('sip:4930123456@');
    world.switch.reply(invite, '180 Ringing');
    world.switch.reply(invite, '200 OK', { body: SDP });
    await world.switch.receive('ACK');
    world.switch.reply(await world.switch.receive('BYE'), '200 OK');
    expect(await finished).toMatchObject(wentWell);
  });

  test('the switch hangs up on a caller whose control plane is dead', async () => {
    const sipp = startSipp({
      scenario: callScenario(),
      target: world.address,
      address: trunkAddress,
      number: '4000',
    });
    const invite = await world.switch.receive('INVITE');
    const answer = world.switch.reply(invite, '200 OK', { body: SDP });
    await world.switch.receive('ACK');
    await world.killEdge();
    const [route] = invite.all('Record-Route');
    world.switch.send(
      world.switch
        .request('BYE', {
          uri: /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '',
          callId: invite.callId,
          to: invite.header('From'),
          fromTag: answer.tag('To') ?? '',
          headers: { Route: invite.all('Record-Route') },
        })
        .replace(/^From: <[^>]*>/m, `From: ${/<[^>]*>/.exec(invite.header('To'))?.[0] ?? ''}`),
    );
    expect(route).toContain(';lr');
    await world.switch.receive(200);
    expect(await sipp.finished).toMatchObject(wentWell);
  });

  test('a number nothing answers is 404, and the switch hears nothing of it', async () => {
    expect(await dial('4999', [], 404)).toMatchObject(wentWell);
  });

  for (const forged of [
    'X-Cordboard-Queue: vip',
    'x-cordboard-source: web',
    'X-Cordboard-Session : s1',
    'X-Cordboard-Other: 1',
  ]) {
    test(`a trunk that writes "${forged}" itself is refused with 403`, async () => {
      expect(await dial('4000', [forged], 403)).toMatchObject(wentWell);
    });
  }

  test('the edge tells a switch that is too busy from one that is there', async () => {
    const finished = dial('4000', [], 503);
    const invite = await world.switch.receive('INVITE');
    world.switch.reply(invite, '503 Service Unavailable', { headers: { 'Retry-After': '5' } });
    await world.switch.receive('ACK');
    expect(await finished).toMatchObject(wentWell);
  });
});
