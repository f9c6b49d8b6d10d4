// What docker-compose.yml must keep to: pinned images, no secret of its own, nothing beyond loopback until an operator says so.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isConfig, readConfig, parseEnvFile, unknownSettings, type Config } from '../app/config.ts';
import { janusSecrets } from '../gateway/janus/secrets.ts';
import { choices, configure, environmentFile, secretNames } from '../scripts/configure.mjs';
import { interpolated, readYaml, type Yaml } from './support/compose-file.ts';

type Service = { readonly [name: string]: Yaml };
const root = join(import.meta.dirname, '..');
const source = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const file = readYaml(source) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(file.services);
const texts = (value: Yaml | undefined): string[] =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(texts);
const made = parseEnvFile(environmentFile(''));
const filled = (text: string, given: Record<string, string> = made) => interpolated(text, given);
const environmentOf = (name: string, given = made): Record<string, string> =>
  Object.fromEntries(
    Object.entries(file.services[name]?.['environment'] ?? {}).map(([key, value]) => [
      key,
      filled(texts(value).join(), given),
    ]),
  );

it('has every part', () => {
  expect(Object.keys(file.services).sort()).toEqual([
    'app',
    'coturn',
    'drachtio',
    'freeswitch',
    'janus',
    'postgres',
    'redis',
  ]);
});

describe.each(services)('%s', (name, service) => {
  it('runs an image of one version, comes back when it dies, and says whether it is well', () => {
    expect(service['image']).toMatch(/^[a-z/-]+:v?\d+\.\d+[\w.-]*$/);
    expect(service['restart']).toBe('unless-stopped');
    expect(texts(service['healthcheck']).length).toBeGreaterThan(3);
  });

  it('may do as little as possible', () => {
    expect(service['cap_drop']).toEqual(['ALL']);
    expect(service['security_opt']).toEqual(['no-new-privileges:true']);
    expect(service['privileged']).toBeUndefined();
    expect(service['read_only'] ?? 'no').toBe(name === 'drachtio' ? 'no' : 'true');
  });

  it('publishes nothing beyond loopback, and listens nowhere else until an address is set', () => {
    for (const port of texts(service['ports'])) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    if (service['network_mode'] !== 'host') return;
    expect(service['ports']).toBeUndefined();
    const said = texts(service)
      .map((text) => filled(text))
      .join('\n');
    expect(said).toContain('127.0.0.1');
    expect(said).not.toMatch(/(?<!\d)0\.0\.0\.0|\[::\]|sip:\*/);
  });

  it('mounts what is there: files of the repository, or a volume that is declared', () => {
    for (const mount of texts(service['volumes'])) {
      const [from = ''] = mount.split(':');
      if (!from.startsWith('./')) expect(file.volumes).toHaveProperty(from);
      // What configure.mjs makes.
      else if (from !== './secrets') expect(existsSync(join(root, from)), from).toBe(true);
    }
    const build = service['build'] as Service | undefined;
    if (build)
      expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(
        ` AS ${texts(build['target']).join()}\n`,
      );
  });

  it('has no secret in the file: each is demanded from .env', () => {
    for (const variable of texts(service).flatMap((text) => [...text.matchAll(/\$\{([A-Z_]+)([^}]*)\}/g)])) {
      const [, key = '', how = ''] = variable;
      if (/SECRET|PASSWORD|KEY/.test(key)) expect(how, key).toMatch(/^:\?/);
      expect([...secretNames, ...Object.keys(choices)]).toContain(key);
    }
    for (const [key, value] of Object.entries(service['environment'] ?? {}))
      if (/SECRET|PASSWORD|KEY/.test(key)) expect(value).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
  });
});

