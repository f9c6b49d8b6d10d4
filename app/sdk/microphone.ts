// Asking for the microphone, and why it was not given.

import type { Microphone } from './media-line.ts';
import { CordboardProblem } from './problem.ts';

/**
 * @param microphone a track that is there already is returned as it is
 * @throws CordboardProblem `microphone_denied`, `microphone_missing`, or `not_supported` (a page without HTTPS has no microphone)
 */
export async function openMicrophone(microphone: Microphone): Promise<MediaStreamTrack> {
  if (microphone instanceof MediaStreamTrack) return microphone;
  // Absent in a page that came over plain HTTP from another host (Secure Contexts, W3C).
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new CordboardProblem('not_supported', 'the microphone needs HTTPS');
  const stream = await devices
    .getUserMedia({ audio: microphone === false ? true : microphone })
    .catch(explain);
  const [track] = stream.getAudioTracks();
  if (!track) throw new CordboardProblem('microphone_missing');
  return track;
}

/** What openMicrophone() will meet: the person is asked (`prompt`, also where the browser does not tell), or has decided before. */
export async function microphonePermission(): Promise<PermissionState> {
  const permissions = navigator.permissions as Permissions | undefined;
  const name = 'microphone' as PermissionName;
  // Rejected by browsers that do not know the name.
  return (await permissions?.query({ name }).catch(() => undefined))?.state ?? 'prompt';
}

/** Names of DOMException: Media Capture and Streams, section 10.2. */
function explain(error: unknown): never {
  const name = error instanceof DOMException ? error.name : '';
  const denied = name === 'NotAllowedError' || name === 'SecurityError';
  throw new CordboardProblem(denied ? 'microphone_denied' : 'microphone_missing', name, { cause: error });
}
