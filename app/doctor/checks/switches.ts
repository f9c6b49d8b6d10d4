// Each media switch: may we in, is it the right one and rightly set up, is it reached where the edge sends calls, does its clock agree.

import type { SwitchAddress } from '../../config.ts';
import { MediaError } from '../../ports/media.ts';
import { SwitchClosed, withSwitch, type SwitchLine } from '../event-socket.ts';
import type { Check } from '../examine.ts';
import { note, well, wrong, type Finding } from '../finding.ts';
import { ask, NoAnswer } from '../sip-wire.ts';
import { judgeSkew } from './clock.ts';

/** The profile of freeswitch-conf. */
const profile = 'cordboard';
/** What every leg can speak; a call with somebody who speaks neither fails. */
const neededCodecs = ['PCMU', 'PCMA'];
/** Whose work a call needs (freeswitch-conf/freeswitch.xml says what each is for). */
const neededModules = [
  'commands',
  'dptools',
  'sofia',
  'sndfile',
  'tone_stream',
  'local_stream',
  'conference',
];
/** Before it, holes are published that a SIP MESSAGE reaches. */
const safeVersion = [1, 11, 3] as const;

export const switches: Check = {
  name: 'switch',
  needsRunning: true,
  async look({ switches: addresses, now }) {
    return (await Promise.all(addresses.map((address) => judgeSwitch(address, now)))).flat();
  },
};

/** Everything about one switch. */
export async function judgeSwitch(address: SwitchAddress, now: () => number): Promise<Finding[]> {
  const where = `the switch at ${address.host}:${address.port}`;
  try {
    const [answers, reached] = await Promise.all([
      withSwitch(address, (line) => inside(line, where, now)),
      judgeSip(address),
    ]);
    return [...answers, reached];
  } catch (error) {
    if (error instanceof SwitchClosed) return [closed(where, error.message)];
    if (!(error instanceof MediaError)) throw error;
    const todo = 'It takes connections and does not answer: look at its log, and start it again.';
    return [wrong('switch.frozen', `${capital(where)} does not answer: ${error.message}.`, todo)];
  }
}

function closed(where: string, why: string): Finding {
  if (why.includes('password'))
    return wrong(
      'switch.password',
      `${capital(where)} refuses our password.`,
      'Put the password of its event_socket.conf into CORDBOARD_FREESWITCH_URL.',
    );
  if (why.includes('address'))
    return wrong(
      'switch.acl',
      `${capital(where)} does not let this machine in.`,
      'Allow the control plane’s address in the access list of its event socket (CORDBOARD_CONTROL_CIDR).',
    );
  return wrong(
    'switch.silent',
    `No event socket at ${where.replace('the switch at ', '')}: ${why}.`,
    'Start the switch, or correct CORDBOARD_FREESWITCH_URL; see data/log/telephony.log for the embedded one.',
  );
}

async function inside(line: SwitchLine, where: string, now: () => number): Promise<Finding[]> {
  const [version, status, missing, clock] = await Promise.all([
    line.api('version'),
    line.api(`sofia status profile ${profile}`),
    missingModules(line),
    clockOf(line, now),
  ]);
  return [
    judgeVersion(where, version),
    ...judgeProfile(where, status),
    ...(missing.length === 0
      ? []
      : [
          wrong(
            'switch.modules',
            `${capital(where)} lacks ${missing.join(', ')}.`,
            'Load them in its modules.conf; freeswitch-conf has them all.',
          ),
        ]),
    judgeSkew('switch.clock', where, clock),
  ];
}

async function missingModules(line: SwitchLine): Promise<string[]> {
  const there = await Promise.all(
    neededModules.map(async (name) => (await line.api(`module_exists mod_${name}`)).trim() === 'true'),
  );
  return neededModules.filter((_, at) => !there[at]).map((name) => `mod_${name}`);
}

/** Its seconds, and ours in the middle between question and answer. */
async function clockOf(line: SwitchLine, now: () => number) {
  const asked = now();
  const theirs = Number(await line.api('strepoch')) * 1_000;
  // It cuts off what is less than a second.
  return { theirs: theirs + 500, ours: (asked + now()) / 2, roughMs: 500 + (now() - asked) / 2 };
}

export function judgeVersion(where: string, text: string): Finding {
  const [, version = 'unknown'] = /Version (\S+)/.exec(text) ?? [];
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  const seen = `${capital(where)} is version ${version}, and lets us in.`;
  const isOurs = version.includes('cordboard');
  if (isOurs || !isBefore(numbers, safeVersion)) return well('switch.version', seen);
  return note(
    'switch.version',
    seen,
    `${safeVersion.join('.')} or later is advised: earlier ones have published holes. Keep its SIP reachable from the edge only.`,
  );
}

function isBefore(numbers: readonly number[], least: readonly number[]): boolean {
  const at = least.findIndex((number, index) => (numbers[index] ?? 0) !== number);
  return at >= 0 && (numbers[at] ?? 0) < (least[at] ?? 0);
}

/** @param status what `sofia status profile` says */
export function judgeProfile(where: string, status: string): Finding[] {
  const field = (name: string): string => new RegExp(`^${name}\\s+(.+?)\\s*$`, 'm').exec(status)?.[1] ?? '';
  if (!/^Name\s/m.test(status))
    return [
      wrong(
        'switch.profile',
        `${capital(where)} has no SIP profile called ${profile}.`,
        'Run it with freeswitch-conf, or look in its log for why the profile did not start (a taken port?).',
      ),
    ];
  const codecs = (field('CODECS OUT') || field('CODECS IN')).toUpperCase();
  const absent = neededCodecs.filter((codec) => !codecs.includes(codec));
  if (absent.length > 0)
    return [
      wrong(
        'switch.codecs',
        `The profile of ${where} does not speak ${absent.join(' and ')} (it speaks ${codecs || 'nothing'}).`,
        'Name them in inbound-codec-prefs and outbound-codec-prefs: phones and browsers share nothing else for sure.',
      ),
    ];
  const sound = field('Ext-RTP-IP') || field('RTP-IP');
  return [
    well(
      'switch.profile',
      `Its SIP profile speaks ${codecs}; sound goes to ${sound || 'an unknown address'}.`,
    ),
  ];
}

/** The edge sends calls to this address; from the machine of the edge it must answer. */
async function judgeSip({ sip }: SwitchAddress): Promise<Finding> {
  const [, host = '', port = '5060'] = /^(.*):(\d+)$/.exec(sip) ?? [];
  try {
    const { status } = await ask({ protocol: 'udp', host, port: Number(port) }, 'OPTIONS');
    return well('switch.sip', `The switch takes SIP at ${sip} (OPTIONS: ${status}).`);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return wrong(
      'switch.sip',
      `The switch does not answer SIP at ${sip}: ${error.message}.`,
      'Correct sip= in CORDBOARD_FREESWITCH_URL, and its access list for the edge; run doctor on the edge’s machine.',
    );
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
