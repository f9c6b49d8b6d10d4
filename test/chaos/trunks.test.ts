// Carriers that misbehave, on calls that a real switch makes through the edge: gone, unwilling, silent, never answering, answering just when
// they are given up, answering twice, hanging up just when they are hung up on. Each call ends once, every answer is acknowledged and
// every dialog closed, and nothing is left on the switch, the edge or the carrier.
// Longer: `npm run chaos -- trunks --rounds 50`.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { legId, sessionId, type LegId } from '../../app/domain/ids.ts';
import { chaosCounts } from '../support/chaos-counts.ts';
import { oneSwitch, startEdgeWorld, trunkNamed, type EdgeWorld } from '../support/edge-peers.ts';
import { missingOf, type Pair } from '../support/pairs.ts';
import { SDP, SipPeer, type PeerMessage } from '../support/sip-peer.ts';
import { drachtioLane, launchEmbedded, type LaunchedSipServer } from '../support/sip-servers.ts';
import { launchEmbeddedSwitch, launchFreeswitch, type LaunchedSwitch } from '../support/switches.ts';
import { MediaWorld } from '../support/switches-world.ts';
import { until } from '../support/until.ts';

const { rounds, patienceMs } = chaosCounts();
const eachStory = 4 * rounds;
const patient = { withinMs: 30_000 };
/** Nobody listens on discard's port. */
const nowhere = '127.0.0.1:9';

