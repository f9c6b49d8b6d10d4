// Whole calls on the channel machine, without network, sound or time: the order of events is FreeSWITCH's.

import { describe, expect, test } from 'vitest';
import { OFFER, peerBye, World } from '../../test/support/channel-world.ts';
import { hangUp } from './hangup.ts';
import { connectMedia, noteAnswer, noteEarlyMedia, noteProgress } from './life.ts';

describe('an inbound call', () => {
  test('parked, rung, given early media, answered and killed', async () => {
    const world = new World();
    await world.arrive('A');
    expect(world.sent).toEqual([]);
    await world.api('uuid_ring_ready A');
    await world.api('uuid_pre_answer A');
    expect(await world.api('uuid_answer A')).toBe('+OK\n');
    expect(await world.api('uuid_answer A')).toBe('+OK\n');
    expect(await world.api('uuid_kill A CALL_REJECTED')).toBe('+OK\n');
    expect(world.story).toMatchInlineSnapshot(`
      [
        "CHANNEL_STATE A CS_NEW DOWN ringing",
        "CHANNEL_STATE A CS_INIT DOWN ringing",
        "CHANNEL_CREATE A CS_INIT DOWN ringing",
        "CHANNEL_CALLSTATE A CS_ROUTING RINGING ringing DOWN",
        "CHANNEL_STATE A CS_ROUTING RINGING ringing",
        "CHANNEL_STATE A CS_EXECUTE RINGING ringing",
        "CHANNEL_EXECUTE A CS_EXECUTE RINGING ringing park",
        "CHANNEL_PARK A CS_EXECUTE RINGING ringing",
        "CHANNEL_PROGRESS A CS_EXECUTE RINGING ringing",
        "CHANNEL_PROGRESS_MEDIA A CS_EXECUTE RINGING early",
        "CHANNEL_CALLSTATE A CS_EXECUTE EARLY early RINGING",
        "CHANNEL_ANSWER A CS_EXECUTE EARLY answered",
        "CHANNEL_CALLSTATE A CS_EXECUTE ACTIVE answered EARLY",
        "CHANNEL_HANGUP A CS_EXECUTE ACTIVE hangup CALL_REJECTED",
        "CHANNEL_UNPARK A CS_EXECUTE ACTIVE hangup CALL_REJECTED",
        "CHANNEL_EXECUTE_COMPLETE A CS_EXECUTE ACTIVE hangup park CALL_REJECTED",
        "CHANNEL_STATE A CS_HANGUP ACTIVE hangup CALL_REJECTED",
        "CHANNEL_CALLSTATE A CS_HANGUP HANGUP hangup CALL_REJECTED ACTIVE",
        "CHANNEL_STATE A CS_REPORTING HANGUP hangup CALL_REJECTED",
        "CHANNEL_HANGUP_COMPLETE A CS_REPORTING HANGUP hangup CALL_REJECTED",
        "CHANNEL_DESTROY A CS_REPORTING HANGUP hangup CALL_REJECTED",
        "CHANNEL_STATE A CS_DESTROY HANGUP hangup CALL_REJECTED",
      ]
    `);
    expect(world.sent).toEqual(['A 180', 'A 183', 'A 200', 'A bye CALL_REJECTED']);
    expect(world.exchange.channels.size).toBe(0);
    expect(world.timers).toBe(0);
  });

  test('does not exist from the moment it is killed, while its end is still being told', async () => {
    const world = new World();
    await world.arrive('A');
    await world.commands.run('uuid_kill A USER_BUSY');
    expect(await world.commands.run('uuid_exists A')).toBe('false');
    expect(world.events.some(({ name }) => name === 'CHANNEL_HANGUP_COMPLETE')).toBe(false);
    expect(await world.commands.run('uuid_kill A')).toBe('-ERR No such channel!\n');
    await world.settle();
    const complete = world.events.find(({ name }) => name === 'CHANNEL_HANGUP_COMPLETE')!;
    expect(complete.field('variable_hangup_cause_q850')).toBe('17');
    expect(complete.field('variable_sip_hangup_disposition')).toBe('send_refuse');
    expect(world.sent).toEqual(['A refuse USER_BUSY']);
  });

  test('has exact durations beside the whole-second ones', async () => {
    const world = new World();
    const channel = await world.answered('A');
    await world.pass(1_320);
    hangUp(world.exchange, channel, 'NORMAL_CLEARING', peerBye);
    await world.settle();
    const complete = world.events.find(({ name }) => name === 'CHANNEL_HANGUP_COMPLETE')!;
    expect(complete.field('variable_billmsec')).toBe('1320');
    expect(complete.field('variable_billusec')).toBe('1320000');
    expect(complete.field('variable_billsec')).toBe('1');
    expect(complete.field('variable_sip_hangup_disposition')).toBe('recv_bye');
  });
});

