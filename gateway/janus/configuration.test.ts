import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigurationError, fillTemplate, type JanusSettings } from './configuration.ts';
import { mediaAddress } from './network.ts';

const settings: JanusSettings = {
  folder: '/data/janus',
  libraries: '/usr/lib/x86_64-linux-gnu/janus',
  debugLevel: 4,
  apiSecret: 'api-secret',
  adminSecret: 'admin-secret',
  roomKey: 'room-key',
  webSocketPort: 8188,
  adminPort: 7188,
  webrtcPorts: '22000-23999',
  sipPorts: '24000-25999',
  sipAddress: '127.0.0.1',
  iceAddress: '192.0.2.2',
  publicAddress: undefined,
};

const folder = path.resolve(import.meta.dirname, '../../janus-conf');
const templates = readdirSync(folder).filter((name) => name.endsWith('.jcfg'));
const filled = (given = settings) =>
  templates.map((name) => fillTemplate(readFileSync(path.join(folder, name), 'utf8'), given)).join('\n');

describe('janus-conf', () => {
  test('has four templates, and every value finds its place', () => {
    expect(templates).toHaveLength(4);
    const text = filled();
    expect(text).not.toContain('${');
    for (const [name, value] of Object.entries(settings))
      if (value !== undefined) expect(text, name).toContain(String(value));
  });

  test('listens on loopback only, in the API and in the admin API, and has no well-known secret', () => {
    const text = filled();
    const addresses = [...text.matchAll(/^\s*(?:admin_)?ws_ip = "(.*)"/gm)].map(([, address]) => address);
    expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(text).not.toMatch(/janusoverlord|adminpwd|supersecret|janusrocks/);
    expect(text).not.toMatch(/room-\d+/);
  });

  test('loads the SIP and VideoRoom plugins and the WebSocket transport, and nothing else the package brings', () => {
    const disabled = filled().match(/libjanus_\w+\.so/g) ?? [];
    const packaged = [
      'audiobridge',
      'duktape',
      'echotest',
      'lua',
      'nosip',
      'recordplay',
      'streaming',
      'textroom',
    ];
    const more = ['videocall', 'voicemail', 'http', 'mqtt', 'nanomsg', 'pfunix', 'rabbitmq', 'jsonlog'];
    expect(disabled.map((name) => name.slice(9, -3)).sort()).toEqual([...packaged, ...more].sort());
  });

  test('leaves out a line whose value is not set', () => {
    expect(filled()).not.toContain('nat_1_1_mapping');
    expect(filled({ ...settings, publicAddress: '203.0.113.9' })).toContain(
      'nat_1_1_mapping = "203.0.113.9"',
    );
  });

  test.each(['a"b', 'a\nb', 'a${b}', 'a\\'])(
    'refuses a value that could break out of its quotes: %j',
    (roomKey) => {
      expect(() => filled({ ...settings, roomKey })).toThrow(ConfigurationError);
    },
  );

  test('says when a template asks for what nobody knows', () => {
    expect(() => fillTemplate('a = "${wat}"', settings)).toThrow('wat');
  });
});

describe('the address of browser media', () => {
  const lo = { address: '127.0.0.1', family: 'IPv4' as const, internal: true };
  const eth = { address: '192.0.2.2', family: 'IPv4' as const, internal: false };
  const second = { address: '198.51.100.7', family: 'IPv4' as const, internal: false };
  const six = { address: '2001:db8::1', family: 'IPv6' as const, internal: false };
  const machine = { lo: [lo], eth0: [six, eth], eth1: [second] };

  test.each([
    ['the first ordinary one by default', undefined, { iceAddress: '192.0.2.2', publicAddress: undefined }],
    [
      'the same when only loopback was configured',
      '127.0.0.1',
      { iceAddress: '192.0.2.2', publicAddress: undefined },
    ],
    [
      'the configured one when it is here',
      '198.51.100.7',
      { iceAddress: '198.51.100.7', publicAddress: undefined },
    ],
    [
      'the configured one in front of ours behind NAT',
      '203.0.113.9',
      { iceAddress: '192.0.2.2', publicAddress: '203.0.113.9' },
    ],
  ])('%s', (_, wanted, expected) => {
    expect(mediaAddress(machine, wanted)).toEqual(expected);
  });

  test('there is none on a machine with nothing but loopback', () => {
    expect(mediaAddress({ lo: [lo] }, undefined)).toEqual({
      iceAddress: undefined,
      publicAddress: undefined,
    });
    expect(mediaAddress({ lo: [lo] }, '203.0.113.9')).toEqual({
      iceAddress: undefined,
      publicAddress: undefined,
    });
  });
});
