// The conversations of the control protocol, frame by frame: which field is where, what comes before what, and what
// happens when somebody says nothing for as long as RFC 3261 allows.
import { describe, expect, test } from 'vitest';
import {
  EDGE,
  type FakeApp,
  type FakePhone,
  type Frame,
  header,
  NOTHING,
  SDP,
  World,
} from '../test/support.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d\d:\d\d:\d\d\.\d{6}$/;
const transactionOf = ({ fields }: Frame): string => fields[8] ?? '';

async function ringing(verb = 'invite'): Promise<{ world: World; app: FakeApp; phone: FakePhone }> {
  const world = await World.open();
  return { world, app: world.app(verb), phone: await world.phone('10.0.0.1') };
}

/** The phone calls, the application answers; returns what is needed to go on. */
async function talking(): Promise<{
  world: World;
  app: FakeApp;
  phone: FakePhone;
  ok: string;
  invite: Frame;
  answer: Frame;
}> {
  const { world, app, phone } = await ringing();
  phone.send(phone.request('INVITE', { body: SDP }));
  const invite = app.last('INVITE');
  const id = app.tell(`sip|${transactionOf(invite)}|`, 'SIP/2.0 200 OK', 'Content-Length: 0', '', SDP);
  world.clock.advance(5);
  return { world, app, phone, ok: phone.last('SIP/2.0 200'), invite, answer: app.answersTo(id)[0] as Frame };
}

