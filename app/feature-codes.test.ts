import { expect, test } from 'vitest';
import type { Input } from './domain/floor/inputs.ts';
import type { AgentView, FloorView } from './domain/floor/view.ts';
import { agentId, queueId } from './domain/ids.ts';
import { createFeatureCodes } from './feature-codes.ts';
import type { FeatureWish } from './ports/feature-codes.ts';

const agentAt = (id: string, more: Partial<AgentView> = {}): AgentView => ({
  agentId: agentId(id),
  displayName: id,
  queues: [],
  presence: 'ready',
  presenceSince: 0,
  activity: 'idle',
  activitySince: 0,
  reachability: { reachable: true },
  ...more,
});
const colleagues: readonly AgentView[] = [
  agentAt('1001'),
  agentAt('1002'),
  agentAt('1003', { activity: 'talking' }),
  agentAt('1004', { activity: 'wrapUp' }),
  agentAt('1005', { presence: 'break' }),
  agentAt('1006', { presence: 'signedOut' }),
  agentAt('1007', { reachability: { reachable: false, why: 'unresponsive' } }),
];
const queue = {
  queueId: queueId('sales'),
  open: true,
  waiting: 0,
  agents: { ready: 0, busy: 0, onBreak: 0 },
};
const view = {
  sessions: () => [{ slot: 702 }],
  agent: (id: string) => colleagues.find((one) => one.agentId === id),
  queues: () => [queue],
} as unknown as FloorView;

const wishes: readonly FeatureWish[] = [
  { feature: 'signIn' },
  { feature: 'ready' },
  { feature: 'break' },
  { feature: 'pickUp', slot: 701 },
  { feature: 'signOut' },
];

test('each code is the command the agent’s page would give; a phone that is no agent’s commands nothing', async () => {
  const asked: Input[] = [];
  const codes = createFeatureCodes(
    {
      submit: (input) => {
        asked.push(input);
        return input.kind === 'agent.pickUp'
          ? { outcome: 'refused', code: 'slot_empty' }
          : { outcome: 'done' };
      },
      view,
    },
    {
      sipCredentials: async (username) =>
        username === '1001' ? { username, ha1: '', agentId: '1001' } : { username, ha1: '' },
    },
  );
  const granted = [];
  for (const wish of wishes) granted.push(await codes.carryOut('1001', wish));
  expect(granted).toEqual([true, true, true, false, true]);
  expect(asked).toEqual([
    { kind: 'agent.signIn', agentId: '1001', device: { kind: 'sip', address: '1001' }, byCode: true },
    { kind: 'agent.ready', agentId: '1001', byCode: true },
    { kind: 'agent.break', agentId: '1001', reason: 'break' },
    { kind: 'agent.pickUp', agentId: '1001', slot: 701 },
    { kind: 'agent.signOut', agentId: '1001' },
  ]);
  expect(await codes.carryOut('supervisor', { feature: 'ready' })).toBe(false);
  expect(asked).toHaveLength(5);
});

test('by extension she reaches a colleague who is free, a slot with somebody in it, a queue; otherwise she hears why not', async () => {
  const owners: Readonly<Record<string, string>> = { '1001': '1001', '9002': '1002' };
  const codes = createFeatureCodes(
    { submit: () => ({ outcome: 'done' }), view },
    {
      sipCredentials: async (username) =>
        owners[username] === undefined ? undefined : { username, ha1: '', agentId: owners[username] },
    },
  );
  const reached = async (dialled: string) => JSON.stringify((await codes.reach('1001', dialled)) ?? null);
  const dialled = [
    '1002',
    '9002',
    '1001',
    '1003',
    '1004',
    '1005',
    '1006',
    '1007',
    '701',
    '702',
    'sales',
    '1009',
  ];
  const table = [];
  for (const extension of dialled) table.push(`${extension.padEnd(5)} ${await reached(extension)}`);
  expect(table.join('\n')).toMatchInlineSnapshot(`
    "1002  {"kind":"agent","agentId":"1002","by":"1001"}
    9002  {"kind":"agent","agentId":"1002","by":"1001"}
    1001  {"kind":"refused","why":"busy"}
    1003  {"kind":"refused","why":"busy"}
    1004  {"kind":"refused","why":"busy"}
    1005  {"kind":"refused","why":"unavailable"}
    1006  {"kind":"refused","why":"unavailable"}
    1007  {"kind":"refused","why":"unavailable"}
    701   null
    702   {"kind":"slot","slot":702}
    sales {"kind":"queue","queueId":"sales","by":"1001"}
    1009  null"
  `);
  expect(await codes.reach('nobody', '1002')).toBeUndefined();
});
