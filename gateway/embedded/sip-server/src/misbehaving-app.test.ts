// An application that writes nonsense is refused frame by frame; the server and its other applications live on.
import { expect, test } from 'vitest';
import { type FakeApp, SDP, World } from '../test/support.ts';

const NASTY = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '|',
  ';;',
  ',',
  '"',
  '<',
  '>',
  'ÿ',
  '😀',
  ': ',
  'sip:',
  '[::1',
  '%zz',
  '99999999999',
  ';tag=',
  'SIP/2.0 ',
];

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

function mutate(text: string, random: () => number): string {
  let result = text;
  for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
    const at = Math.floor(random() * result.length);
    const end = at + Math.floor(random() * 12);
    const nasty = NASTY[Math.floor(random() * NASTY.length)] ?? '';
    result = result.slice(0, at) + (random() < 0.3 ? '' : nasty) + result.slice(random() < 0.5 ? at : end);
  }
  return result;
}

/** What an application in the middle of several calls may send. */
async function busy(): Promise<{ world: World; app: FakeApp; frames: string[] }> {
  const world = await World.open();
  const app = world.app('invite', 'options', 'subscribe');
  const [caller, callee] = [await world.phone('10.0.0.1'), await world.phone('10.0.0.2')];
  caller.send(caller.request('INVITE', { dialog: 'ringing', body: SDP }));
  const ringing = app.last('INVITE').fields[8] ?? '';
  caller.send(caller.request('INVITE', { dialog: 'proxied', body: SDP }));
  const toProxy = app.last('INVITE').fields[8] ?? '';
  caller.send(caller.request('OPTIONS', { dialog: 'options' }));
  const options = app.last('OPTIONS').fields[8] ?? '';
  app.tell('sip||', 'INVITE sip:bob@10.0.0.2 SIP/2.0', '', SDP);
  world.clock.advance(5);
  callee.send(callee.answer(callee.last('INVITE'), '200 OK', { body: SDP }));
  const dialog = app.last('SIP/2.0 200').fields[9] ?? '';
  const outgoing =
    'from: "A" <sip:a@localhost>\r\ncontact: sip:a@localhost\r\nX-One: 1\r\nRequire: x\r\nCSeq: 5 INVITE';
  const frames = [
    `sip|${ringing}|\r\nSIP/2.0 183 Session Progress\r\nTo: <sip:x@h>;tag=t\r\nContact: <sip:localhost>\r\n\r\n${SDP}`,
    `sip|${options}|\r\nSIP/2.0 200 OK\r\nAccept: a/b\r\n\r\n`,
    `sip||\r\nINVITE sip:bob@10.0.0.2 SIP/2.0\r\n${outgoing}\r\n\r\n${SDP}`,
    `sip|||sip:10.0.0.2:5060\r\nOPTIONS sip:bob@example.org SIP/2.0\r\nto: <sip:b@localhost>\r\n\r\n`,
    `sip||${dialog}\r\nACK sip:x SIP/2.0\r\n\r\n`,
    `sip||${dialog}\r\nINFO sip:placeholder SIP/2.0\r\nContent-Type: text/plain\r\n\r\nhello`,
    `sip||${dialog}\r\nINVITE sip:placeholder SIP/2.0\r\nContact: <sip:a@localhost>\r\n\r\n${SDP}`,
    `sip||\r\nSUBSCRIBE sip:bob@10.0.0.2 SIP/2.0\r\nEvent: x\r\n\r\n`,
    `proxy|${toProxy}|remainInDialog|fullResponse||serial|1s||sip:bob@10.0.0.2\r\nINVITE sip:bob@10.0.0.2 SIP/2.0\r\nX-Added: 1\r\n\r\n`,
  ];
  return { world, app, frames };
}

test.each([1, 2, 3, 4])('two thousand spoilt frames (seed %i) throw nothing', async (seed) => {
  const random = seeded(seed);
  let answered = 0;
  for (let round = 0; round < 20; round++) {
    const { world, app, frames } = await busy();
    const before = app.frames.length;
    for (let i = 0; i < 100; i++) {
      const [head = '', ...rest] = mutate(frames[i % frames.length] ?? '', random).split('\r\n');
      try {
        app.tell(head, ...rest);
      } catch (error) {
        // The connection itself answers frames of another type; here they are no business of the call logic.
        if (!(error instanceof Error) || !error.message.startsWith('a scenario tells only')) throw error;
      }
      world.clock.advance(10);
    }
    answered += app.frames.length - before;
    world.clock.advance(200_000);
  }
  expect(answered).toBeGreaterThan(1000);
});