describe('a phone calls', () => {
  test('a new request: thirteen fields, the last one empty', async () => {
    const { app, phone } = await ringing('options');
    phone.send(phone.request('OPTIONS'));
    const { fields, sip } = app.last('OPTIONS');
    expect(fields).toEqual([
      expect.stringMatching(UUID),
      'sip',
      'network',
      String(Buffer.byteLength(sip)),
      'udp',
      '10.0.0.1',
      '5060',
      expect.stringMatching(TIME),
      expect.stringMatching(UUID),
      '',
      EDGE.host,
      String(EDGE.port),
      '',
    ]);
  });

  test('an answer goes to where the packet came from, also when the phone did not ask for it', async () => {
    const { app, phone, world } = await ringing('options');
    phone.send(phone.request('OPTIONS').replace('10.0.0.1:5060;branch', '192.168.0.9:9999;branch'));
    const options = app.last('OPTIONS');
    expect(header(options.sip, 'Via')).toContain(';received=10.0.0.1');
    app.tell(`sip|${transactionOf(options)}|`, 'SIP/2.0 200 OK');
    world.clock.advance(5);
    expect(phone.last('SIP/2.0 200')).toBeDefined();
  });

  test('the answer’s echo: peer, transaction, dialog, the message as sent', async () => {
    const { phone, ok, invite, answer, world } = await talking();
    expect(answer.fields.slice(3)).toEqual([
      'OK',
      'application',
      String(Buffer.byteLength(ok)),
      'udp',
      '10.0.0.1',
      '5060',
      expect.stringMatching(TIME),
      transactionOf(invite),
      'one@10.0.0.1;from-tag=from-one',
      '',
      'Msg sent:',
      '',
    ]);
    expect(answer.sip).toBe(ok);
    expect(header(ok, 'Contact')).toBe(`<sip:${EDGE.host}:${EDGE.port}>`);
    expect(header(ok, 'Content-Type')).toBe('application/sdp');
    phone.send(phone.request('ACK', { to: header(ok, 'To') }));
    phone.send(phone.request('BYE', { to: header(ok, 'To'), cseq: 2 }));
    expect(world.alive).toMatchObject({ dialogs: 0 });
  });

  test('ACK carries the INVITE’s transaction id, BYE its own, both the dialog id', async () => {
    const { app, phone, ok, invite } = await talking();
    phone.send(phone.request('ACK', { to: header(ok, 'To') }));
    const ack = app.last('ACK');
    expect(ack.fields.slice(2)).toEqual([
      'network',
      expect.any(String),
      'udp',
      '10.0.0.1',
      '5060',
      expect.stringMatching(TIME),
      transactionOf(invite),
      'one@10.0.0.1;from-tag=from-one',
      '',
    ]);
    phone.send(phone.request('BYE', { to: header(ok, 'To'), cseq: 2 }));
    const bye = app.last('BYE');
    expect(bye.fields[9]).toBe('one@10.0.0.1;from-tag=from-one');
    expect(transactionOf(bye)).not.toBe(transactionOf(invite));
    const id = app.tell(`sip|${transactionOf(bye)}|`, 'SIP/2.0 200 OK');
    expect(app.answersTo(id)[0]?.fields.slice(10)).toEqual([transactionOf(bye), '', '', 'Msg sent:', '']);
  });

  test('100 is sent before the application has seen the INVITE, repetitions are answered without it', async () => {
    const { app, phone } = await ringing();
    const invite = phone.request('INVITE', { body: SDP });
    phone.send(invite);
    phone.send(invite);
    expect(phone.all('SIP/2.0 100')).toHaveLength(2);
    expect(app.handed('INVITE')).toHaveLength(1);
  });

  test('an early CANCEL has no dialog id, one after 180 has; both carry the INVITE’s transaction id', async () => {
    for (const [provisional, dialogId] of [
      [false, ''],
      [true, 'one@10.0.0.1;from-tag=from-one'],
    ] as const) {
      const { app, phone, world } = await ringing();
      phone.send(phone.request('INVITE', { body: SDP, branch: 'x' }));
      const invite = app.last('INVITE');
      if (provisional) app.tell(`sip|${transactionOf(invite)}|`, 'SIP/2.0 180 Ringing');
      phone.send(phone.request('CANCEL', { branch: 'x' }));
      expect(app.last('CANCEL').fields.slice(8)).toEqual([transactionOf(invite), dialogId, '']);
      const late = app.tell(`sip|${transactionOf(invite)}|`, 'SIP/2.0 487 Request Terminated');
      expect(app.answersTo(late)[0]?.fields.slice(3)).toEqual([
        'NOK',
        'Response not sent due to unknown transaction',
      ]);
      phone.send(phone.request('ACK', { to: header(phone.last('SIP/2.0 487'), 'To'), branch: 'x' }));
      world.clock.advance(40_000);
      expect(world.alive).toEqual(NOTHING);
    }
  });

  test('an UPDATE while ringing comes under the INVITE’s id and is answered by its CSeq', async () => {
    const { app, phone, world } = await ringing();
    phone.send(phone.request('INVITE', { body: SDP }));
    const invite = app.last('INVITE');
    app.tell(`sip|${transactionOf(invite)}|`, 'SIP/2.0 183 Session Progress', '', SDP);
    world.clock.advance(5);
    const to = header(phone.last('SIP/2.0 183'), 'To');
    phone.send(phone.request('UPDATE', { to, cseq: 2, body: SDP }));
    expect(transactionOf(app.last('UPDATE'))).toBe(transactionOf(invite));
    app.tell(`sip|${transactionOf(invite)}|`, 'SIP/2.0 200 OK', 'cseq: 2 UPDATE', '', SDP);
    world.clock.advance(5);
    expect(header(phone.last('SIP/2.0 200'), 'CSeq')).toBe('2 UPDATE');
    app.tell(`sip|${transactionOf(invite)}|`, 'SIP/2.0 486 Busy Here', 'cseq: 1 INVITE');
    world.clock.advance(5);
    expect(header(phone.last('SIP/2.0 486'), 'CSeq')).toBe('1 INVITE');
  });

  test('the application’s tag in To is used, and kept', async () => {
    const { app, phone, world } = await ringing();
    phone.send(phone.request('INVITE', { body: SDP }));
    const id = transactionOf(app.last('INVITE'));
    app.tell(`sip|${id}|`, 'SIP/2.0 180 Ringing', 'to: <sip:service@192.0.2.1:5070>;tag=mine');
    app.tell(`sip|${id}|`, 'SIP/2.0 486 Busy Here', 'to: <sip:service@192.0.2.1:5070>;tag=mine');
    world.clock.advance(5);
    expect(header(phone.last('SIP/2.0 180'), 'To')).toMatch(/;tag=mine$/);
    expect(header(phone.last('SIP/2.0 486'), 'To')).toMatch(/;tag=mine$/);
  });

  test('two re-INVITEs at once: the second is told to wait; one against ours: 491', async () => {
    const { app, phone, ok, world } = await talking();
    const to = header(ok, 'To');
    phone.send(phone.request('ACK', { to }));
    phone.send(phone.request('INVITE', { to, cseq: 2, body: SDP }));
    phone.send(phone.request('INVITE', { to, cseq: 3, body: SDP }));
    expect(header(phone.last('SIP/2.0 500'), 'Retry-After')).toBe('1');
    app.tell(`sip|${transactionOf(app.last('INVITE'))}|`, 'SIP/2.0 488 Not Acceptable Here');
    world.clock.advance(5);
    app.tell('sip||one@10.0.0.1;from-tag=from-one', 'INVITE sip:placeholder SIP/2.0', '', SDP);
    world.clock.advance(5);
    phone.send(phone.request('INVITE', { to, cseq: 4, body: SDP }));
    expect(phone.last('SIP/2.0 491')).toBeDefined();
  });
});

