// Suites told on every media switch there is: ours always, FreeSWITCH where this machine has it. And what most of them stand on, opened once
// for a file and cleared between its tests.

import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { SwitchFloor } from '../../gateway/embedded/media-switch/test/support/floor.ts';
import { tellSkipped } from './skipped-lanes.ts';
import { switchLanes, type LaunchedSwitch, type SwitchLane } from './switches.ts';
import { MediaWorld } from './switches-world.ts';

/** Defines the suite for each switch; the file's last line says what was left out, and why. */
export function onEachSwitch(name: string, define: (lane: SwitchLane) => void): void {
  const lanes = switchLanes();
  tellSkipped(lanes);
  for (const lane of lanes) {
    const left = lane.missing === undefined ? '' : ` (skipped: ${lane.missing})`;
    describe.skipIf(lane.missing !== undefined)(`${name} on ${lane.name}${left}`, () => define(lane));
  }
}

/** The adapter on a switch of this suite's own, with phones around it; everything the switch says has to be understood. */
export function beforeMedia(lane: SwitchLane, take: (world: MediaWorld) => void): void {
  let world: MediaWorld;
  beforeAll(async () => {
    world = await MediaWorld.open(await lane.launch());
    take(world);
  });
  afterEach(async () => {
    await world.clear();
    expect(world.log.filter((line) => line.includes('not understood'))).toEqual([]);
  });
  afterAll(async () => {
    await world.close();
    await world.switch.stop();
  });
}

/** A switch of this suite's own, spoken to in its own words, with phones around it. @param events what it is to tell of */
export function beforeFloor(
  lane: SwitchLane,
  events: string,
  take: (floor: SwitchFloor, launched: LaunchedSwitch) => void,
): void {
  let launched: LaunchedSwitch;
  let floor: SwitchFloor;
  beforeAll(async () => {
    launched = await lane.launch();
    floor = await SwitchFloor.open(launched, events);
    take(floor, launched);
  });
  afterEach(() => floor.clear());
  afterAll(async () => {
    await floor.close();
    await launched.stop();
  });
}
