// The browser side of Cordboard. README.md shows how to use it.

export { AgentConsole, type AgentConsoleEvents } from './agent-console.ts';
export { Api, type ApiOptions } from './api.ts';
export {
  AudioDevices,
  type AudioDevice,
  type AudioDeviceKind,
  type AudioDeviceList,
} from './audio-devices.ts';
export type { ClientOptions, Outside, Storage } from './browser.ts';
export {
  CustomerCall,
  type CallEnd,
  type CustomerCallEvents,
  type CustomerCallOptions,
  type CustomerState,
} from './customer-call.ts';
export { CallControl, type DialWish, type PlayWish } from './call-control.ts';
export { Emitter, type Listener } from './emitter.ts';
export { microphonePermission } from './microphone.ts';
export { LevelMeter } from './level-meter.ts';
export type { LineEvent, LineOptions, LostLine, MediaLine, Microphone, OpenLine } from './media-line.ts';
export { CordboardProblem, type ClientCode, type ProblemCode } from './problem.ts';
export { RingTone } from './ring-tone.ts';
export { Recordings, type Recording, type SoundLink } from './recordings.ts';
export { SupervisorBoard, type SupervisorBoardEvents } from './supervisor-board.ts';
export type { VoiceState } from './voice.ts';
export type { LinkView, SignedIn } from '../contract/access.ts';
export type { ConsultTarget, MonitorMode, TransferTarget } from '../contract/call-control.ts';
export type { Call } from '../contract/calls.ts';
export type { Message } from '../contract/messages.ts';
export { Mailbox } from './mailbox.ts';
export type { QueueFigures } from '../contract/figures.ts';
export type { Agent, Queue } from '../contract/floor.ts';
export type { AgentSession, CustomerSession, SupervisorSession } from '../contract/sessions.ts';
export type { NotReached, ShownFact } from '../contract/socket.ts';
