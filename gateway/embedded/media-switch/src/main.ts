// The switch as a program of its own; `--help` says how.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startMediaSwitch } from './media-switch.ts';
import { WrongSetting, type MediaSwitchOptions } from './options.ts';

const USAGE = `media-switch --sip HOST:PORT --esl HOST:PORT (--password P | --password-file F) --rtp HOST:FIRST-LAST
             [--moh DIR] [--recordings DIR] [--max-sessions N] [--allow ADDRESS,...] [--profile NAME]
             [--session-expires SECONDS] [--set VARIABLE=VALUE]...   (on every inbound channel)
`;

const { values } = ((): { values: Record<string, string | string[] | boolean | undefined> } => {
  try {
    return parseArgs({
      options: {
        sip: { type: 'string' },
        esl: { type: 'string' },
        password: { type: 'string' },
        'password-file': { type: 'string' },
        rtp: { type: 'string' },
        moh: { type: 'string' },
        recordings: { type: 'string' },
        'max-sessions': { type: 'string' },
        allow: { type: 'string' },
        profile: { type: 'string' },
        'session-expires': { type: 'string' },
        set: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    return fail(error);
  }
})();

function fail(error: unknown): never {
  process.stderr.write(`media-switch: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

const text = (name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

const required = (name: string): string => {
  const value = text(name);
  if (value === undefined) throw new WrongSetting(`--${name} is missing`);
  return value;
};

function password(): string {
  const file = text('password-file');
  if (file === undefined) return required('password');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new WrongSetting(`--password-file ${file}: cannot be read`, { cause });
  }
}

function inboundVariables(): Record<string, string> {
  const given = values['set'];
  const pairs = Array.isArray(given) ? given : [];
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new WrongSetting(`--set ${pair}: expected VARIABLE=VALUE`);
      return [name, value];
    }),
  );
}

function options(): MediaSwitchOptions {
  const recordings = text('recordings');
  const moh = text('moh');
  const maxSessions = text('max-sessions');
  const allow = text('allow');
  const profile = text('profile');
  const sessionExpires = text('session-expires');
  return {
    sip: required('sip'),
    esl: required('esl'),
    password: password(),
    rtp: required('rtp'),
    log: (line) => void process.stderr.write(`media-switch: ${line}\n`),
    ...(recordings !== undefined && { recordings }),
    ...(moh !== undefined && { moh }),
    ...(maxSessions !== undefined && { maxSessions: Number(maxSessions) }),
    ...(allow !== undefined && { allow: allow.split(',') }),
    ...(profile !== undefined && { profile }),
    ...(sessionExpires !== undefined && { sessionExpires: Number(sessionExpires) }),
    inboundVariables: inboundVariables(),
  };
}

async function main(): Promise<void> {
  const running = await startMediaSwitch(options());
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void running.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  void running.failed.then(fail);
  process.stdout.write('ready\n');
}

if (values['help']) process.stdout.write(USAGE);
else main().catch(fail);
