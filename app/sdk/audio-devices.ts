// Which microphone and which loudspeaker a person wants, kept in her browser for the next time. What is unplugged meanwhile is no
// reason to refuse a call: then the browser's own choice stands in.

export interface AudioDevice {
  readonly id: string;
  /** Empty until the page has been allowed to use the microphone. */
  readonly label: string;
}

export interface AudioDeviceList {
  readonly microphones: readonly AudioDevice[];
  /** Empty where the browser lets no page choose. */
  readonly speakers: readonly AudioDevice[];
}

export type AudioDeviceKind = 'microphone' | 'speaker';
type Choice = { readonly [Kind in AudioDeviceKind]?: string };

const key = 'cordboard.audio';

export class AudioDevices {
  /** Of this device; undefined: whatever the browser takes. */
  chosen(kind: AudioDeviceKind): string | undefined {
    return read()[kind];
  }

  /** @param id undefined: whatever the browser takes */
  choose(kind: AudioDeviceKind, id: string | undefined): void {
    const { [kind]: _, ...others } = read();
    localStorage.setItem(key, JSON.stringify(id === undefined ? others : { ...others, [kind]: id }));
  }

  async list(): Promise<AudioDeviceList> {
    const devices = (await mediaDevices()?.enumerateDevices()) ?? [];
    const ofKind = (wanted: MediaDeviceKind): AudioDevice[] =>
      devices
        .filter(({ kind, deviceId }) => kind === wanted && deviceId !== '')
        .map(({ deviceId, label }) => ({ id: deviceId, label }));
    const mayChoose = 'setSinkId' in HTMLMediaElement.prototype;
    return { microphones: ofKind('audioinput'), speakers: mayChoose ? ofKind('audiooutput') : [] };
  }

  /** Told when something is plugged in or out. @returns the disposer */
  watch(listener: () => void): () => void {
    const devices = mediaDevices();
    devices?.addEventListener('devicechange', listener);
    return () => devices?.removeEventListener('devicechange', listener);
  }

  /** What to ask the browser for. */
  get microphone(): MediaTrackConstraints | true {
    const id = this.chosen('microphone');
    return id === undefined ? true : { deviceId: { ideal: id } };
  }
}

/** Absent in a page that came over plain HTTP from another host. */
const mediaDevices = (): MediaDevices | undefined => navigator.mediaDevices;

function read(): Choice {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof kept === 'object' && kept !== null ? kept : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // Not ours, or of another version.
    throw error;
  }
}