describe('time passes', () => {
  test('no ACK: the 200 is repeated at 0.5, 1.5, 3.5, 7.5 s and then every 4 s; after 32 s BYE, told as unsolicited', async () => {
    const { app, phone, world } = await talking();
    const seen: number[] = [];
    for (let at = 0; at < 32_000; at += 500) {
      world.clock.advance(500);
      seen.push(phone.all('SIP/2.0 200').length);
    }
    expect(seen.at(-1)).toBe(11);
    expect([seen[0], seen[1], seen[2], seen[6], seen[14]]).toEqual([2, 2, 3, 4, 5]);
    world.clock.advance(100);
    const bye = phone.last('BYE');
    expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="ACK timeout"');
    const told = app.last('BYE');
    expect(told.sip).toBe(bye);
    expect(told.fields.slice(2)).toEqual([
      'application',
      String(Buffer.byteLength(bye)),
      'udp',
      EDGE.host,
      String(EDGE.port),
      expect.stringMatching(TIME),
      'unsolicited',
      'one@10.0.0.1;from-tag=from-one',
      '',
    ]);
    phone.send(phone.answer(bye, '200 OK'));
    world.clock.advance(40_000);
    expect(world.alive).toEqual(NOTHING);
  });

  test('an application that says nothing: 408 to the caller after 64 s, and nothing remains', async () => {
    const { app, phone, world } = await ringing();
    phone.send(phone.request('INVITE', { body: SDP, branch: 'x' }));
    world.clock.advance(63_900);
    expect(phone.all('SIP/2.0 408')).toEqual([]);
    world.clock.advance(200);
    phone.send(phone.request('ACK', { to: header(phone.last('SIP/2.0 408'), 'To'), branch: 'x' }));
    const late = app.tell(`sip|${transactionOf(app.last('INVITE'))}|`, 'SIP/2.0 200 OK', '', SDP);
    expect(app.answersTo(late)[0]?.fields[3]).toBe('NOK');
    world.clock.advance(40_000);
    expect(world.alive).toEqual(NOTHING);
  });

  test('a callee that says nothing: 408 after 32 s, made here: no address, port 0, size 0', async () => {
    const world = await World.open();
    const app = world.app();
    await world.phone('10.0.0.9');
    const id = app.tell(
      'sip||',
      'INVITE sip:nobody@10.0.0.9:5060 SIP/2.0',
      'from: sip:me@localhost',
      '',
      SDP,
    );
    const [echo] = app.answersTo(id);
    world.clock.advance(32_100);
    const timeout = app.last('SIP/2.0 408');
    const dialogId = `${header(echo?.sip ?? '', 'Call-ID')};from-tag=${/tag=(\S+)/.exec(header(echo?.sip ?? '', 'From'))?.[1] ?? ''}`;
    expect(timeout.fields.slice(2)).toEqual([
      'network',
      '0',
      'udp',
      '',
      '0',
      expect.stringMatching(TIME),
      echo?.fields[10],
      dialogId,
      '',
    ]);
    expect(header(timeout.sip, 'To')).toContain(';tag=');
    const ack = app.tell(`sip||${dialogId}`, 'ACK sip:nobody@10.0.0.9 SIP/2.0');
    expect(app.answersTo(ack)[0]?.fields.slice(3)).toEqual([
      'NOK',
      'Server error: ACK for non-success final response is automatically generated by server',
    ]);
    world.clock.advance(40_000);
    expect(world.alive).toEqual(NOTHING);
  });

  test('an application is lost: its calls are ended after a minute, what it left unanswered at once', async () => {
    const { app, phone, ok, world } = await talking();
    phone.send(phone.request('ACK', { to: header(ok, 'To') }));
    phone.send(phone.request('INVITE', { dialog: 'two', branch: 'y', body: SDP }));
    app.lose();
    world.clock.advance(5);
    phone.send(
      phone.request('ACK', { dialog: 'two', to: header(phone.last('SIP/2.0 503'), 'To'), branch: 'y' }),
    );
    world.clock.advance(59_000);
    expect(phone.all('BYE')).toEqual([]);
    world.clock.advance(1100);
    const bye = phone.last('BYE');
    expect(header(bye, 'Call-ID')).toBe('one@10.0.0.1');
    phone.send(phone.answer(bye, '200 OK'));
    world.clock.advance(40_000);
    expect(world.alive).toEqual(NOTHING);
  });
});

