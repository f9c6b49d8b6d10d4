// The four machines as tables: every state against every input. A changed cell is a changed rule.
import { expect, test } from 'vitest';
import { startClient, stepClient, type Client, type ClientInput } from './client-machine.ts';
import {
  startInviteClient,
  stepInviteClient,
  type InviteClient,
  type InviteClientInput,
} from './invite-client-machine.ts';
import {
  startInviteServer,
  stepInviteServer,
  type InviteServer,
  type InviteServerInput,
} from './invite-server-machine.ts';
import type { Effect, Step, Surroundings } from './machine.ts';
import { startServer, stepServer, type Server, type ServerInput } from './server-machine.ts';

const timers = { t1: 500, t2: 4000, t4: 5000, d: 32_000 };
const udp: Surroundings = { timers, reliable: false };
const tcp: Surroundings = { timers, reliable: true };

function word(effect: Effect): string {
  switch (effect.do) {
    case 'set':
      return `${effect.timer}=${effect.ms}`;
    case 'clear':
      return `-${effect.timer}`;
    case 'report':
      return `${effect.what}!`;
    case 'transmit':
    case 'acknowledge':
    case 'pass':
    case 'trying':
      return effect.do;
  }
}

function cell<S extends { readonly at: string }>(from: S, step: Step<S>): string {
  const effects = step.effects.map(word).join(' ');
  const target = step.to.at === from.at ? '' : `→${step.to.at}`;
  return [target, effects].filter((part) => part !== '').join(' ');
}

function table<S extends { readonly at: string }, I extends string>(
  states: readonly S[],
  inputs: readonly I[],
  step: (state: S, input: I) => Step<S>,
): string {
  const width = Math.max(...inputs.map((input) => input.length));
  const blocks = states.map((state) => {
    const cells = inputs.map((input) => ({ input, text: cell(state, step(state, input)) }));
    const ignored = cells.filter(({ text }) => text === '').map(({ input }) => input);
    const rows = cells
      .filter(({ text }) => text !== '')
      .map(({ input, text }) => `  ${input.padEnd(width)} ${text}`);
    return [state.at, ...rows, ...(ignored.length > 0 ? [`  nothing: ${ignored.join(', ')}`] : [])].join(
      '\n',
    );
  });
  return `\n${blocks.join('\n')}\n`;
}

const INVITE_CLIENT: InviteClient[] = [
  { at: 'calling', interval: 500 },
  { at: 'proceeding' },
  { at: 'accepted' },
  { at: 'completed' },
];
const INVITE_CLIENT_INPUTS: InviteClientInput[] = [
  '1xx',
  '2xx',
  '300-699',
  'A',
  'B',
  'D',
  'M',
  'X',
  'cancelSent',
  'failed',
];

const CLIENT: Client[] = [{ at: 'trying', interval: 500 }, { at: 'proceeding' }, { at: 'completed' }];
const CLIENT_INPUTS: ClientInput[] = ['1xx', 'final', 'E', 'F', 'K', 'failed'];

const INVITE_SERVER: InviteServer[] = [
  { at: 'proceeding', answered: false },
  { at: 'proceeding', answered: true },
  { at: 'accepted' },
  { at: 'completed', interval: 500 },
  { at: 'confirmed' },
];
const INVITE_SERVER_INPUTS: InviteServerInput[] = [
  ...(['INVITE', 'ACK', 'send 1xx', 'send 2xx', 'send 300-699'] as const),
  ...(['G', 'H', 'I', 'L', 'T', 'failed'] as const),
];

const SERVER: Server[] = [{ at: 'trying' }, { at: 'proceeding' }, { at: 'completed' }];
const SERVER_INPUTS: ServerInput[] = ['request', 'send 1xx', 'send final', 'J', 'failed'];

