import { expect, test } from 'vitest';
import { routeInvite, type InviteFacts, type Origin } from './routes.ts';

const origins: Readonly<Record<string, Origin>> = {
  switch: { kind: 'switch' },
  web: { kind: 'web', sessionId: 's7', queueId: 'sales' },
  trunk: { kind: 'trunk', name: 'berlin' },
  phone: { kind: 'phone', address: '1001' },
  stranger: { kind: 'stranger' },
};

const cases: Readonly<Record<string, Partial<InviteFacts>>> = {
  'number answered': { numberLeadsTo: { kind: 'queue', queueId: 'support' } },
  'agent answers': { numberLeadsTo: { kind: 'agent', agentId: '1002' } },
  'flow answers': { numberLeadsTo: { kind: 'flow', flowId: 'main-menu' }, caller: '+49301' },
  'caller oddly written': {
    numberLeadsTo: { kind: 'queue', queueId: 'support' },
    caller: 'x;y',
    dialled: '4\r\n0',
  },
  'another identity': { numberLeadsTo: { kind: 'queue', queueId: 'support' }, claimsIdentity: true },
  'outside number': { isNumber: true },
  'nothing answers': {},
  'odd queue': { numberLeadsTo: { kind: 'queue', queueId: 'x@evil;y' } },
  'forged header': { numberLeadsTo: { kind: 'queue', queueId: 'support' }, forgesOurHeaders: true },
  'bad ticket': { showsTicket: true },
};

const table = (): string =>
  Object.entries(origins)
    .flatMap(([name, origin]) =>
      Object.entries(cases).map(([what, facts]) => {
        const route = routeInvite({
          origin,
          requestUser: '4000',
          forgesOurHeaders: false,
          showsTicket: origin.kind === 'web',
          isNumber: false,
          claimsIdentity: false,
          dialled: '4000',
          caller: undefined,
          numberLeadsTo: undefined,
          ...facts,
        });
        const { to, ...rest } = route;
        const details = Object.values<unknown>(rest).map((value) =>
          typeof value === 'string' ? value : JSON.stringify(value),
        );
        return `${name.padEnd(8)} | ${what.padEnd(15)} | ${[to, ...details].join(' ')}`;
      }),
    )
    .join('\n');

test('who may call whom', () => {
  expect(table()).toMatchInlineSnapshot(`
    "switch   | number answered | contacts 4000
    switch   | agent answers   | contacts 4000
    switch   | flow answers    | contacts 4000
    switch   | caller oddly written | contacts 4000
    switch   | another identity | contacts 4000
    switch   | outside number  | outside
    switch   | nothing answers | contacts 4000
    switch   | odd queue       | contacts 4000
    switch   | forged header   | contacts 4000
    switch   | bad ticket      | contacts 4000
    web      | number answered | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | agent answers   | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | flow answers    | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | caller oddly written | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | another identity | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | outside number  | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | nothing answers | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | odd queue       | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | forged header   | refuse 403 Forbidden
    web      | bad ticket      | switch queue-sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    trunk    | number answered | switch queue-support {"X-Cordboard-Source":"phone","X-Cordboard-Trunk":"berlin","X-Cordboard-Dialled":"4000","X-Cordboard-Queue":"support"}
    trunk    | agent answers   | switch agent-1002 {"X-Cordboard-Source":"phone","X-Cordboard-Trunk":"berlin","X-Cordboard-Dialled":"4000","X-Cordboard-Agent":"1002"}
    trunk    | flow answers    | switch flow-main-menu {"X-Cordboard-Source":"phone","X-Cordboard-Trunk":"berlin","X-Cordboard-Dialled":"4000","X-Cordboard-Caller":"+49301","X-Cordboard-Flow":"main-menu"}
    trunk    | caller oddly written | switch queue-support {"X-Cordboard-Source":"phone","X-Cordboard-Trunk":"berlin","X-Cordboard-Queue":"support"}
    trunk    | another identity | switch queue-support {"X-Cordboard-Source":"phone","X-Cordboard-Trunk":"berlin","X-Cordboard-Dialled":"4000","X-Cordboard-Queue":"support"}
    trunk    | outside number  | refuse 404 Not Found
    trunk    | nothing answers | refuse 404 Not Found
    trunk    | odd queue       | refuse 404 Not Found
    trunk    | forged header   | refuse 403 Forbidden
    trunk    | bad ticket      | refuse 403 Forbidden
    phone    | number answered | switch queue-support {"X-Cordboard-Source":"phone","X-Cordboard-Dialled":"4000","X-Cordboard-Queue":"support"}
    phone    | agent answers   | switch agent-1002 {"X-Cordboard-Source":"phone","X-Cordboard-Dialled":"4000","X-Cordboard-Agent":"1002"}
    phone    | flow answers    | switch flow-main-menu {"X-Cordboard-Source":"phone","X-Cordboard-Dialled":"4000","X-Cordboard-Caller":"+49301","X-Cordboard-Flow":"main-menu"}
    phone    | caller oddly written | switch queue-support {"X-Cordboard-Source":"phone","X-Cordboard-Queue":"support"}
    phone    | another identity | refuse 403 Forbidden
    phone    | outside number  | refuse 404 Not Found
    phone    | nothing answers | refuse 404 Not Found
    phone    | odd queue       | refuse 404 Not Found
    phone    | forged header   | refuse 403 Forbidden
    phone    | bad ticket      | refuse 403 Forbidden
    stranger | number answered | challenge
    stranger | agent answers   | challenge
    stranger | flow answers    | challenge
    stranger | caller oddly written | challenge
    stranger | another identity | challenge
    stranger | outside number  | challenge
    stranger | nothing answers | challenge
    stranger | odd queue       | challenge
    stranger | forged header   | refuse 403 Forbidden
    stranger | bad ticket      | refuse 403 Forbidden"
  `);
});

test('a ticket for a queue whose name is none is refused', () => {
  const origin: Origin = { kind: 'web', sessionId: 's', queueId: 'a b' };
  expect(
    routeInvite({
      origin,
      requestUser: '',
      forgesOurHeaders: false,
      showsTicket: true,
      isNumber: false,
      claimsIdentity: false,
      dialled: '',
      caller: undefined,
      numberLeadsTo: undefined,
    }),
  ).toEqual({ to: 'refuse', status: 404, reason: 'Not Found' });
});