describe('an application is lost while its call rings', () => {
  test.each([true, false])(
    'the callee is cancelled; a 200 that crosses (%s) is acknowledged and hung up',
    async (crosses) => {
      const world = await World.open();
      const app = world.app();
      const phone = await world.phone('10.0.0.2');
      app.tell('sip||', 'INVITE sip:bob@10.0.0.2 SIP/2.0', '', SDP);
      world.clock.advance(5);
      const invite = phone.last('INVITE');
      phone.send(phone.answer(invite, '180 Ringing'));
      app.lose();
      world.clock.advance(5);
      const cancel = phone.last('CANCEL');
      if (crosses) {
        phone.send(phone.answer(invite, '200 OK', { body: SDP }));
        world.clock.advance(4100);
        expect(phone.last('ACK')).toBeDefined();
        phone.send(phone.answer(phone.last('BYE'), '200 OK'));
      } else {
        phone.send(phone.answer(cancel, '200 OK'));
        phone.send(phone.answer(invite, '487 Request Terminated'));
      }
      world.clock.advance(70_000);
      expect(world.alive).toEqual(NOTHING);
    },
  );
});

describe('an application calls', () => {
  test('the echo comes before any response; field positions of both; ACK, BYE', async () => {
    const world = await World.open();
    const app = world.app();
    const phone = await world.phone('10.0.0.2');
    const id = app.tell(
      'sip||',
      'INVITE sip:bob@10.0.0.2 SIP/2.0',
      'X-Trace: t1',
      'from: "A" <sip:1000@localhost>',
      'Content-Length: 1',
      '',
      SDP,
    );
    world.clock.advance(5);
    const sent = phone.last('INVITE');
    const [echo] = app.answersTo(id);
    expect(echo?.sip).toBe(sent);
    expect(echo?.fields.slice(3)).toEqual([
      'OK',
      'application',
      String(Buffer.byteLength(sent)),
      'udp',
      EDGE.host,
      String(EDGE.port),
      expect.stringMatching(TIME),
      expect.stringMatching(UUID),
      'Msg sent:',
      '',
    ]);
    phone.send(phone.answer(sent, '100 Trying', { toTag: '' }));
    phone.send(phone.answer(sent, '180 Ringing'));
    phone.send(phone.answer(sent, '200 OK', { body: SDP }));
    const dialogId = app.last('SIP/2.0 200').fields[9] ?? '';
    expect(app.handed('SIP/2.0 100')).toEqual([]);
    expect(app.frames.map(({ fields, sip }) => `${fields[1]} ${sip.split('\r\n')[0] ?? ''}`)).toEqual([
      'response INVITE sip:bob@10.0.0.2 SIP/2.0',
      'sip SIP/2.0 180 Ringing',
      'sip SIP/2.0 200 OK',
    ]);
    const ack = app.tell(`sip||${dialogId}`, 'ACK sip:anything@example.org SIP/2.0');
    world.clock.advance(5);
    expect(phone.last('ACK')).toMatch(/^ACK sip:phone@10\.0\.0\.2:5060 /);
    expect(app.answersTo(ack)[0]?.sip).toBe(phone.last('ACK'));
    app.tell(`sip||${dialogId}`, 'BYE sip:placeholder SIP/2.0');
    world.clock.advance(5);
    phone.send(phone.answer(phone.last('BYE'), '200 OK'));
    expect(world.alive).toMatchObject({ dialogs: 0, outbound: 0 });
    world.clock.advance(40_000);
    expect(world.alive).toEqual(NOTHING);
  });

  test('a second phone that answers the same INVITE is acknowledged and hung up; the application keeps the first', async () => {
    const world = await World.open();
    const app = world.app();
    const [one, two] = [await world.phone('10.0.0.2'), await world.phone('10.0.0.3')];
    app.tell('sip||', 'INVITE sip:bob@10.0.0.2 SIP/2.0', '', SDP);
    world.clock.advance(5);
    const invite = one.last('INVITE');
    one.send(one.answer(invite, '200 OK', { body: SDP, toTag: 'one' }));
    app.tell(`sip||${app.last('SIP/2.0 200').fields[9] ?? ''}`, 'ACK sip:x SIP/2.0');
    world.clock.advance(5);
    two.send(two.answer(invite, '200 OK', { body: SDP, toTag: 'two' }));
    expect(header(two.last('ACK'), 'To')).toContain('tag=two');
    const bye = two.last('BYE');
    expect(header(bye, 'To')).toContain('tag=two');
    two.send(two.answer(bye, '200 OK'));
    expect(app.handed('SIP/2.0 200')).toHaveLength(1);
    expect(world.alive).toMatchObject({ dialogs: 1 });
  });

  test('behind an outbound proxy everything goes there, unless the application names a hop', async () => {
    const world = await World.open({ outboundProxy: 'sip:10.0.0.7:5060;lr' });
    const app = world.app();
    const [proxy, other] = [await world.phone('10.0.0.7'), await world.phone('10.0.0.8')];
    app.tell('sip||', 'OPTIONS sip:bob@example.org SIP/2.0');
    app.tell(
      'sip|||sip:10.0.0.8:5060',
      'MESSAGE sip:bob@example.org SIP/2.0',
      'Content-Type: text/plain',
      '',
      'hi',
    );
    world.clock.advance(5);
    expect(proxy.last('OPTIONS')).toMatch(/^OPTIONS sip:bob@example\.org /);
    expect(other.last('MESSAGE')).toMatch(/^MESSAGE sip:bob@example\.org /);
    expect(header(other.last('MESSAGE'), 'Route')).toBe('');
  });
});
