// A world in which agent 1001 has a nailed-up line, and what stories about such lines look at.

import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

/** Agent 1001 has signed in with a nailed-up line and has taken it. */
export async function nailedUp(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(options);
  await world.agent('1001').signsInNailedUp('answer');
  return world;
}

/** How often that phone was rung. */
export const dialsTo = (world: World, address: string): readonly MediaEffect[] =>
  world.media.performed.filter(
    (effect) =>
      effect.kind === 'leg.dial' && effect.to.kind === 'device' && effect.to.device.address === address,
  );
