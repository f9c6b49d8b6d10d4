import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openSecrets } from '../../db/secrets.ts';
import { isConfig, readConfig } from '../config.ts';
import { makePlan, type Plan } from './plan.ts';

const dataFolder = mkdtempSync(path.join(tmpdir(), 'cordboard-plan-'));
afterAll(() => rmSync(dataFolder, { recursive: true }));

const secrets = openSecrets(path.join(dataFolder, 'secrets'));
const janusSecrets = { apiSecret: 'janus-api-secret', adminSecret: 'janus-admin-secret' };

function plan(settings: Record<string, string> = {}): Plan {
  const environment = { PATH: '/usr/bin', CORDBOARD_DATA: dataFolder, ...settings };
  const config = readConfig(environment);
  if (!isConfig(config)) throw new Error(JSON.stringify(config));
  const inner = {
    control: 9022,
    esl: 8021,
    switchSip: 5080,
    janus: 8188,
    janusAdmin: 7188,
    telephonyMetrics: 9091,
  };
  return makePlan({ config, secrets, janusSecrets, inner, dist: '/dist', environment });
}

const names = ({ first }: Plan): string[] => first.map(({ name }) => name);
const drachtio = 'drachtio://:a-real-secret@127.0.0.1:9022';
const freeswitch = 'esl://:a-real-password@127.0.0.1:8021';

describe('which parts run', () => {
  test('on a bare machine: telephony and Janus first, the control plane after them', () => {
    expect(names(plan())).toEqual(['telephony', 'janus']);
    expect(plan().controlPlane.args).toEqual(['/dist/cordboard.js']);
  });

  test('a part is left out where the real one is named', () => {
    expect(names(plan({ CORDBOARD_JANUS_URL: 'ws://127.0.0.1:8188' }))).toEqual(['telephony']);
    expect(names(plan({ CORDBOARD_DRACHTIO_URL: drachtio, CORDBOARD_FREESWITCH_URL: freeswitch }))).toEqual([
      'janus',
    ]);
  });

  test('half of the telephony runs when only the other half is real', () => {
    const telephony = (settings: Record<string, string>) => plan(settings).first[0]?.args.join(' ') ?? '';
    expect(telephony({ CORDBOARD_DRACHTIO_URL: drachtio })).not.toContain('--control');
    expect(telephony({ CORDBOARD_DRACHTIO_URL: drachtio })).toContain('--esl 127.0.0.1:8021');
    expect(telephony({ CORDBOARD_FREESWITCH_URL: freeswitch })).toContain('--sip 127.0.0.1:5060');
    expect(telephony({ CORDBOARD_FREESWITCH_URL: freeswitch })).not.toContain('--esl');
  });

  test('the embedded telephony tells Prometheus of itself, and whoever reads the ready file where', () => {
    expect(plan().first[0]?.args.join(' ')).toContain('--metrics 127.0.0.1:9091');
    expect(plan().metrics).toEqual({ telephony: 'http://127.0.0.1:9091/metrics' });
    const both = { CORDBOARD_DRACHTIO_URL: drachtio, CORDBOARD_FREESWITCH_URL: freeswitch };
    expect(plan(both).metrics).toEqual({});
  });
});

test('phones come in over TLS and WebSockets where the settings say so', () => {
  const line = (settings: Record<string, string>): string => plan(settings).first[0]?.args.join(' ') ?? '';
  expect(line({})).not.toMatch(/--(tls|ws|wss)/);
  const certificate = { CORDBOARD_SIP_TLS_CERT: '/c.pem', CORDBOARD_SIP_TLS_KEY: '/k.pem' };
  expect(line({ ...certificate, CORDBOARD_SIP_TLS_PORT: '5061', CORDBOARD_SIP_WS_PORT: '5066' })).toContain(
    '--tls 127.0.0.1:5061 --ws 127.0.0.1:5066 --tls-cert /c.pem --tls-key /k.pem',
  );
});

describe('secrets', () => {
  const known = [
    secrets.word('drachtio'),
    secrets.word('esl'),
    ...Object.values(janusSecrets),
    'admin-secret-1',
  ];

  test('are on nobody’s command line', () => {
    const { first, controlPlane } = plan({ CORDBOARD_ADMIN_PASSWORD: 'admin-secret-1' });
    const lines = [...first, controlPlane].map(({ args }) => args.join(' ')).join('\n');
    for (const secret of known) expect(lines).not.toContain(secret);
  });

  test('are in the control plane’s environment only', () => {
    const { first, controlPlane } = plan({ CORDBOARD_ADMIN_PASSWORD: 'admin-secret-1' });
    for (const secret of known) expect(JSON.stringify(controlPlane.env)).toContain(secret);
    for (const { env } of first) expect(env).toEqual({ PATH: '/usr/bin' });
  });
});

test('nothing but loopback is on a command line unless it was asked for', () => {
  const addresses = (settings: Record<string, string>): string[] => [
    ...new Set(
      plan(settings)
        .first.flatMap(({ args }) => args)
        .join(' ')
        .match(/\d+\.\d+\.\d+\.\d+/g),
    ),
  ];
  expect(addresses({})).toEqual(['127.0.0.1']);
  expect(addresses({ CORDBOARD_SIP_HOST: '192.0.2.9' })).toEqual(['192.0.2.9', '127.0.0.1']);
});

test('the control plane is told the ports that were chosen, and where the parts are', () => {
  const { env } = plan({ CORDBOARD_PORT: '8123', CORDBOARD_SIP_PORT: '5099' }).controlPlane;
  expect(env).toMatchObject({ CORDBOARD_PORT: '8123', CORDBOARD_SIP_PORT: '5099', PATH: '/usr/bin' });
  const config = readConfig(env);
  expect(config).toMatchObject({
    drachtio: { host: '127.0.0.1', port: 9022, secret: secrets.word('drachtio') },
    freeswitch: [{ host: '127.0.0.1', port: 8021, secret: secrets.word('esl'), sip: '127.0.0.1:5080' }],
    janus: { url: 'ws://127.0.0.1:8188', apiSecret: 'janus-api-secret' },
  });
});
