// The switch put together: media thread, channels, SIP user agent, event socket.
//
//   phones ──SIP── UserAgent ── Exchange ── CommandSet ── EslServer ── event socket clients
//      └────RTP──────────────── MediaThread (worker)

import { AccessList, BadAddress } from './access-list.ts';
import { hangUpAll } from './api/call-commands.ts';
import { createCommandSet } from './api/command-set.ts';
import { SwitchStatus, VERSION } from './api/query-commands.ts';
import { noteDisplaceEnd } from './channel/displace.ts';
import { receiveDtmf } from './channel/dtmf.ts';
import { Exchange, realSwitchClock } from './channel/exchange.ts';
import { hangUp } from './channel/hangup.ts';
import type { OriginateSurroundings } from './channel/originate.ts';
import { failRecording } from './channel/recording.ts';
import { EventBus } from './esl/event-bus.ts';
import { EslServer } from './esl/server.ts';
import { MediaThread } from './media/client.ts';
import type { ClockCounters, MediaReport } from './media/protocol.ts';
import { settingsOf, WrongSetting, type HostPort, type MediaSwitchOptions } from './options.ts';
import { UserAgent } from './sip/user-agent.ts';

const HEARTBEAT_MS = 20_000;
/** How long a stop waits for the phones to take their BYE. */
const GOODBYE_MS = 500;

/** What is alive: all zero, clients apart, when nothing leaks. */
export interface SwitchCounts {
  readonly channels: number;
  readonly dialogs: number;
  readonly transactions: number;
  /** Those without a final response yet; the others only absorb what is repeated. */
  readonly openTransactions: number;
  /** Connections to the event socket. */
  readonly clients: number;
}

/** A running switch. */
export interface MediaSwitch {
  readonly addresses: { readonly sip: HostPort; readonly esl: HostPort };
  /** How well the media clock keeps time. */
  mediaCounters(): Promise<ClockCounters>;
  counts(): SwitchCounts;
  /** Ends every call (BYE to all) and closes everything. */
  stop(): Promise<void>;
  /** Resolves, with the fault, when the media thread died: the switch is useless then and should be restarted. */
  readonly failed: Promise<Error>;
}

function reportTo(exchange: Exchange, report: MediaReport): void {
  if (report.report === 'playEnded') {
    exchange.plays.get(report.play)?.(report.samples);
    return;
  }
  if (report.report === 'talking') {
    const { leg, talking, energy } = report;
    exchange.conferences.of(leg)?.noteTalking(leg, talking, energy);
    return;
  }
  const channel = exchange.find(report.leg);
  if (!channel) return;
  switch (report.report) {
    case 'dtmf':
      return receiveDtmf(exchange, channel, report.digit, report.duration, 'RTP');
    case 'displaceEnded':
      return noteDisplaceEnd(channel, report.path);
    case 'timedOut':
      hangUp(exchange, channel, 'MEDIA_TIMEOUT');
      return;
    case 'recordingFailed':
      exchange.log(`${report.leg}: recording ${report.path} failed: ${report.why}`);
      failRecording(channel, report.path);
  }
}

const accessList = (allow: readonly string[]): AccessList => {
  try {
    return new AccessList(allow);
  } catch (error) {
    if (error instanceof BadAddress) throw new WrongSetting(`--allow: ${error.message}`, { cause: error });
    throw error;
  }
};

/**
 * Starts a switch.
 * @throws WrongSetting for a setting that makes no sense; the system's error when a port is taken
 */
export async function startMediaSwitch(options: MediaSwitchOptions): Promise<MediaSwitch> {
  const settings = settingsOf(options);
  const allowed = accessList(settings.allow);
  const bus = new EventBus(settings.sip.host);
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const media = new MediaThread(
    {
      address: settings.rtp.host,
      firstPort: settings.rtp.first,
      lastPort: settings.rtp.last,
      directory: settings.directory,
      ...(settings.musicDirectory !== undefined && { musicDirectory: settings.musicDirectory }),
    },
    (report) => reportTo(exchange, report),
    (error) => fail(error),
  );
  const { maxSessions, profile, inboundVariables, log } = settings;
  const exchange: Exchange = new Exchange({
    bus,
    media,
    clock: realSwitchClock,
    maxSessions,
    profile,
    inboundVariables,
    log,
  });
  const agent = new UserAgent(exchange, allowed, {
    mediaAddress: settings.rtp.host,
    sessionSeconds: settings.sessionSeconds,
  });
  const status = new SwitchStatus(exchange);
  const around: OriginateSurroundings = {
    exchange,
    dial: (call) => agent.dial(call),
    mediaAddress: settings.rtp.host,
  };
  const addresses = { sip: { ...settings.sip }, esl: { ...settings.esl } };
  const commands = createCommandSet(around, status, () => `${addresses.sip.host}:${addresses.sip.port}`);
  const { password } = settings;
  const esl = new EslServer({ bus, commands, password, log, soon: realSwitchClock.soon }, allowed);
  try {
    await media.call('counters', {});
    addresses.sip.port = await agent.listen(settings.sip.host, settings.sip.port);
    addresses.esl.port = await esl.listen(settings.esl.host, settings.esl.port);
  } catch (error) {
    await Promise.all([agent.close(), media.close()]);
    throw error;
  }
  const heartbeat = setInterval(() => beat(exchange, status), HEARTBEAT_MS);
  return {
    addresses,
    failed,
    mediaCounters: () => media.call('counters', {}),
    counts: () => ({ channels: exchange.channels.size, ...agent.counts(), clients: esl.clients }),
    stop: async () => {
      clearInterval(heartbeat);
      exchange.closing = true;
      await endAllCalls(exchange);
      await esl.close();
      await agent.close();
      await media.close();
    },
  };
}

/** BYE to everybody, and their last events to the event socket, within a bounded time. */
async function endAllCalls(exchange: Exchange): Promise<void> {
  if (exchange.channels.size === 0) return;
  hangUpAll(exchange, 'SYSTEM_SHUTDOWN');
  const deadline = performance.now() + GOODBYE_MS;
  while (exchange.channels.size > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

function beat(exchange: Exchange, status: SwitchStatus): void {
  const { counters, channels, maxSessions, bus } = exchange;
  bus.raise('HEARTBEAT', () => ({
    fields: [
      ['Event-Info', 'System Ready'],
      ['Up-Time', status.upText],
      ['FreeSWITCH-Version', VERSION],
      ['Uptime-msec', String(status.upMs)],
      ['Session-Count', String(channels.size)],
      ['Max-Sessions', String(maxSessions)],
      ['Session-Per-Sec', String(maxSessions)],
      ['Session-Per-Sec-Last', '0'],
      ['Session-Per-Sec-Max', '0'],
      ['Session-Per-Sec-FiveMin', '0'],
      ['Session-Since-Startup', String(counters.sinceStartup)],
      ['Session-Peak-Max', String(counters.peak)],
      ['Session-Peak-FiveMin', String(counters.peak)],
      ['Idle-CPU', '100.000000'],
    ],
  }));
}
