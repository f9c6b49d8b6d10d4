// The bugs of a leg by what they are: each kind hangs under a name of its own, so that a path or a listener finds it again.

import { FRAME_MS, FRAME_SAMPLES, type SampleSource } from '../audio/frame.ts';
import { DisplacementBug } from './displacement-bug.ts';
import { EavesdropBug } from './eavesdrop-bug.ts';
import type { MediaLeg } from './leg.ts';
import type { Displacement, LegOrder } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { RecordingBug } from './recording-bug.ts';
import { VolumeBug } from './volume-bug.ts';

const VOLUME = 'volume';
const RECORD = 'record ';
const displacementOf = (path: string): string => `displace ${path}`;
const eavesdropOf = (listener: MediaLeg): string => `eavesdrop ${listener.id}`;

/** Replaced where it hangs, so that a change of level does not change the order of bugs. */
export function setVolume(leg: MediaLeg, gains: { readonly read: number; readonly write: number }): void {
  if (gains.read === 1 && gains.write === 1) leg.detach(VOLUME);
  else leg.bugs.set(VOLUME, new VolumeBug(gains));
}

export function attachRecording(leg: MediaLeg, path: string, recorder: Recorder): void {
  leg.bugs.set(`${RECORD}${path}`, new RecordingBug(recorder));
}

/** The recording at a path. */
export function recordingAt(leg: MediaLeg, path: string): Recorder | undefined {
  const bug = leg.bugs.get(`${RECORD}${path}`);
  return bug instanceof RecordingBug ? bug.recorder : undefined;
}

/** Takes a recording off; it is to be finished. */
export function detachRecording(leg: MediaLeg, path: string): Recorder | undefined {
  const recorder = recordingAt(leg, path);
  leg.detach(`${RECORD}${path}`);
  return recorder;
}

/** Recordings that hang on a leg, by path. */
export function recordingsOf(leg: MediaLeg): [path: string, recorder: Recorder][] {
  return [...leg.bugs].flatMap(([name, bug]) =>
    bug instanceof RecordingBug ? [[name.slice(RECORD.length), bug.recorder] as [string, Recorder]] : [],
  );
}

/** @param onEnd the sound or its limit is over; it is off the leg then */
export function attachDisplacement(
  leg: MediaLeg,
  source: SampleSource,
  { path, side, mix, limitMs }: Displacement,
  onEnd: () => void,
): void {
  const size = { samples: FRAME_SAMPLES, limit: limitMs > 0 ? limitMs / FRAME_MS : Infinity };
  const ended = (): void => {
    detachDisplacement(leg, path);
    onEnd();
  };
  leg.bugs.set(displacementOf(path), new DisplacementBug(source, { side, mix }, size, ended));
}

export function detachDisplacement(leg: MediaLeg, path: string): void {
  leg.detach(displacementOf(path));
}

/** From now on one leg listens to another. */
export function attachEavesdrop(
  listener: MediaLeg,
  target: MediaLeg,
  { mode, hears }: Extract<LegOrder, { order: 'eavesdrop' }>,
): void {
  listener.ear = new EavesdropBug(listener, mode, hears, FRAME_SAMPLES);
  target.bugs.set(eavesdropOf(listener), listener.ear);
}

export function detachEavesdrop(listener: MediaLeg, target: MediaLeg | undefined): void {
  target?.detach(eavesdropOf(listener));
  listener.ear = undefined;
}
