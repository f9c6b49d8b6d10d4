// A name with several addresses (RFC 3263 section 4.3, RFC 2782): which comes first, and what happens when nobody is there.
import { expect, test } from 'vitest';
import { laboratory, requestOf } from '../../test/support.ts';
import { inOrder, type ServiceRecord } from './resolve.ts';

const addresses = (...hosts: string[]) => hosts.map((host) => ({ host, port: 5060 }));
const named = { protocol: 'udp', host: 'sip.example.org', port: 5060 } as const;

/** Who gets a request to a name with these addresses, of which only `alive` answers; and how it ends. */
async function sentTo(hosts: readonly string[], alive: string | undefined, method = 'OPTIONS') {
  const lab = laboratory();
  const alice = await lab.stack('192.0.2.1', {
    handlers: { request: () => undefined },
    resolve: async () => addresses(...hosts),
  });
  if (alive !== undefined)
    await lab.stack(alive, {
      handlers: { request: (transaction) => void transaction.respond(transaction.createResponse(200)) },
    });
  const story: string[] = [];
  const transaction = alice.clientTransaction(requestOf(method), named);
  transaction.events = {
    response: ({ status }) => void story.push(String(status)),
    transportFailed: ({ reason }) => void story.push(reason),
    timedOut: () => void story.push('timed out'),
  };
  transaction.send();
  await new Promise((resolve) => setImmediate(resolve));
  lab.clock.advance(40_000);
  const tried = lab.network.log.filter(({ from }) => from === '192.0.2.1:5060').map(({ to }) => to);
  return { story, tried: [...new Set(tried)] };
}

test('the next address is tried where nobody listens, within one transaction', async () => {
  expect(await sentTo(['192.0.2.8', '192.0.2.9', '192.0.2.2'], '192.0.2.2')).toEqual({
    story: ['200'],
    tried: ['192.0.2.8:5060', '192.0.2.9:5060', '192.0.2.2:5060'],
  });
});

test('the first that answers is the last that is tried', async () => {
  expect((await sentTo(['192.0.2.2', '192.0.2.8'], '192.0.2.2')).tried).toEqual(['192.0.2.2:5060']);
});

test('when all are tried it has failed', async () => {
  expect((await sentTo(['192.0.2.8', '192.0.2.9'], undefined)).story).toEqual(['refused']);
});

test('records come by priority, and by lot within one', () => {
  const record = (name: string, priority: number, weight: number): ServiceRecord => ({
    ...{ name, priority, weight, port: 5060 },
  });
  const records = [
    record('spare', 20, 100),
    record('small', 10, 1),
    record('big', 10, 99),
    record('none', 10, 0),
  ];
  const drawn = (lot: number): string[] => inOrder(records, () => lot).map(({ name }) => name);
  expect(drawn(0.5)).toEqual(['big', 'small', 'none', 'spare']);
  expect(drawn(0.001)[0]).toBe('small');
  expect(drawn(0)[0]).toBe('none');
  expect([0, 0.3, 0.999].map((lot) => drawn(lot).at(-1))).toEqual(['spare', 'spare', 'spare']);
  expect(inOrder([], Math.random)).toEqual([]);
});
