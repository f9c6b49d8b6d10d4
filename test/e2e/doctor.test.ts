// `cordboard doctor` on a whole Cordboard: it finds nothing where nothing is wrong, and each planted fault by its name.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { isConfig, readConfig } from '../../app/config.ts';
import { findInstallation, type Installation } from '../../app/doctor/installation.ts';
import { freePorts } from '../../app/supervisor/ports.ts';
import { plainProxy } from '../support/plain-proxy.ts';
import { settingOf } from '../support/leftovers.ts';
import { startCordboard, type Cordboard } from '../support/cordboard.ts';
import type { Finding } from '../../app/doctor/finding.ts';
import { oneWayRelay } from '../support/one-way-relay.ts';
import { onEachPair } from '../support/pairs.ts';

const program = path.resolve(import.meta.dirname, '../../dist/supervisor.js');

interface Examination {
  readonly code: number | null;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly complaints: string;
}

onEachPair('what doctor finds', ({ pair, test }) => {
  let cordboard: Cordboard;
  let settings: Readonly<Record<string, string>>;
  beforeAll(async () => {
    cordboard = await startCordboard({ pair });
    const names = ['PORT', 'SIP_PORT', 'DATA'];
    // Of the embedded parts only the supervisor knows where they are; those that somebody started are named to both.
    if (pair === 'real') names.push('DRACHTIO_URL', 'FREESWITCH_URL');
    settings = Object.fromEntries(
      names.map((name) => [
        `CORDBOARD_${name}`,
        settingOf(cordboard.pid('cordboard') ?? 0, `CORDBOARD_${name}`) ?? '',
      ]),
    );
  });
  afterAll(() => cordboard.stop());

  /** @param other settings that differ from those Cordboard runs with */
  const doctor = (
    other: Readonly<Record<string, string>> = {},
    { only = [], uid }: { only?: readonly string[]; uid?: number } = {},
  ): Promise<Examination> =>
    new Promise((resolve, reject) => {
      const args = [program, 'doctor', '--json', ...only.flatMap((name) => ['--only', name])];
      const env = { PATH: process.env['PATH'] ?? '', ...settings, ...other };
      const child = spawn(process.execPath, args, {
        ...{ cwd: path.dirname(cordboard.dataFolder), env, stdio: ['ignore', 'pipe', 'pipe'] as const },
        ...(uid !== undefined && { uid }),
      });
      let [out, complaints] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
      child.once('close', (code) => {
        if (out === '')
          return reject(new Error(`doctor said nothing, and ended with ${code}: ${complaints}`));
        resolve({ code, complaints, ...(JSON.parse(out) as Pick<Examination, 'ok' | 'findings'>) });
      });
    });
  const installation = async (): Promise<Installation> => {
    const config = readConfig(settings);
    if (!isConfig(config)) throw new Error('the settings of the Cordboard under test are not valid');
    return findInstallation(config, async () => true);
  };
  const namesIn = ({ findings }: Examination): string[] =>
    findings.filter(({ severity }) => severity === 'wrong').map(({ id }) => id);
  const wrongIn = ({ findings }: Examination): string[] =>
    findings.filter(({ severity }) => severity === 'wrong').map(({ id, seen }) => `${id}: ${seen}`);

  test('nothing, where nothing is wrong: sound passes both ways, and nothing is left of the try', async () => {
    const examination = await doctor();
    expect(wrongIn(examination)).toEqual([]);
    expect(examination).toMatchObject({ code: 0, ok: true, complaints: '' });
    const looked = examination.findings.map(({ id }) => id);
    for (const id of ['drachtio.well', 'switch.profile', 'janus.well', 'register.well', 'call.well'])
      expect(looked).toContain(id);
    expect(looked).toContain('recording.well');
    expect(looked.filter((id) => id === 'sip.way')).toHaveLength(2);
  });

  test('passwords that are wrong, and a proxy that knows no WebSockets, each by its name', async () => {
    const { switches, sipServer, janus } = await installation();
    const proxy = await plainProxy(cordboard.url, 'given host');
    const hidden = await plainProxy(cordboard.url, 'own host');
    try {
      const wrongs = {
        CORDBOARD_FREESWITCH_URL: `esl://:not-the-password@127.0.0.1:${switches[0]?.port}?sip=${switches[0]?.sip}`,
        CORDBOARD_DRACHTIO_URL: `drachtio://:not-the-secret@127.0.0.1:${sipServer?.port}`,
        CORDBOARD_JANUS_URL: janus?.url.replace('//', '//:not-the-secret@') ?? '',
        CORDBOARD_PUBLIC_URL: proxy.url,
      };
      const only = ['switch', 'drachtio', 'janus', 'public'];
      const [several, stranger] = await Promise.all([
        doctor(wrongs, { only }),
        doctor({ CORDBOARD_PUBLIC_URL: hidden.url }, { only: ['public'] }),
      ]);
      expect(namesIn(several)).toEqual([
        'drachtio.secret',
        'switch.password',
        'janus.secret',
        'public.websocket',
      ]);
      expect(namesIn(stranger)).toEqual(['public.origin']);
      expect(several.code).toBe(1);
    } finally {
      await Promise.all([proxy.close(), hidden.close()]);
    }
  });

  test('parts that are not there, ports that are taken, a folder of somebody else, settings that are none', async () => {
    const [nobody] = await freePorts(1);
    const elsewhere = { CORDBOARD_DATA: path.join(cordboard.dataFolder, 'another'), CORDBOARD_PORT: '0' };
    const absent = {
      CORDBOARD_FREESWITCH_URL: `esl://:a-password-of-it@127.0.0.1:${nobody}?sip=127.0.0.1:${nobody}`,
      CORDBOARD_JANUS_URL: `ws://127.0.0.1:${nobody}`,
      CORDBOARD_PUBLIC_URL: `http://127.0.0.1:${nobody}`,
    };
    const [gone, taken, closed, unset] = await Promise.all([
      doctor(absent, { only: ['switch', 'janus', 'public'] }),
      doctor({ ...elsewhere, CORDBOARD_DRACHTIO_URL: '' }, { only: ['ports'] }),
      doctor({}, { only: ['data'], ...(process.getuid?.() === 0 && { uid: 65_534 }) }),
      doctor({ CORDBOARD_SIP_PORT: 'five' }),
    ]);
    expect(namesIn(gone)).toEqual(['switch.silent', 'janus.silent', 'public.unreached']);
    expect(namesIn(taken)).toEqual(['ports.taken', 'ports.taken']);
    expect(wrongIn(taken)[0]).toContain(`process ${pair === 'embedded' ? cordboard.pid('telephony') : ''}`);
    // Who is not root cannot become somebody else: then the folder is her own, and she may write it.
    expect(namesIn(closed)).toEqual(process.getuid?.() === 0 ? ['data.read-only'] : []);
    expect(namesIn(unset)).toEqual(['settings.invalid']);
    expect([gone, taken, unset].map(({ code }) => code)).toEqual([1, 1, 1]);
  });

  test('the way on which sound is lost', async () => {
    const inward = await oneWayRelay(cordboard.sipPort, 'to switch');
    const outward = await oneWayRelay(cordboard.sipPort, 'to phone');
    const through = ({ port }: { port: number }): Promise<Examination> =>
      doctor({ CORDBOARD_SIP_PORT: String(port) }, { only: ['call'] });
    try {
      const [unheard, unhearing] = await Promise.all([through(inward), through(outward)]);
      expect(wrongIn(unheard).join()).toMatch(/^call.one-way-in: The switch hears us, we do not hear it/);
      expect(wrongIn(unhearing).join()).toMatch(/^call.one-way-out: We hear the switch, it does not hear us/);
      expect([unheard.code, unhearing.code]).toEqual([1, 1]);
      expect(Math.min(inward.swallowed(), outward.swallowed())).toBeGreaterThan(10);
    } finally {
      inward.close();
      outward.close();
    }
  });
});
