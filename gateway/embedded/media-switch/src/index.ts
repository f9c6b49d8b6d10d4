// The package's public face; README.md shows how to use it.
export { startMediaSwitch, type MediaSwitch } from './media-switch.ts';
export { WrongSetting, type HostPort, type MediaSwitchOptions } from './options.ts';
export { PCMA, PCMU, type G711 } from './audio/g711.ts';
export { parseRtp, RTP_HEADER_BYTES, writeRtpHeader, type RtpHeader, type RtpPacket } from './rtp/packet.ts';
export type { ClockCounters } from './media/protocol.ts';
