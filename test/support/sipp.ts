// Runs real sipp: a trunk or a load of callers, from a scenario in sipp's XML, and says how the calls went.
//
//   const result = await runSipp({ scenario: callScenario({ talkMs: 2_000, toneHz: 660 }), target: edge, number: '4000', address: '127.0.0.2' });
//   expect(result).toMatchObject({ successful: 1, failed: 0 });
//
// Tones are played as µ-law files by sipp's rtp_stream; sipp cannot record, so what a caller hears is measured with a
// baresip phone on the trunk's address instead.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sampleRate, sine, toMuLaw } from './tones.ts';

export interface SippOptions {
  /** XML; `@@TONE:660@@` becomes the name of a file with that tone, see playTone(). */
  readonly scenario: string;
  /** Where the requests go, `host:port`. */
  readonly target: string;
  /** `[service]` of the scenario: the number dialled. */
  readonly number?: string;
  /** Address to send from. Default 127.0.0.1. */
  readonly address?: string;
  /** Port to send from. Default: one the system chooses. */
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Calls in all. Default 1. */
  readonly calls?: number;
  /** New calls per second. Default 10. */
  readonly rate?: number;
  /** Lines of the file behind `[field0]`, `[field1]`…; the first says SEQUENTIAL or RANDOM. */
  readonly csv?: readonly string[];
  readonly extra?: readonly string[];
}

export interface SippResult {
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** 0: all calls went well. 1: at least one failed. Above: sipp itself failed. */
  readonly exitCode: number | null;
  /** What went wrong, in sipp's words; with the unexpected message. */
  readonly errors: string;
}

export interface Sipp {
  readonly pid: number;
  /** Resolves when all calls are over. */
  readonly finished: Promise<SippResult>;
  /** Lets no new call begin and ends; harmless when it has ended. */
  stop(): Promise<SippResult>;
}

const program = '/usr/bin/sipp';
/** A call that hangs must end the run, not the test suite's patience. */
const globalTimeout = '120s';

/** Why sipp cannot be run here, or undefined when it can. */
export const sippMissing = (): string | undefined =>
  existsSync(program) ? undefined : `${program} is missing: apt-get install sip-tester`;

/** Starts sipp; its folder is removed when it has ended. */
export function startSipp(options: SippOptions): Sipp {
  const folder = mkdtempSync(path.join(tmpdir(), 'sipp-'));
  writeFileSync(path.join(folder, 'scenario.xml'), withToneFiles(options.scenario, folder));
  if (options.csv) writeFileSync(path.join(folder, 'calls.csv'), `${options.csv.join('\n')}\n`);
  const child = spawn(program, commandLine(options), {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    // sipp draws its screen with curses even when nobody looks.
    env: { TERM: 'xterm', PATH: '/usr/bin:/bin' },
  });
  const endWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.removeListener('exit', endWithUs));
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const finished = outcome(child, folder, () => complaints);
  return {
    pid: child.pid ?? 0,
    finished,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      return finished;
    },
  };
}

/** Starts sipp and waits for the end of its calls. */
export const runSipp = (options: SippOptions): Promise<SippResult> => startSipp(options).finished;

function commandLine(options: SippOptions): string[] {
  const { address = '127.0.0.1', calls = 1, rate = 10, transport = 'udp' } = options;
  return [
    options.target,
    ...['-sf', 'scenario.xml', '-i', address, '-mi', address, '-m', String(calls), '-r', String(rate)],
    ...['-t', transport === 'udp' ? 'u1' : 't1', '-timeout', globalTimeout, '-timeout_error', '-nostdin'],
    ...['-trace_stat', '-stf', 'stat.csv', '-fd', '1', '-trace_err', '-error_file', 'errors.log'],
    ...(options.port === undefined ? [] : ['-p', String(options.port)]),
    ...(options.number === undefined ? [] : ['-s', options.number]),
    ...(options.csv ? ['-inf', 'calls.csv'] : []),
    ...(options.extra ?? []),
  ];
}

