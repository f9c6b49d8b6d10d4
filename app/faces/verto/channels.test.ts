// Who may hear and speak where: the whole table.

import { expect, it } from 'vitest';
import {
  agentChannel,
  channelsOf,
  isChannel,
  mayHear,
  maySpeak,
  prefixesOf,
  type Listener,
} from './channels.ts';

const agent: Listener = { role: 'agent', name: '1007', agentId: '1007', queues: ['default', 'v.i.p'] };
const supervisor: Listener = { role: 'supervisor', name: 'eve', queues: ['default'] };
const everywhere: Listener = { role: 'supervisor', name: 'eve', queues: 'all' };
const admin: Listener = { role: 'admin', name: 'root', queues: 'all' };

it('permissions by role and channel', () => {
  const channels = [
    'vcc',
    'vcc.default',
    'vcc.default.1007',
    'vcc.default.1008',
    'vcc.sales.1007',
    'vcc.v%2Ei%2Ep.1007',
    'chat.default',
    'chat.default.tea',
    'chat.sales',
    'chat',
    'user.1007',
    'user.1007.tabs',
    'user.eve',
    'conference.3000',
  ];
  const mark = (listener: Listener, channel: string): string =>
    (mayHear(listener, channel) ? 'h' : '-') + (maySpeak(listener, channel) ? 's' : '-');
  const table = channels.map((channel) =>
    [channel.padEnd(20), ...[agent, supervisor, everywhere, admin].map((who) => mark(who, channel))].join(
      ' ',
    ),
  );
  expect(['                     agent, supervisor of default, of all, admin', ...table].join('\n'))
    .toMatchInlineSnapshot(`
    "                     agent, supervisor of default, of all, admin
    vcc                  -- -- hs hs
    vcc.default          -- hs hs hs
    vcc.default.1007     h- hs hs hs
    vcc.default.1008     -- hs hs hs
    vcc.sales.1007       -- -- hs hs
    vcc.v%2Ei%2Ep.1007   h- -- hs hs
    chat.default         hs hs hs hs
    chat.default.tea     hs hs hs hs
    chat.sales           -- -- hs hs
    chat                 -- -- hs hs
    user.1007            hs -- -- hs
    user.1007.tabs       hs -- -- hs
    user.eve             -- hs hs hs
    conference.3000      -- -- -- hs"
  `);
});

it('nobody hears by half a name, and odd names are none', () => {
  expect(mayHear({ ...agent, agentId: '100' }, 'vcc.default.1007')).toBe(false);
  expect(mayHear(agent, 'vcc.default.1007x')).toBe(false);
  for (const name of ['', '.', 'vcc.', '.vcc', 'a..b', 'vcc default', 'a.b.c.d.e.f', 'x'.repeat(97), 7, null])
    expect([name, isChannel(name)]).toEqual([name, false]);
});

it('a dot within a name is no separator', () => {
  expect(agentChannel('v.i.p', '100%7')).toBe('vcc.v%2Ei%2Ep.100%257');
  expect(prefixesOf('vcc.v%2Ei%2Ep.1')).toEqual(['vcc', 'vcc.v%2Ei%2Ep', 'vcc.v%2Ei%2Ep.1']);
});

it('a person is told what she may subscribe to, and may', () => {
  for (const who of [agent, supervisor, everywhere, admin])
    for (const channel of channelsOf(who)) expect([channel, mayHear(who, channel)]).toEqual([channel, true]);
});