describe('originate', () => {
  const DIAL = 'originate {origination_uuid=B,originate_timeout=5}sofia/prof/1001@127.0.0.1:5062 &park()';
  const dial = async (world: World): Promise<Promise<string>[]> => {
    const job = Promise.resolve(world.commands.run(DIAL));
    await world.settle();
    return [job];
  };

  test('rung and answered: the job ends before the leg is parked', async () => {
    const world = new World();
    const [job] = await dial(world);
    const channel = world.exchange.find('B')!;
    noteProgress(world.exchange, channel);
    channel.session!.accept(OFFER);
    connectMedia(world.exchange, channel, channel.session!);
    noteAnswer(world.exchange, channel);
    world.exchange.waiters.get(channel)!.onAnswer!();
    expect(world.story.some((line) => line.startsWith('CHANNEL_PARK'))).toBe(false);
    expect(await job).toBe('+OK B\n');
    await world.settle();
    expect(world.story).toMatchInlineSnapshot(`
      [
        "CHANNEL_OUTGOING B CS_NONE DOWN ringing",
        "CHANNEL_STATE B CS_INIT DOWN ringing",
        "CHANNEL_CREATE B CS_INIT DOWN ringing",
        "CHANNEL_ORIGINATE B CS_INIT DOWN ringing",
        "CHANNEL_STATE B CS_ROUTING DOWN ringing",
        "CHANNEL_STATE B CS_CONSUME_MEDIA DOWN ringing",
        "CHANNEL_PROGRESS B CS_CONSUME_MEDIA DOWN ringing",
        "CHANNEL_CALLSTATE B CS_CONSUME_MEDIA RINGING ringing DOWN",
        "CHANNEL_ANSWER B CS_CONSUME_MEDIA RINGING answered",
        "CHANNEL_CALLSTATE B CS_CONSUME_MEDIA ACTIVE answered RINGING",
        "CALL_UPDATE B CS_CONSUME_MEDIA ACTIVE answered",
        "CHANNEL_STATE B CS_EXECUTE ACTIVE answered",
        "CHANNEL_EXECUTE B CS_EXECUTE ACTIVE answered park",
        "CHANNEL_PARK B CS_EXECUTE ACTIVE answered",
      ]
    `);
    expect(world.timers).toBe(0);
  });

  test('refused: the cause is the answer', async () => {
    const world = new World();
    const [job] = await dial(world);
    hangUp(world.exchange, world.exchange.find('B')!, 'USER_BUSY', {
      disposition: 'recv_refuse',
      status: 486,
      phrase: 'Busy Here',
    });
    await world.settle();
    expect(await job).toBe('-ERR USER_BUSY\n');
    expect(world.story.slice(6)).toMatchInlineSnapshot(`
      [
        "CHANNEL_HANGUP B CS_CONSUME_MEDIA DOWN hangup USER_BUSY",
        "CHANNEL_STATE B CS_HANGUP DOWN hangup USER_BUSY",
        "CHANNEL_CALLSTATE B CS_HANGUP HANGUP hangup USER_BUSY DOWN",
        "CHANNEL_STATE B CS_REPORTING HANGUP hangup USER_BUSY",
        "CHANNEL_HANGUP_COMPLETE B CS_REPORTING HANGUP hangup USER_BUSY",
        "CHANNEL_DESTROY B CS_REPORTING HANGUP hangup USER_BUSY",
        "CHANNEL_STATE B CS_DESTROY HANGUP hangup USER_BUSY",
      ]
    `);
    expect(world.exchange.channels.size).toBe(0);
  });

  test('nobody answers: NO_ANSWER at the time-out, and nothing is left', async () => {
    const world = new World();
    const [job] = await dial(world);
    noteProgress(world.exchange, world.exchange.find('B')!);
    await world.pass(4_999);
    expect(world.exchange.find('B')).toBeDefined();
    await world.pass(1);
    expect(await job).toBe('-ERR NO_ANSWER\n');
    expect(world.exchange.channels.size).toBe(0);
    expect(world.timers).toBe(0);
  });

  test('killed in the same breath: no INVITE is left behind', async () => {
    const world = new World();
    const job = Promise.resolve(world.commands.run(DIAL));
    expect(await world.commands.run('uuid_kill B')).toBe('+OK\n');
    await world.settle();
    expect(await job).toBe('-ERR NORMAL_CLEARING\n');
    expect(world.dialled).toEqual([]);
    expect(world.exchange.channels.size).toBe(0);
  });

  test('early media ends the job unless it is to be ignored', async () => {
    for (const ignored of [false, true]) {
      const world = new World();
      let done = false;
      void Promise.resolve(
        world.commands.run(
          `originate {origination_uuid=B,ignore_early_media=${ignored}}sofia/prof/1@127.0.0.1:9 &park()`,
        ),
      ).then(() => (done = true));
      await world.settle();
      noteEarlyMedia(world.exchange, world.exchange.find('B')!);
      await world.settle();
      expect(done).toBe(!ignored);
    }
  });

  test('a uuid in use, and a full switch, are DESTINATION_OUT_OF_ORDER without any event', async () => {
    const world = new World();
    await world.answered('B');
    world.events.length = 0;
    expect(await world.api(DIAL)).toBe('-ERR DESTINATION_OUT_OF_ORDER\n');
    for (const name of ['C', 'D', 'E']) await world.answered(name);
    world.events.length = 0;
    expect(await world.api(DIAL.replace('=B', '=F'))).toBe('-ERR DESTINATION_OUT_OF_ORDER\n');
    expect(world.story).toEqual([]);
  });
});

