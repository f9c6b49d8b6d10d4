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
  'number answered': { numberLeadsTo: 'support' },
  'nothing answers': {},
  'odd queue': { numberLeadsTo: 'x@evil;y' },
  'forged header': { numberLeadsTo: 'support', forgesOurHeaders: true },
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
    switch   | nothing answers | contacts 4000
    switch   | odd queue       | contacts 4000
    switch   | forged header   | contacts 4000
    switch   | bad ticket      | contacts 4000
    web      | number answered | switch sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | nothing answers | switch sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | odd queue       | switch sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    web      | forged header   | refuse 403 Forbidden
    web      | bad ticket      | switch sales {"X-Cordboard-Source":"web","X-Cordboard-Session":"s7","X-Cordboard-Queue":"sales"}
    trunk    | number answered | switch support {"X-Cordboard-Source":"phone","X-Cordboard-Queue":"support"}
    trunk    | nothing answers | refuse 404 Not Found
    trunk    | odd queue       | refuse 404 Not Found
    trunk    | forged header   | refuse 403 Forbidden
    trunk    | bad ticket      | refuse 403 Forbidden
    phone    | number answered | switch support {"X-Cordboard-Source":"phone","X-Cordboard-Queue":"support"}
    phone    | nothing answers | refuse 404 Not Found
    phone    | odd queue       | refuse 404 Not Found
    phone    | forged header   | refuse 403 Forbidden
    phone    | bad ticket      | refuse 403 Forbidden
    stranger | number answered | challenge
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
      numberLeadsTo: undefined,
    }),
  ).toEqual({ to: 'refuse', status: 404, reason: 'Not Found' });
});
