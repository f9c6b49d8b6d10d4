import { expect, test } from 'vitest';
import type { Input } from './domain/floor/inputs.ts';
import { createFeatureCodes } from './feature-codes.ts';
import type { FeatureWish } from './ports/feature-codes.ts';

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
    { kind: 'agent.signIn', agentId: '1001', device: { kind: 'sip', address: '1001' } },
    { kind: 'agent.ready', agentId: '1001' },
    { kind: 'agent.break', agentId: '1001', reason: 'break' },
    { kind: 'agent.pickUp', agentId: '1001', slot: 701 },
    { kind: 'agent.signOut', agentId: '1001' },
  ]);
  expect(await codes.carryOut('supervisor', { feature: 'ready' })).toBe(false);
  expect(asked).toHaveLength(5);
});