describe('a bridge', () => {
  test('two parked legs', async () => {
    const world = new World();
    await world.answered('A');
    await world.answered('B');
    world.events.length = 0;
    expect(await world.api('uuid_bridge A B')).toBe('+OK B\n');
    expect(world.story).toMatchInlineSnapshot(`
      [
        "CHANNEL_UNPARK B CS_EXECUTE ACTIVE answered",
        "CHANNEL_EXECUTE_COMPLETE B CS_EXECUTE ACTIVE answered park",
        "CHANNEL_UNPARK A CS_EXECUTE ACTIVE answered",
        "CHANNEL_EXECUTE_COMPLETE A CS_EXECUTE ACTIVE answered park",
        "CHANNEL_STATE A CS_HIBERNATE ACTIVE answered",
        "CHANNEL_STATE A CS_RESET ACTIVE answered",
        "CHANNEL_STATE A CS_SOFT_EXECUTE ACTIVE answered",
        "CHANNEL_STATE B CS_HIBERNATE ACTIVE answered",
        "CHANNEL_STATE B CS_RESET ACTIVE answered",
        "CHANNEL_STATE B CS_SOFT_EXECUTE ACTIVE answered",
        "CHANNEL_EXECUTE A CS_SOFT_EXECUTE ACTIVE answered uuid_bridge B",
        "CHANNEL_EXECUTE B CS_SOFT_EXECUTE ACTIVE answered uuid_bridge A",
        "CHANNEL_STATE B CS_CONSUME_MEDIA ACTIVE answered",
        "CHANNEL_BRIDGE A CS_SOFT_EXECUTE ACTIVE answered",
        "CHANNEL_STATE B CS_EXCHANGE_MEDIA ACTIVE answered",
        "CALL_UPDATE A CS_SOFT_EXECUTE ACTIVE answered",
        "CALL_UPDATE B CS_EXCHANGE_MEDIA ACTIVE answered",
      ]
    `);
    expect(world.media.orders.filter(({ order }) => order === 'join')).toEqual([
      { order: 'join', room: 'A', legs: ['A', 'B'] },
    ]);
  });

  test('the second leg hangs up: the first follows', async () => {
    const world = new World();
    const { b } = await world.bridged();
    hangUp(world.exchange, b, 'NORMAL_CLEARING', peerBye);
    await world.settle();
    expect(world.story).toMatchInlineSnapshot(`
      [
        "CHANNEL_HANGUP B CS_EXCHANGE_MEDIA ACTIVE hangup NORMAL_CLEARING",
        "CHANNEL_STATE B CS_HANGUP ACTIVE hangup NORMAL_CLEARING",
        "CHANNEL_CALLSTATE B CS_HANGUP HANGUP hangup NORMAL_CLEARING ACTIVE",
        "CHANNEL_STATE B CS_REPORTING HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_HANGUP_COMPLETE B CS_REPORTING HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_UNBRIDGE A CS_SOFT_EXECUTE ACTIVE answered",
        "CHANNEL_HANGUP A CS_EXECUTE ACTIVE hangup NORMAL_CLEARING",
        "CHANNEL_STATE A CS_HANGUP ACTIVE hangup NORMAL_CLEARING",
        "CHANNEL_DESTROY B CS_REPORTING HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_STATE B CS_DESTROY HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_CALLSTATE A CS_HANGUP HANGUP hangup NORMAL_CLEARING ACTIVE",
        "CHANNEL_STATE A CS_REPORTING HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_HANGUP_COMPLETE A CS_REPORTING HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_DESTROY A CS_REPORTING HANGUP hangup NORMAL_CLEARING",
        "CHANNEL_STATE A CS_DESTROY HANGUP hangup NORMAL_CLEARING",
      ]
    `);
    expect(world.exchange.channels.size).toBe(0);
  });

  test('with park_after_bridge the survivor is parked, whichever leg went', async () => {
    for (const goes of ['A', 'B']) {
      const stays = goes === 'A' ? 'B' : 'A';
      const world = new World();
      await world.bridged();
      await world.api(`uuid_setvar ${stays} park_after_bridge true`);
      world.events.length = 0;
      hangUp(world.exchange, world.exchange.find(goes)!, 'NORMAL_CLEARING', peerBye);
      await world.settle();
      expect(world.story.filter((line) => line.includes(` ${stays} `) && line.includes('PARK'))).toEqual([
        `CHANNEL_STATE ${stays} CS_PARK ACTIVE answered`,
        `CHANNEL_PARK ${stays} CS_PARK ACTIVE answered`,
      ]);
      expect(world.story.filter((line) => line.startsWith('CHANNEL_UNBRIDGE'))).toHaveLength(1);
      expect(world.story.find((line) => line.startsWith('CHANNEL_UNBRIDGE'))).toContain(
        'CHANNEL_UNBRIDGE A ',
      );
      expect([...world.exchange.channels.keys()]).toEqual([stays]);
    }
  });

  test('the cause of the leg that was killed is told to the other', async () => {
    const world = new World();
    await world.bridged();
    await world.api('uuid_kill B USER_BUSY');
    const complete = world.events.find(
      (event) => event.name === 'CHANNEL_HANGUP_COMPLETE' && event.field('Unique-ID') === 'A',
    )!;
    expect(complete.field('Hangup-Cause')).toBe('NORMAL_CLEARING');
    expect(complete.field('variable_last_bridge_hangup_cause')).toBe('USER_BUSY');
    expect(complete.field('variable_bridge_hangup_cause')).toBe('USER_BUSY');
  });

  test.each([
    ['uuid_transfer A -both park: inline', ['A', 'B']],
    ['uuid_transfer A park: inline', ['A']],
    ['uuid_transfer A -bleg park: inline', ['B']],
    ['uuid_park A', ['A']],
  ])('%s leaves %j parked', async (command, left) => {
    const world = new World();
    await world.bridged();
    expect(await world.api(command)).toBe('+OK\n');
    expect([...world.exchange.channels.keys()].sort()).toEqual(left);
    for (const uuid of left) expect(world.exchange.find(uuid)!.parked).toBe(true);
    expect(world.story.filter((line) => line.startsWith('CHANNEL_UNBRIDGE'))).toHaveLength(1);
    for (const uuid of left) await world.api(`uuid_kill ${uuid}`);
    expect(world.exchange.channels.size).toBe(0);
  });

  test('a third leg takes the place of the second', async () => {
    const world = new World();
    await world.bridged();
    await world.answered('C');
    expect(await world.api('uuid_bridge A C')).toBe('+OK C\n');
    expect([...world.exchange.channels.keys()]).toEqual(['A', 'C']);
    expect(world.exchange.find('A')!.partner?.uuid).toBe('C');
  });

  test('with a leg that has no sound yet ends both, with their causes', async () => {
    const world = new World();
    await world.answered('A');
    await world.arrive('I');
    expect(await world.api('uuid_bridge A I')).toBe('+OK I\n');
    expect(world.sent).toEqual(['A 200', 'I refuse DESTINATION_OUT_OF_ORDER', 'A bye ORIGINATOR_CANCEL']);
    expect(world.exchange.channels.size).toBe(0);
  });

  test('answers an inbound leg that had early media', async () => {
    const world = new World();
    await world.answered('B');
    await world.arrive('I');
    await world.api('uuid_pre_answer I');
    await world.api('uuid_bridge I B');
    expect(world.sent.at(-1)).toBe('I 200');
    expect(world.exchange.find('I')!.partner?.uuid).toBe('B');
  });

  test('a leg that hangs up while the bridge is being made takes the other with it', async () => {
    const world = new World();
    const a = await world.answered('A');
    await world.answered('B');
    void world.commands.run('uuid_bridge A B');
    hangUp(world.exchange, a, 'NORMAL_CLEARING', peerBye);
    await world.settle();
    expect(world.story.some((line) => line.startsWith('CHANNEL_BRIDGE'))).toBe(false);
  });

  test('nothing and nobody can be bridged', async () => {
    const world = new World();
    await world.answered('A');
    expect(await world.api('uuid_bridge A')).toBe('-USAGE: <uuid> <other_uuid>\n');
    expect(await world.api('uuid_bridge A nope')).toBe('-ERR Invalid uuid\n');
    expect(await world.api('uuid_bridge A A')).toBe('-ERR Invalid uuid\n');
  });
});