test('INVITE client over UDP (17.1.1, RFC 6026)', () => {
  expect(table(INVITE_CLIENT, INVITE_CLIENT_INPUTS, (s, i) => stepInviteClient(s, i, udp)))
    .toMatchInlineSnapshot(`
    "
    calling
      1xx        →proceeding -A -B pass
      2xx        →accepted -A -B -X M=32000 pass
      300-699    →completed -A -B -X D=32000 acknowledge pass
      A          transmit A=1000
      B          →terminated timedOut!
      X          →terminated timedOut!
      cancelSent X=32000
      failed     →terminated failed!
      nothing: D, M
    proceeding
      1xx        pass
      2xx        →accepted -A -B -X M=32000 pass
      300-699    →completed -A -B -X D=32000 acknowledge pass
      X          →terminated timedOut!
      cancelSent X=32000
      failed     →terminated failed!
      nothing: A, B, D, M
    accepted
      2xx        pass
      M          →terminated
      nothing: 1xx, 300-699, A, B, D, X, cancelSent, failed
    completed
      300-699    acknowledge
      D          →terminated
      failed     →terminated
      nothing: 1xx, 2xx, A, B, M, X, cancelSent
    "
  `);
});

test('INVITE client over TCP', () => {
  expect(table(INVITE_CLIENT, INVITE_CLIENT_INPUTS, (s, i) => stepInviteClient(s, i, tcp)))
    .toMatchInlineSnapshot(`
    "
    calling
      1xx        →proceeding -A -B pass
      2xx        →accepted -A -B -X M=32000 pass
      300-699    →terminated acknowledge pass
      A          transmit A=1000
      B          →terminated timedOut!
      X          →terminated timedOut!
      cancelSent X=32000
      failed     →terminated failed!
      nothing: D, M
    proceeding
      1xx        pass
      2xx        →accepted -A -B -X M=32000 pass
      300-699    →terminated acknowledge pass
      X          →terminated timedOut!
      cancelSent X=32000
      failed     →terminated failed!
      nothing: A, B, D, M
    accepted
      2xx        pass
      M          →terminated
      nothing: 1xx, 300-699, A, B, D, X, cancelSent, failed
    completed
      300-699    acknowledge
      D          →terminated
      failed     →terminated
      nothing: 1xx, 2xx, A, B, M, X, cancelSent
    "
  `);
});

test('non-INVITE client over UDP (17.1.2)', () => {
  expect(table(CLIENT, CLIENT_INPUTS, (s, i) => stepClient(s, i, udp))).toMatchInlineSnapshot(`
    "
    trying
      1xx    →proceeding pass
      final  →completed -E -F K=5000 pass
      E      transmit E=1000
      F      →terminated timedOut!
      failed →terminated failed!
      nothing: K
    proceeding
      1xx    pass
      final  →completed -E -F K=5000 pass
      E      transmit E=4000
      F      →terminated timedOut!
      failed →terminated failed!
      nothing: K
    completed
      K      →terminated
      nothing: 1xx, final, E, F, failed
    "
  `);
});

test('non-INVITE client over TCP', () => {
  expect(table(CLIENT, CLIENT_INPUTS, (s, i) => stepClient(s, i, tcp))).toMatchInlineSnapshot(`
    "
    trying
      1xx    →proceeding pass
      final  →terminated pass
      E      transmit E=1000
      F      →terminated timedOut!
      failed →terminated failed!
      nothing: K
    proceeding
      1xx    pass
      final  →terminated pass
      E      transmit E=4000
      F      →terminated timedOut!
      failed →terminated failed!
      nothing: K
    completed
      K      →terminated
      nothing: 1xx, final, E, F, failed
    "
  `);
});

test('INVITE server over UDP (17.2.1, RFC 6026)', () => {
  expect(table(INVITE_SERVER, INVITE_SERVER_INPUTS, (s, i) => stepInviteServer(s, i, udp)))
    .toMatchInlineSnapshot(`
    "
    proceeding
      send 1xx     -T transmit
      send 2xx     →accepted -T L=32000 transmit
      send 300-699 →completed -T G=500 H=32000 transmit
      T            trying
      failed       →terminated failed!
      nothing: INVITE, ACK, G, H, I, L
    proceeding
      INVITE       transmit
      send 1xx     -T transmit
      send 2xx     →accepted -T L=32000 transmit
      send 300-699 →completed -T G=500 H=32000 transmit
      failed       →terminated failed!
      nothing: ACK, G, H, I, L, T
    accepted
      ACK          pass
      send 2xx     transmit
      L            →terminated
      failed       failed!
      nothing: INVITE, send 1xx, send 300-699, G, H, I, T
    completed
      INVITE       transmit
      ACK          →confirmed -G -H I=5000 pass
      G            transmit G=1000
      H            →terminated timedOut!
      failed       →terminated failed!
      nothing: send 1xx, send 2xx, send 300-699, I, L, T
    confirmed
      I            →terminated
      nothing: INVITE, ACK, send 1xx, send 2xx, send 300-699, G, H, L, T, failed
    "
  `);
});

