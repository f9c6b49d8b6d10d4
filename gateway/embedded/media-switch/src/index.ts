// The package's public face; README.md shows how to use it.
export { startMediaSwitch, type MediaSwitch } from './media-switch.ts';
export { WrongSetting, type HostPort, type MediaSwitchOptions } from './options.ts';
export type { ClockCounters } from './media/protocol.ts';
