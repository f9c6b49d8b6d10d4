// api commands about the switch as a whole.

import { randomUUID } from 'node:crypto';
import type { Channel } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { localStamp } from '../esl/event-bus.ts';
import { words, type ApiCommands } from './arguments.ts';
import { sofia, type ProfilePlace } from './sofia-status.ts';

export const VERSION = '1.10.12-cordboard';
const SHOW_USAGE =
  '-USAGE: codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]|calls|detailed_calls|bridged_calls|detailed_bridged_calls|aliases|complete|chat|management|modules|nat_map|say|interfaces|interface_types|tasks|limits|status\n';

type Row = Record<string, string>;

function channelRow(exchange: Exchange, channel: Channel): Row {
  const { caller, session, times } = channel;
  const codec = session?.negotiated?.parameters.codec ?? '';
  const rate = codec === '' ? '' : codec === 'G722' ? '16000' : '8000';
  const bits = codec === '' ? '' : '64000';
  return {
    uuid: channel.uuid,
    direction: channel.direction,
    created: localStamp(new Date(times.created / 1_000)),
    created_epoch: String(Math.floor(times.created / 1_000_000)),
    name: channel.name,
    state: channel.state,
    cid_name: caller.idName,
    cid_num: caller.idNumber,
    ip_addr: caller.networkAddress,
    dest: caller.destination,
    application: channel.application.name,
    application_data: channel.application.argument,
    dialplan: 'XML',
    context: 'default',
    read_codec: codec,
    read_rate: rate,
    read_bit_rate: bits,
    write_codec: codec,
    write_rate: rate,
    write_bit_rate: bits,
    secure: '',
    hostname: exchange.bus.hostname,
    presence_id: '',
    presence_data: '',
    accountcode: channel.variables.get('accountcode') ?? '',
    callstate: channel.callState,
    callee_name: caller.calleeName,
    callee_num: caller.calleeNumber,
    callee_direction: '',
    call_uuid: channel.bridge?.first.uuid ?? channel.variables.get('call_uuid') ?? channel.uuid,
    sent_callee_name: '',
    sent_callee_num: '',
    initial_cid_name: caller.origIdName,
    initial_cid_num: caller.origIdNumber,
    initial_ip_addr: caller.networkAddress,
    initial_dest: caller.destination,
    initial_dialplan: 'XML',
    initial_context: 'default',
  };
}

const OWN_COLUMNS = `uuid direction created created_epoch name state cid_name cid_num ip_addr dest presence_id
  presence_data accountcode callstate callee_name callee_num callee_direction call_uuid hostname sent_callee_name
  sent_callee_num`.split(/\s+/);
const OTHER_COLUMNS =
  `uuid direction created created_epoch name state cid_name cid_num ip_addr dest presence_id
  presence_data accountcode callstate callee_name callee_num callee_direction sent_callee_name sent_callee_num`.split(
    /\s+/,
  );

function callRow(exchange: Exchange, channel: Channel): Row {
  const own = channelRow(exchange, channel);
  const partner = channel.partner;
  const other = partner ? channelRow(exchange, partner) : {};
  return {
    ...Object.fromEntries(OWN_COLUMNS.map((column) => [column, own[column] ?? ''])),
    ...Object.fromEntries(OTHER_COLUMNS.map((column) => [`b_${column}`, other[column] ?? ''])),
    call_created_epoch: partner ? own['created_epoch']! : '',
  };
}

function rowsOf(exchange: Exchange, table: string): Row[] | undefined {
  const channels = [...exchange.channels.values()].filter((channel) => channel.alive);
  const leading = channels.filter((channel) => !channel.bridge || channel.bridge.first === channel);
  switch (table) {
    case 'channels':
      return channels.map((channel) => channelRow(exchange, channel));
    case 'calls':
      return leading.map((channel) => callRow(exchange, channel));
    case 'bridged_calls':
      return leading.filter((channel) => channel.bridge).map((channel) => callRow(exchange, channel));
    default:
      return undefined;
  }
}

const csv = (rows: readonly Row[]): string => {
  const [first] = rows;
  if (!first) return '';
  const columns = Object.keys(first);
  const lines = rows.map((row) => columns.map((column) => row[column] ?? '').join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
};

function show(exchange: Exchange, args: string): string {
  const [table = '', ...rest] = words(args.toLowerCase());
  const rows = rowsOf(exchange, table);
  if (!rows) return SHOW_USAGE;
  const json = rest.join(' ').endsWith('as json');
  const count = rest[0] === 'count';
  if (json && count) return JSON.stringify({ row_count: rows.length, rows: [] });
  if (json)
    return rows.length === 0 ? '{"row_count": 0}\n' : JSON.stringify({ row_count: rows.length, rows });
  return `${count ? '' : csv(rows)}\n${rows.length} total.\n`;
}

/** Up-time and session figures; shared by `status` and HEARTBEAT. */
export class SwitchStatus {
  readonly #exchange: Exchange;
  readonly startedAt = performance.now();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get upMs(): number {
    return Math.floor(performance.now() - this.startedAt);
  }

  /** `0 years, 0 days, 0 hours, 1 minute, 2 seconds, 345 milliseconds, 678 microseconds`. */
  get upText(): string {
    const micros = Math.floor((performance.now() - this.startedAt) * 1_000);
    const units: readonly (readonly [string, number])[] = [
      ['year', 31_536_000_000_000],
      ['day', 86_400_000_000],
      ['hour', 3_600_000_000],
      ['minute', 60_000_000],
      ['second', 1_000_000],
      ['millisecond', 1_000],
      ['microsecond', 1],
    ];
    let left = micros;
    const parts = units.map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return `${count} ${unit}${count === 1 ? '' : 's'}`;
    });
    return parts.join(', ');
  }

  get text(): string {
    const { counters, channels, maxSessions } = this.#exchange;
    return [
      `UP ${this.upText}`,
      `FreeSWITCH (Version ${VERSION} 64bit) is ready`,
      `${counters.sinceStartup} session(s) since startup`,
      `${channels.size} session(s) - peak ${counters.peak}, last 5min ${counters.peak} `,
      `0 session(s) per Sec out of max ${maxSessions}, peak 0, last 5min 0 `,
      `${maxSessions} session(s) max`,
      'min idle cpu 0.00/100.00',
      'Current Stack Size/Max 240K/8192K',
      '',
    ].join('\n');
  }
}

/** `module_exists`: the modules of FreeSWITCH whose work this switch does. */
const MODULES: ReadonlySet<string> = new Set(
  'commands conference dptools event_socket local_stream native_file sndfile sofia tone_stream'.split(' '),
);

/** The commands of this file. */
export function queryCommands(exchange: Exchange, status: SwitchStatus, profile: ProfilePlace): ApiCommands {
  const { bus } = exchange;
  return {
    show: (args) => show(exchange, args),
    status: () => status.text,
    uptime: (args) => `${args.trim() === 'ms' ? status.upMs : Math.floor(status.upMs / 1_000)}\n`,
    hostname: () => bus.hostname,
    switchname: () => bus.hostname,
    create_uuid: () => randomUUID(),
    version: () => `FreeSWITCH Version ${VERSION} (64bit)\n`,
    echo: (args) => args,
    strepoch: () => String(Math.floor(exchange.clock.now() / 1_000_000)),
    module_exists: (args) => String(MODULES.has(args.trim().replace(/^mod_/, ''))),
    global_getvar: (args) => {
      const name = args.trim();
      if (name === 'core_uuid') return bus.coreUuid;
      return name === 'hostname' ? bus.hostname : '';
    },
    sofia: (args) => sofia(exchange, profile, args),
  };
}