describe('the control plane in it', () => {
  const config = (given: Record<string, string>): Config => {
    const read = readConfig(environmentOf('app', given));
    if (!isConfig(read)) throw new Error(JSON.stringify(read));
    return read;
  };

  it('is given settings it knows, and good ones', () => {
    expect(unknownSettings(environmentOf('app'))).toEqual([]);
    const { http, sip, mediaIp, database, demo, drachtio, freeswitch, janus } = config(made);
    expect([http.host, sip.host, mediaIp, demo]).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1', false]);
    expect(database.kind).toBe('postgres');
    expect(drachtio?.secret).toBe(made['DRACHTIO_SECRET']);
    expect(freeswitch).toMatchObject([{ secret: made['ESL_PASSWORD'], sip: '127.0.0.1:5080' }]);
    expect(janus).toMatchObject({ apiSecret: made['JANUS_API_SECRET'], url: 'ws://127.0.0.1:8188' });
  });

  it('follows what an operator sets', () => {
    const given = {
      ...made,
      HTTP_ADDRESS: '192.0.2.1',
      SIP_ADDRESS: '192.0.2.2',
      MEDIA_ADDRESS: '198.51.100.1',
    };
    const { http, sip, mediaIp, freeswitch } = config(given);
    expect([http.host, sip.host, mediaIp, freeswitch[0]?.sip]).toEqual([
      '192.0.2.1',
      '192.0.2.2',
      '198.51.100.1',
      '192.0.2.2:5080',
    ]);
    const offered = Object.keys(environmentOf('app')).length;
    expect(Object.keys(choices).length).toBeLessThan(offered);
  });

  it('does not start without its secrets', () => {
    const { DRACHTIO_SECRET: _, ...rest } = made;
    expect(() => environmentOf('app', rest)).toThrow(/DRACHTIO_SECRET: run node scripts\/configure/);
  });
});

it('the switch is given variables that freeswitch-conf reads', () => {
  const vars = readFileSync(join(root, 'freeswitch-conf/vars.xml'), 'utf8');
  const names = Object.keys(environmentOf('freeswitch'));
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) expect(vars).toContain(`=$${name}"`);
});

it('no two parts share a range of ports', () => {
  const said = services.flatMap(([, service]) => texts(service)).join(' ');
  const ranges = [
    ...[...said.matchAll(/\b(2\d{4})-(2\d{4})\b/g)].map(([, from, to]) => [Number(from), Number(to)]),
    [
      environmentOf('freeswitch')['CORDBOARD_RTP_START'],
      environmentOf('freeswitch')['CORDBOARD_RTP_END'],
    ].map(Number),
    [/--min-port=(\d+)/.exec(said)?.[1], /--max-port=(\d+)/.exec(said)?.[1]].map(Number),
  ].sort(([a = 0], [b = 0]) => a - b);
  expect(ranges).toHaveLength(4);
  for (const [at, [from = 0]] of ranges.entries()) expect(from).toBeGreaterThan(ranges[at - 1]?.[1] ?? 0);
});

describe('configure', () => {
  it('makes every secret anew, keeps those that are there, and what an operator wrote', () => {
    expect(secretNames.map((name) => made[name]?.length)).toEqual(secretNames.map(() => 43));
    expect(new Set(secretNames.map((name) => made[name])).size).toBe(secretNames.length);
    const before = `# ours\nSIP_ADDRESS=192.0.2.2\nESL_PASSWORD=kept-as-it-is\n`;
    const after = environmentFile(before);
    expect(after.startsWith(before.trimEnd())).toBe(true);
    expect(parseEnvFile(after)).toMatchObject({ SIP_ADDRESS: '192.0.2.2', ESL_PASSWORD: 'kept-as-it-is' });
    expect(environmentFile(after)).toBe(after);
  });

  it('writes them so that only their owner reads them, and Janus reads its own', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordboard-configure-'));
    try {
      configure(folder);
      const given = parseEnvFile(readFileSync(join(folder, '.env'), 'utf8'));
      expect(janusSecrets(join(folder, 'secrets'))).toMatchObject({
        apiSecret: given['JANUS_API_SECRET'],
        adminSecret: given['JANUS_ADMIN_SECRET'],
      });
      for (const name of ['.env', 'secrets/janus.json'])
        expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
      configure(folder);
      expect(parseEnvFile(readFileSync(join(folder, '.env'), 'utf8'))).toEqual(given);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
