// The media thread: sockets and clock around the engine. Started by media/client.ts; nothing here waits for signalling.

import { parentPort, workerData } from 'node:worker_threads';
import { FrameClock, realTickTime } from './media/clock.ts';
import { MediaEngine, type OpenTransport } from './media/engine.ts';
import type { CallName, FromWorker, MediaCalls, MediaOptions, ToWorker } from './media/protocol.ts';
import { PortRange } from './media/rtp-sockets.ts';
import { SoundLibrary } from './media/sounds.ts';

const port = parentPort;
if (!port) throw new Error('media-worker runs as a worker thread');

const options = workerData as MediaOptions;
const ports = new PortRange(options.address, options.firstPort, options.lastPort);

const openTransport: OpenTransport = async () => {
  const pair = await ports.take();
  // An ICMP error of an earlier packet shows up here: the peer is not listening (yet), which is no fault of ours.
  pair.rtp.on('error', () => undefined);
  pair.rtcp.on('error', () => undefined);
  return {
    port: pair.port,
    listen: (receive) =>
      void pair.rtp.on('message', (datagram, from) => receive(datagram, from.address, from.port)),
    listenControl: (receive) =>
      void pair.rtcp.on('message', (datagram, from) => receive(datagram, from.address, from.port)),
    send: (packet, to) => pair.rtp.send(packet, to.port, to.address),
    sendControl: (packet, to) => pair.rtcp.send(packet, to.port, to.address),
    close: () => ports.release(pair),
  };
};

const say = (message: FromWorker): void => port.postMessage(message);
const sounds = new SoundLibrary({ ...options, position: () => engine.frames });
const engine: MediaEngine = new MediaEngine({
  options,
  openTransport,
  sounds,
  report: say,
  now: () => performance.now(),
  wallClock: () => Date.now(),
});
const clock = new FrameClock(
  realTickTime,
  (now) => engine.tick(now),
  (frames) => engine.skip(frames),
);

const calls: { [N in CallName]: (args: MediaCalls[N][0]) => Promise<MediaCalls[N][1]> } = {
  openLeg: (args) => engine.openLeg(args),
  closeLeg: (args) => engine.closeLeg(args),
  startRecording: (args) => engine.startRecording(args),
  stopRecording: (args) => engine.stopRecording(args),
  displace: (args) => engine.displace(args),
  playRoom: (args) => engine.playRoom(args),
  startRoomRecording: (args) => engine.startRoomRecording(args),
  stopRoomRecording: (args) => engine.stopRoomRecording(args),
  play: (args) => engine.play(args),
  counters: async () => ({
    ticks: clock.ticks,
    lateTicks: clock.lateTicks,
    worstLateMs: clock.worstLateMs,
    skippedTicks: clock.skippedTicks,
    legs: engine.legs,
  }),
};

const answer = async (message: Extract<ToWorker, { call: CallName }>): Promise<void> => {
  try {
    const perform = calls[message.call] as (args: unknown) => Promise<unknown>;
    say({ reply: message.id, result: await perform(message.with) });
  } catch (error) {
    say({ reply: message.id, failed: error instanceof Error ? error.message : String(error) });
  }
};

port.on('message', (message: ToWorker) => {
  if ('call' in message) void answer(message);
  else engine.obey(message);
});
clock.start();
