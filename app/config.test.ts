import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  environment,
  explain,
  isConfig,
  parseEnvFile,
  readConfig,
  unknownSettings,
  type Config,
} from './config.ts';

function config(env: Record<string, string>): Config {
  const result = readConfig(env);
  if (!isConfig(result)) throw new Error(explain(result).join('\n'));
  return result;
}
function complaints(env: Record<string, string>): string[] {
  const result = readConfig(env);
  return isConfig(result) ? [] : explain(result);
}

describe('settings', () => {
  it('are all optional, and by default nothing listens beyond loopback', () => {
    expect(config({})).toEqual({
      http: { host: '127.0.0.1', port: 8080 },
      dataFolder: resolve('data'),
      database: { kind: 'sqlite', file: resolve('data/cordboard.sqlite') },
      sip: { host: '127.0.0.1', port: 5060 },
      freeswitch: [],
      origins: [],
      rejoinMs: 15_000,
      holdReminderMs: 60_000,
      mediaIp: '127.0.0.1',
      turn: [],
      demo: true,
      sipTransports: {},
      recordingDays: 90,
      sipTrusted: ['127.0.0.0/8', '::1'],
      trunks: [],
      logLevel: 'info',
    });
  });

  it('count as absent when empty', () => {
    expect(
      config({
        CORDBOARD_PORT: '',
        CORDBOARD_DRACHTIO_URL: '',
        CORDBOARD_FREESWITCH_URL: '',
        CORDBOARD_TRUNKS: '',
        CORDBOARD_TRUNKING_FILE: '',
        CORDBOARD_FLOWS_FILE: '',
      }),
    ).toEqual(config({}));
  });

  it('let phones in over TLS and WebSockets where asked for, with a certificate where that is needed', () => {
    const certificate = { CORDBOARD_SIP_TLS_CERT: '/etc/cert.pem', CORDBOARD_SIP_TLS_KEY: '/etc/key.pem' };
    const ports = {
      CORDBOARD_SIP_TLS_PORT: '5061',
      CORDBOARD_SIP_WS_PORT: '5066',
      CORDBOARD_SIP_WSS_PORT: '7443',
    };
    expect(config({ ...certificate, ...ports }).sipTransports).toEqual({
      tls: 5061,
      ws: 5066,
      wss: 7443,
      certificate: { certFile: '/etc/cert.pem', keyFile: '/etc/key.pem' },
    });
    expect(config({ CORDBOARD_SIP_WS_PORT: '5066' }).sipTransports).toEqual({ ws: 5066 });
    for (const wrong of [
      { CORDBOARD_SIP_TLS_PORT: '5061' },
      { CORDBOARD_SIP_WSS_PORT: '7443' },
      { CORDBOARD_SIP_TLS_CERT: '/etc/cert.pem' },
      { ...ports, CORDBOARD_SIP_TLS_KEY: '/etc/key.pem' },
    ])
      expect(complaints(wrong).join()).toMatch(/^CORDBOARD_SIP_TLS_CERT: .*TLS and WSS need both$/);
    expect(complaints({ CORDBOARD_SIP_WS_PORT: '0' }).join()).toContain('from 1 to 65535');
  });

  it('name other servers by URL', () => {
    expect(
      config({
        CORDBOARD_DATABASE_URL: 'postgres://u:p@db/cordboard',
        CORDBOARD_DRACHTIO_URL: 'drachtio://:s%2Fecret-one@sip.local',
        CORDBOARD_FREESWITCH_URL: 'esl://:first-pass@a:8021,esl://:second-pass@b:9021',
        CORDBOARD_JANUS_URL: 'ws://janus:8188',
        CORDBOARD_TURN_URL: 'turn://:first-word@turn.example.org,turns://:second-word@[2001:db8::1]:443',
        CORDBOARD_PUBLIC_URL: 'https://calls.example.org/',
        CORDBOARD_SIP_HOST: '192.0.2.1',
        CORDBOARD_TRUNKS: 'berlin=192.0.2.7+198.51.100.0/24, paris=2001:db8::1',
        CORDBOARD_DEMO: '0',
      }),
    ).toMatchObject({
      database: { kind: 'postgres', url: 'postgres://u:p@db/cordboard' },
      drachtio: { host: 'sip.local', port: 9022, secret: 's/ecret-one' },
      freeswitch: [
        { host: 'a', port: 8021, secret: 'first-pass' },
        { host: 'b', port: 9021, secret: 'second-pass' },
      ],
      janus: { url: 'ws://janus:8188' },
      publicUrl: 'https://calls.example.org',
      mediaIp: '192.0.2.1',
      trunks: [
        { name: 'berlin', addresses: ['192.0.2.7', '198.51.100.0/24'] },
        { name: 'paris', addresses: ['2001:db8::1'] },
      ],
      demo: false,
    });
  });

  it.each([
    [
      'CORDBOARD_PORT',
      '80a',
      'CORDBOARD_PORT: was given "80a", expected a port number from 0 to 65535 (0: any free one)',
    ],
    ['CORDBOARD_RECORDING_DAYS', '99999', /^CORDBOARD_RECORDING_DAYS: was given "99999", expected days/],
    ['CORDBOARD_PORT', '65536', /^CORDBOARD_PORT: was given "65536", expected a port number/],
    ['CORDBOARD_HOST', 'a b', /^CORDBOARD_HOST: was given "a b", expected an IP address or host name/],
    [
      'CORDBOARD_DATABASE_URL',
      'mysql://secret@x/y',
      /^CORDBOARD_DATABASE_URL: was given \(hidden\), expected a URL such as postgres:/,
    ],
    ['CORDBOARD_PUBLIC_URL', 'calls.example.org', /expected a URL such as https:\/\/calls\.example\.org$/],
    ['CORDBOARD_MEDIA_IP', 'localhost', /expected an IPv4 or IPv6 address$/],
    ['CORDBOARD_ORIGINS', 'crm.example.org', /expected origins such as https:\/\/crm\.example\.org/],
    ['CORDBOARD_VERTO_DOMAINS', 'a b', /expected host names/],
    ['CORDBOARD_HOLD_REMINDER_SECONDS', '3601', /expected a number of seconds from 1 to 3600$/],
    ['CORDBOARD_REJOIN_SECONDS', '0', /expected a number of seconds from 1 to 60$/],
    ['CORDBOARD_DEMO', 'yes', /was given "yes", expected 0 or 1$/],
    ['CORDBOARD_LOG_LEVEL', 'loud', /expected one of fatal, error/],
    ['CORDBOARD_TRUNKS', 'berlin', /expected name=address/],
    ['CORDBOARD_TRUNKS', 'berlin=everywhere', /expected name=address/],
    [
      'CORDBOARD_FREESWITCH_URL',
      'esl://host:8021',
      /^CORDBOARD_FREESWITCH_URL: was given \(hidden\), expected esl:/,
    ],
  ])('%s=%s is refused, with what was given and what was expected', (name, value, line) => {
    const found = complaints({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual(typeof line === 'string' ? line : expect.stringMatching(line));
  });

  it.each([
    ['CORDBOARD_DRACHTIO_URL', 'drachtio://:cymru@127.0.0.1:9022'],
    ['CORDBOARD_FREESWITCH_URL', 'esl://:ClueCon@127.0.0.1:8021'],
    ['CORDBOARD_FREESWITCH_URL', 'esl://:good-one@a:8021,esl://:ClueCon@b:8021'],
    ['CORDBOARD_ADMIN_PASSWORD', 'password'],
    ['CORDBOARD_ADMIN_PASSWORD', 'short'],
    ['CORDBOARD_DEMO_PASSWORD', '1234'],
    ['CORDBOARD_DEMO_PASSWORD', 'JanusOverlord'],
  ])('%s does not start with a well-known default, and does not repeat it', (name, value) => {
    const [line, ...others] = complaints({ [name]: value });
    expect(line).toMatch(`${name}: was given (hidden)`);
    expect(line).not.toContain(value);
    expect(others).toEqual([]);
  });

  it('are all complained about at once', () => {
    expect(complaints({ CORDBOARD_PORT: 'x', CORDBOARD_DEMO: 'x', CORDBOARD_HOST: '' })).toHaveLength(2);
  });

  it('that are typing errors are noticed', () => {
    expect(unknownSettings({ CORDBOARD_PROT: '1', CORDBOARD_PORT: '1', PATH: '/' })).toEqual([
      'CORDBOARD_PROT',
    ]);
  });
});

describe('a .env file', () => {
  it('is read line by line', () => {
    const text =
      '# a comment\nexport A=1\r\n B = two words \nC="quoted # not a comment"\n\nnonsense\nD=\nE=a=b';
    expect(parseEnvFile(text)).toEqual({
      A: '1',
      B: 'two words',
      C: 'quoted # not a comment',
      D: '',
      E: 'a=b',
    });
  });

  it('lies under the real environment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-env-'));
    writeFileSync(join(folder, '.env'), 'CORDBOARD_PORT=1\nPATH=/nowhere\n');
    expect(environment(folder)).toMatchObject({ CORDBOARD_PORT: '1', PATH: process.env['PATH'] });
    rmSync(folder, { recursive: true });
  });
});