test('INVITE server over TCP', () => {
  expect(table(INVITE_SERVER, INVITE_SERVER_INPUTS, (s, i) => stepInviteServer(s, i, tcp)))
    .toMatchInlineSnapshot(`
    "
    proceeding
      send 1xx     -T transmit
      send 2xx     →accepted -T L=32000 transmit
      send 300-699 →completed -T H=32000 transmit
      T            trying
      failed       →terminated failed!
      nothing: INVITE, ACK, G, H, I, L
    proceeding
      INVITE       transmit
      send 1xx     -T transmit
      send 2xx     →accepted -T L=32000 transmit
      send 300-699 →completed -T H=32000 transmit
      failed       →terminated failed!
      nothing: ACK, G, H, I, L, T
    accepted
      ACK          pass
      send 2xx     transmit
      L            →terminated
      failed       failed!
      nothing: INVITE, send 1xx, send 300-699, G, H, I, T
    completed
      INVITE       transmit
      ACK          →terminated pass
      G            transmit G=1000
      H            →terminated timedOut!
      failed       →terminated failed!
      nothing: send 1xx, send 2xx, send 300-699, I, L, T
    confirmed
      I            →terminated
      nothing: INVITE, ACK, send 1xx, send 2xx, send 300-699, G, H, L, T, failed
    "
  `);
});

test('non-INVITE server over UDP (17.2.2)', () => {
  expect(table(SERVER, SERVER_INPUTS, (s, i) => stepServer(s, i, udp))).toMatchInlineSnapshot(`
    "
    trying
      send 1xx   →proceeding transmit
      send final →completed J=32000 transmit
      failed     →terminated failed!
      nothing: request, J
    proceeding
      request    transmit
      send 1xx   transmit
      send final →completed J=32000 transmit
      failed     →terminated failed!
      nothing: J
    completed
      request    transmit
      J          →terminated
      failed     →terminated failed!
      nothing: send 1xx, send final
    "
  `);
});

test('non-INVITE server over TCP', () => {
  expect(table(SERVER, SERVER_INPUTS, (s, i) => stepServer(s, i, tcp))).toMatchInlineSnapshot(`
    "
    trying
      send 1xx   →proceeding transmit
      send final →terminated transmit
      failed     →terminated failed!
      nothing: request, J
    proceeding
      request    transmit
      send 1xx   transmit
      send final →terminated transmit
      failed     →terminated failed!
      nothing: J
    completed
      request    transmit
      J          →terminated
      failed     →terminated failed!
      nothing: send 1xx, send final
    "
  `);
});

test('how each begins', () => {
  const begin = (step: Step<{ readonly at: string }>): string =>
    `${step.to.at}: ${step.effects.map(word).join(' ')}`;
  expect([
    begin(startInviteClient(udp)),
    begin(startInviteClient(tcp)),
    begin(startClient(udp)),
    begin(startClient(tcp)),
    begin(startInviteServer(0)),
    begin(startInviteServer(200)),
    begin(startInviteServer(null)),
    begin(startServer()),
  ]).toMatchInlineSnapshot(`
    [
      "calling: transmit B=32000 A=500",
      "calling: transmit B=32000",
      "trying: transmit F=32000 E=500",
      "trying: transmit F=32000",
      "proceeding: trying",
      "proceeding: T=200",
      "proceeding: ",
      "trying: ",
    ]
  `);
});

test('a terminated machine takes no input any more', () => {
  const end = { at: 'terminated' } as const;
  for (const input of INVITE_CLIENT_INPUTS)
    expect(stepInviteClient(end, input, udp)).toEqual({ to: end, effects: [] });
  for (const input of CLIENT_INPUTS) expect(stepClient(end, input, udp)).toEqual({ to: end, effects: [] });
  for (const input of INVITE_SERVER_INPUTS)
    expect(stepInviteServer(end, input, udp)).toEqual({ to: end, effects: [] });
  for (const input of SERVER_INPUTS) expect(stepServer(end, input, udp)).toEqual({ to: end, effects: [] });
});