for (const pair of ['embedded', 'real'] as const satisfies readonly Pair[]) {
  const missing = missingOf(pair);
  describe.skipIf(missing !== undefined)(`carriers that misbehave, on the ${pair} pair`, () => {
    let server: LaunchedSipServer;
    let mediaSwitch: LaunchedSwitch;
    let edge: EdgeWorld;
    let world: MediaWorld;
    let first: SipPeer;
    let second: SipPeer;
    let numbers = 0;

    beforeAll(async () => {
      server = await (pair === 'real' ? drachtioLane.launch() : launchEmbedded());
      mediaSwitch = await (pair === 'real' ? launchFreeswitch() : launchEmbeddedSwitch());
      const address = `127.0.0.1:${mediaSwitch.sipPort}`;
      edge = await startEdgeWorld(server, { switches: oneSwitch(address) });
      world = await MediaWorld.open(mediaSwitch, {
        name: address,
        edge: edge.address,
        dialogs: {
          ended: (callId) => edge.edge.callEnded(callId),
          live: (name, callIds) => edge.edge.callsOn(name, callIds),
          lost: (name, callIds) => edge.edge.switchLost(name, callIds),
        },
      });
      [first, second] = [await SipPeer.udp(server.sip, 'first'), await SipPeer.udp(server.sip, 'second')];
      const trunk = (name: string, destination: string) =>
        trunkNamed(name, { destination, callerNumbers: ['+493012345'], qualify: false });
      edge.trunking.trunkList = [
        trunk('gone', nowhere),
        trunk('first', `127.0.0.1:${first.port}`),
        trunk('second', `127.0.0.1:${second.port}`),
      ];
      edge.trunking.routes = [
        { prefix: '+4910', trunks: ['gone', 'second'] },
        { prefix: '+4911', trunks: ['first', 'second'] },
        { prefix: '+4912', trunks: ['first'] },
      ];
      await edge.edge.trunkingChanged();
    }, 120_000);

    afterAll(async () => {
      await world?.close();
      await edge?.close();
      for (const peer of [first, second]) await peer?.close();
      await mediaSwitch?.stop();
      await server?.stop();
    });

    const dial = async (prefix: string, ringMs = 30_000): Promise<{ leg: LegId; number: string }> => {
      numbers += 1;
      const number = `${prefix}${String(numbers).padStart(6, '0')}`;
      const leg = legId(randomUUID());
      await world.perform({
        kind: 'leg.dial',
        legId: leg,
        to: { kind: 'number', number },
        labels: { role: 'third', sessionId: sessionId(`s-${leg}`) },
        callerNumber: '+493012345',
        callerName: '',
        ringUntil: Date.now() + ringMs,
      });
      return { leg, number };
    };
    const rung = (carrier: SipPeer, number: string): Promise<PeerMessage> =>
      carrier.receive(({ method, uri }) => method === 'INVITE' && uri.includes(number), 30_000);
    const hears = (
      carrier: SipPeer,
      method: string,
      { callId }: PeerMessage,
      is: (message: PeerMessage) => boolean = () => true,
    ): Promise<PeerMessage> =>
      carrier.receive(
        (message) => message.method === method && message.callId === callId && is(message),
        30_000,
      );
    const signalled = <Kind extends 'leg.answered' | 'leg.ended' | 'leg.ringing'>(kind: Kind, leg: LegId) =>
      until(`${kind} ${leg}`, () => world.of(kind, leg)[0], patient);
    /** Answers, is acknowledged, and is hung up on by the switch. */
    const takes = async (
      carrier: SipPeer,
      { leg, number }: { leg: LegId; number: string },
    ): Promise<void> => {
      const invite = await rung(carrier, number);
      carrier.reply(invite, '200 OK', { body: SDP });
      await hears(carrier, 'ACK', invite);
      await signalled('leg.answered', leg);
      await world.hangUp(leg);
      carrier.reply(await hears(carrier, 'BYE', invite), '200 OK');
      await signalled('leg.ended', leg);
    };

    const stories: Readonly<Record<string, () => Promise<void>>> = {
      'the first carrier is gone: the second takes the call': async () => takes(second, await dial('+4910')),
      'the first carrier has no room: the second takes the call': async () => {
        const call = await dial('+4911');
        first.reply(await rung(first, call.number), '503 Service Unavailable');
        await takes(second, call);
      },
      'the first carrier says nothing: the second takes the call': async () => {
        const call = await dial('+4911');
        await rung(first, call.number);
        await takes(second, call);
      },
      'the carrier rings for ever: it is given up at the deadline': async () => {
        const { leg, number } = await dial('+4912', 3_000);
        const invite = await rung(first, number);
        first.reply(invite, '180 Ringing');
        first.reply(await hears(first, 'CANCEL', invite), '200 OK');
        first.reply(invite, '487 Request Terminated');
        await hears(first, 'ACK', invite);
        expect(await signalled('leg.ended', leg)).toMatchObject({ ending: 'no_answer' });
      },
      'the carrier answers just when it is given up: acknowledged and hung up': async () => {
        const { leg, number } = await dial('+4912');
        const invite = await rung(first, number);
        first.reply(invite, '180 Ringing');
        await signalled('leg.ringing', leg);
        await world.hangUp(leg);
        const cancel = await hears(first, 'CANCEL', invite);
        first.reply(invite, '200 OK', { body: SDP });
        first.reply(cancel, '200 OK');
        await hears(first, 'ACK', invite);
        first.reply(await hears(first, 'BYE', invite), '200 OK');
        await signalled('leg.ended', leg);
      },
      'two phones behind the carrier answer: one is kept, the other acknowledged and hung up': async () => {
        const { leg, number } = await dial('+4912');
        const invite = await rung(first, number);
        for (const toTag of ['one', 'two']) first.reply(invite, '200 OK', { body: SDP, toTag });
        const of = (tag: string) => (message: PeerMessage) => message.tag('To') === tag;
        for (const tag of ['one', 'two']) await hears(first, 'ACK', invite, of(tag));
        first.reply(await hears(first, 'BYE', invite, of('two')), '200 OK');
        await signalled('leg.answered', leg);
        expect(world.of('leg.ended', leg)).toEqual([]);
        await world.hangUp(leg);
        first.reply(await hears(first, 'BYE', invite, of('one')), '200 OK');
        await signalled('leg.ended', leg);
      },
      'both hang up at once: both are answered, and it ends once': async () => {
        const { leg, number } = await dial('+4912');
        const invite = await rung(first, number);
        const answer = first.reply(invite, '200 OK', { body: SDP });
        await hears(first, 'ACK', invite);
        await signalled('leg.answered', leg);
        const own = first.send(byeOf(first, invite, answer));
        await world.hangUp(leg);
        const said = await Promise.race([
          hears(first, 'BYE', invite),
          first.receive(
            ({ status, callId, cseq }) =>
              status !== undefined && callId === own.callId && cseq.endsWith('BYE'),
            30_000,
          ),
        ]);
        if (said.method === 'BYE') first.reply(said, '200 OK');
        await signalled('leg.ended', leg);
      },
    };

    for (const [name, story] of Object.entries(stories))
      test(
        `${name}, ${eachStory} times`,
        async () => {
          const from = world.signals.length;
          await Promise.all(Array.from({ length: eachStory }, story));
          // The edge may hear of an answer after its end; what the switch does not name when it is asked is forgotten.
          const nothingIsLeft = async (): Promise<boolean> =>
            (await world.media.liveLegs()).length === 0 && edge.edge.calls === 0;
          await until('nothing is left on switch and edge', nothingIsLeft, patient);
          const ended = world.signals.slice(from).filter(({ kind }) => kind === 'leg.ended');
          expect(ended).toHaveLength(eachStory);
          expect(edge.errors).toEqual([]);
        },
        patienceMs,
      );
  });
}

/** A BYE of whom the switch called. */
function byeOf(peer: SipPeer, invite: PeerMessage, answer: PeerMessage): string {
  const route = invite.all('Record-Route');
  return peer
    .request('BYE', {
      uri: /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '',
      callId: invite.callId,
      to: invite.header('From'),
      fromTag: answer.tag('To') ?? '',
      headers: route.length > 0 ? { Route: route } : {},
    })
    .replace(/^From: <[^>]*>/m, `From: ${/<[^>]*>/.exec(invite.header('To'))?.[0] ?? ''}`);
}
