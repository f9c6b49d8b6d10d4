// verto-ts. README.md shows how to use it.

import { Verto } from './verto.ts';

/** One client, ready to connect(). Further ones: `new Verto()`. */
const verto: Verto = new Verto();

export default verto;
export { verto, Verto };
export type { VertoCallbacks } from './verto.ts';
export type { CallSettings, LoginResult } from './verto-callbacks.ts';
export {
  VertoCallcenter,
  callcenterCodes,
  type CallcenterAgent,
  type CallcenterResult,
  type CallcenterStatus,
  type Destination,
  type RecordingWish,
  type Sound,
} from './callcenter.ts';
export { VertoDialog, type DialogCallbacks, type HangupParams } from './dialog.ts';
export type { DialogParams } from './dialog-params.ts';
export {
  dialogStateNames,
  type DialogDirection,
  type DialogState,
  type DialogStateName,
  type MessageKind,
} from './dialog-states.ts';
export { VertoError, type RpcError, type VertoReason } from './errors.ts';
export type {
  AgentState,
  AgentStateName,
  CallcenterChannel,
  CallcenterEvent,
  CallcenterEventOf,
  CallcenterEventType,
  CallState,
  EventEnvelope,
  EventOn,
  MissCause,
  Party,
  QueueStats,
  Snapshot,
  VertoEvent,
} from './events.ts';
export type { SubscribeParams, SubscriptionHandles } from './channels.ts';
export type { SubscriptionHandle } from './subscriptions.ts';
export type { ConnectionState } from './connection.ts';
export type { Backoff } from './backoff.ts';
export type { KeepAlive } from './keep-alive.ts';
export type { ConnectParams, LoginParams, VertoOptions } from './options.ts';
export type { DeviceChoice, DeviceParams, ElementChoice, MediaChoice } from './media-choice.ts';
export type { CallMedia, MediaEvents, MediaOptions, OpenMedia } from './media.ts';
export type {
  KeyValueStorage,
  OpenSocket,
  Outside,
  Socket,
  SocketEvents,
  WebSocketClass,
} from './outside.ts';
export type { SpeedTestResult } from './speed-test.ts';
