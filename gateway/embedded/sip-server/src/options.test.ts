import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './options.ts';

const GOOD = ['--sip', '127.0.0.1:5070', '--control', '127.0.0.1:9022', '--secret', 'S'];

test('addresses and a secret are enough', () => {
  expect(parseArguments(GOOD)).toEqual({
    sip: { host: '127.0.0.1', port: 5070 },
    control: { host: '127.0.0.1', port: 9022 },
    secret: 'S',
    natDetection: true,
  });
});

test('an IPv6 address is written in brackets, a value may follow an equals sign', () => {
  expect(parseArguments(['--sip=[::1]:0', ...GOOD.slice(2)])).toMatchObject({
    sip: { host: '::1', port: 0 },
  });
});

test('transports with their certificates, in pairs', () => {
  const pairs = ['--tls-cert', 'a.pem', '--tls-key', 'a.key', '--tls-cert', 'b.pem', '--tls-key', 'b.key'];
  const options = parseArguments([
    ...GOOD,
    ...['--tls', '0.0.0.0:5061', '--ws', '127.0.0.1:8088', '--wss', '[::]:443', ...pairs],
    ...['--tls-ca', 'ca.pem', '--tls-verify', 'both', '--connections-per-address', '20'],
    ...['--session-expires', '1800', '--min-se', '120'],
  ]);
  expect(options).toMatchObject({
    tls: { host: '0.0.0.0', port: 5061 },
    ws: { host: '127.0.0.1', port: 8088 },
    wss: { host: '::', port: 443 },
    certificates: [
      { certFile: 'a.pem', keyFile: 'a.key' },
      { certFile: 'b.pem', keyFile: 'b.key' },
    ],
    tlsCaFile: 'ca.pem',
    tlsVerify: 'both',
    limits: { connectionsPerHost: 20 },
    sessionExpires: 1800,
    minSessionExpires: 120,
  });
});

test.each([
  [[...GOOD, '--tls', '127.0.0.1:5061'], '--tls and --wss need --tls-cert FILE and --tls-key FILE'],
  [[...GOOD, '--tls-cert', 'a.pem'], 'each --tls-cert needs its --tls-key'],
  [[...GOOD, '--tls-verify', 'all'], 'expected none, servers, clients, both'],
  [[...GOOD, '--session-expires', '60'], 'expected at least 90 seconds'],
  [['--sip', '127.0.0.1'], '--sip 127.0.0.1 is not valid; expected HOST:PORT'],
  [['--sip', '127.0.0.1:70000'], 'port from 0 to 65535'],
  [['--control', '127.0.0.1:1', '--sip', '127.0.0.1:2'], '--secret TEXT or --secret-file FILE'],
  [['--sip'], '--sip needs a value'],
  [['--udp', 'x'], 'unknown argument --udp'],
  [['--secret', 'S', '--control', '127.0.0.1:1'], '--sip is missing'],
  [[...GOOD, '--t1', 'fast'], '--t1 fast is not valid; expected a whole number'],
  [[...GOOD, '--outbound-proxy', 'example.org'], 'expected a SIP URI'],
  [[...GOOD.slice(0, 4), '--secret', 'a|b'], 'must not contain'],
  [[...GOOD.slice(0, 4), '--secret-file', '/nonexistent/secret'], 'cannot be read (ENOENT)'],
])('%j is refused saying what was expected', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
  expect(() => parseArguments(argv)).toThrow(message);
});