async function outcome(child: ChildProcess, folder: string, complaints: () => string): Promise<SippResult> {
  try {
    await once(child, 'close');
    const errors = readdirSync(folder).includes('errors.log')
      ? readFileSync(path.join(folder, 'errors.log'), 'utf8')
      : '';
    const counts = countsOf(folder);
    return { ...counts, exitCode: child.exitCode, errors: `${errors}${complaints()}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The cumulative counts of the last line of sipp's statistics. */
function countsOf(folder: string): Pick<SippResult, 'successful' | 'failed' | 'retransmissions'> {
  const file = path.join(folder, 'stat.csv');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const names = (lines[0] ?? '').split(';');
  const values = lines.length > 1 ? (lines.at(-1) ?? '').split(';') : [];
  const count = (name: string): number => Number(values[names.indexOf(name)] ?? 0);
  return {
    successful: count('SuccessfulCall(C)'),
    failed: count('FailedCall(C)'),
    retransmissions: count('Retransmissions(C)'),
  };
}

/** The scenario action that plays a tone for the rest of the call. */
const playTone = (hz: number): string =>
  `<nop><action><exec rtp_stream="@@TONE:${hz}@@,-1,0,PCMU/8000"/></action></nop>`;

function withToneFiles(scenario: string, folder: string): string {
  return scenario.replace(/@@TONE:(\d+)@@/g, (_, hz: string) => {
    const name = `tone-${hz}.ul`;
    // One second of whole periods loops without a click.
    const octets = Array.from(sine(Number(hz), 0, sampleRate), toMuLaw);
    writeFileSync(path.join(folder, name), Buffer.from(octets));
    return name;
  });
}

export interface CallScenario {
  /** How long to talk before hanging up, milliseconds; undefined: until the other side hangs up. */
  readonly talkMs?: number;
  readonly toneHz?: number;
  /** Header lines to add to the INVITE. */
  readonly headers?: readonly string[];
  /** The final answer that is hoped for. Default 200. */
  readonly expect?: number;
  /** User part of From. Default 4930123456. */
  readonly caller?: string;
}

/** A caller: INVITE, then talk and hang up, or the refusal that is expected. */
export function callScenario(call: CallScenario = {}): string {
  const { expect = 200 } = call;
  const optional = [100, 180, 181, 183]
    .map((code) => `<recv response="${code}" optional="true"/>`)
    .join('\n');
  const rest =
    expect === 200
      ? talkAndHangUp(call)
      : sent(`ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
${party(call)}
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
${sent(
  `INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
${party(call)}
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:trunk@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
${(call.headers ?? []).map((header) => `${header}\n`).join('')}Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000`,
  500,
)}
${optional}
<recv response="${expect}" rrs="true"/>
${rest}
</scenario>`;
}

const party = ({ caller = '4930123456' }: CallScenario): string =>
  `From: <sip:${caller}@[local_ip]:[local_port]>;tag=[pid]t[call_number]`;

function talkAndHangUp(call: CallScenario): string {
  const { talkMs, toneHz } = call;
  const inDialog = (method: string, cseq: number): string => `${method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
${party(call)}
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: ${cseq} ${method}
Max-Forwards: 70
Content-Length: 0`;
  const end =
    talkMs === undefined
      ? `<recv request="BYE"/>
${sent(`SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0`)}`
      : `<pause milliseconds="${talkMs}"/>
${sent(inDialog('BYE', 2), 500)}
<recv response="200"/>`;
  return `${sent(inDialog('ACK', 1))}
${toneHz === undefined ? '' : playTone(toneHz)}
${end}`;
}

const sent = (message: string, retransmitMs?: number): string =>
  `<send${retransmitMs === undefined ? '' : ` retrans="${retransmitMs}"`}><![CDATA[
${message}

]]></send>`;
