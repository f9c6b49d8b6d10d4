// The parameters of a call, as pages give them and as the wire carries them. Pure.

import type { Params } from './frames.ts';
import type { MediaOptions } from './media.ts';
import type { DeviceChoice } from './media-choice.ts';

/** Names are the wire's (`dialogParams` of verto.invite); what is not listed goes out as it is. */
export interface DialogParams extends MediaOptions {
  readonly callID?: string;
  readonly destination_number?: string;
  readonly caller_id_name?: string;
  readonly caller_id_number?: string;
  readonly remote_caller_id_name?: string;
  readonly remote_caller_id_number?: string;
  readonly userVariables?: Readonly<Record<string, unknown>>;
  readonly [more: string]: unknown;
}

export function farSide(direction: 'inbound' | 'outbound', params: DialogParams): Partial<DialogParams> {
  if (direction === 'inbound')
    return {
      remote_caller_id_name: params.caller_id_name ?? 'Nobody',
      remote_caller_id_number: params.caller_id_number ?? 'UNKNOWN',
    };
  return {
    remote_caller_id_name: params.remote_caller_id_name ?? 'Outbound Call',
    remote_caller_id_number: params.remote_caller_id_number ?? params.destination_number ?? '',
  };
}

export const displayed = ({ display_name: name, display_number: number }: Params): Partial<DialogParams> => ({
  ...(typeof name === 'string' && name !== '' && { remote_caller_id_name: name }),
  ...(typeof number === 'string' && number !== '' && { remote_caller_id_number: number }),
});

const mediaKeys = [
  'tag',
  'useVideo',
  'useStereo',
  'audioParams',
  'videoParams',
  'deviceParams',
  'iceServers',
  'iceTimeout',
  'useStream',
] as const satisfies readonly (keyof MediaOptions)[];

/** The media part of what a page gave; `useMic` and `useCamera` beside it are the older way of naming devices. */
export function mediaOf(params: DialogParams | MediaOptions): MediaOptions {
  const given = params as Record<string, unknown>;
  const media = Object.fromEntries(
    mediaKeys.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]] as const])),
  ) as MediaOptions;
  const { useMic, useCamera } = given as { useMic?: DeviceChoice; useCamera?: DeviceChoice };
  if (useMic === undefined && useCamera === undefined) return media;
  const deviceParams = {
    ...media.deviceParams,
    ...(useMic !== undefined && { useMic }),
    ...(useCamera !== undefined && { useCamera }),
  };
  return { ...media, deviceParams };
}

const ours = new Set<string>(['sdp', 'tag', 'useStream', 'deviceParams', 'iceServers', 'iceTimeout']);

/** What of a call's parameters goes on the wire: values that JSON carries, without what only this page understands. */
export function wireParams(params: DialogParams): Params {
  return Object.fromEntries(
    Object.entries(params).filter(
      ([key, value]) => !ours.has(key) && value !== undefined && typeof value !== 'function',
    ),
  );
}
