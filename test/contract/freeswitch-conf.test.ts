// freeswitch-conf on a real FreeSWITCH: what listens, what is loaded, and who is turned away. A configuration is only hardened when
// somebody has knocked at its doors.

import { execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { eslOnce, launchFreeswitch, switchLanes, type LaunchedSwitch } from '../support/switches.ts';
import { until } from '../support/until.ts';

const root = path.resolve(import.meta.dirname, '../..');
const configuration = readFileSync(path.join(root, 'freeswitch-conf/freeswitch.xml'), 'utf8');
const lane = { ...switchLanes().find(({ name }) => name === 'freeswitch')!, name: 'freeswitch-conf' };

/** Everything that is wanted; a module that is added has to be added here too, by somebody who has thought about it. */
const modules = [
  'mod_commands',
  'mod_conference',
  'mod_dialplan_xml',
  'mod_dptools',
  'mod_event_socket',
  'mod_local_stream',
  'mod_logfile',
  'mod_native_file',
  'mod_sndfile',
  'mod_sofia',
  'mod_tone_stream',
];
/** Compiled into FreeSWITCH. */
const core = ['CORE_PCM_MODULE', 'CORE_SOFTTIMER_MODULE', 'CORE_SPEEX_MODULE', 'CORE_VPX_MODULE'];

const loadedModules = z.object({ rows: z.array(z.object({ ikey: z.string() })) });

describe('the configuration in freeswitch-conf', () => {
  it('loads the listed modules and no other, as written', () => {
    const written = [...configuration.matchAll(/<load module="([^"]+)"\/>/g)].map(([, name]) => name).sort();
    expect(written).toEqual(modules);
  });

  it('holds no password and listens nowhere but where it is told', () => {
    expect(configuration).not.toMatch(/ClueCon|value="1234"|0\.0\.0\.0|::/);
    for (const name of ['listen-ip', 'sip-ip', 'rtp-ip'])
      expect(configuration).toMatch(new RegExp(`name="${name}" value="\\$\\$\\{`));
  });

  // To the chat that runs commands in versions before 1.11.3.
  it('takes no messages', () => expect(configuration).toContain('name="enable-chat" value="false"'));
});

tellSkipped([lane]);
describe.skipIf(lane.missing !== undefined)(
  `freeswitch-conf on a FreeSWITCH${lane.missing ? ` (skipped: ${lane.missing})` : ''}`,
  () => {
    const story = (
      name: string,
      tell: (launched: LaunchedSwitch) => Promise<void>,
      over?: Parameters<typeof launchFreeswitch>[0],
    ) =>
      it(name, async () => {
        const launched = await launchFreeswitch(over);
        try {
          await tell(launched);
        } finally {
          await launched.stop();
        }
      });
    const listening = { isUp: (ports: { readonly esl: number }) => canConnect(ports.esl) };

    story('listens on loopback for the event socket and SIP, and for nothing else', async (launched) => {
      const lines = execFileSync('ss', ['-Hlntup'], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(`pid=${launched.pid},`));
      const listeners = lines.map((line) => {
        const [protocol, , , , local] = line.split(/\s+/);
        return `${protocol} ${local}`;
      });
      expect(listeners.sort()).toEqual(
        [
          `tcp 127.0.0.1:${launched.eslPort}`,
          `tcp 127.0.0.1:${launched.sipPort}`,
          `udp 127.0.0.1:${launched.sipPort}`,
        ].sort(),
      );
    });

    story('has loaded the listed modules and no other', async (launched) => {
      const loaded = async () => {
        const answer = await eslOnce(launched.eslPort, launched.eslPassword, 'show modules as json');
        const json: unknown = JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '');
        return [...new Set(loadedModules.parse(json).rows.map(({ ikey }) => ikey))];
      };
      // The table behind `show` fills a moment after the modules are there.
      await until('all are listed', async () => (await loaded()).length >= modules.length + core.length);
      expect((await loaded()).filter((name) => !core.includes(name)).sort()).toEqual(modules);
    });

    story(
      'without a password set lets nobody in, least of all with the well-known one',
      async (launched) => {
        for (const password of ['ClueCon', '', launched.eslPassword]) {
          const answer = await eslOnce(launched.eslPort, password, 'status');
          expect(answer).toContain('auth/request');
          expect(answer).not.toContain('api/response');
        }
      },
      { ...listening, env: { CORDBOARD_ESL_PASSWORD: undefined } },
    );

    story(
      'turns away whoever is not the control plane before a word is said',
      async (launched) => {
        const answer = await eslOnce(launched.eslPort, launched.eslPassword, 'status');
        expect(answer).toContain('rude-rejection');
        expect(answer).not.toContain('auth/request');
      },
      { ...listening, env: { CORDBOARD_CONTROL_CIDR: '192.0.2.0/24' } },
    );

    story(
      'takes no call from anybody but the edge',
      async (launched) => {
        expect(await answerTo(launched.sipPort, 'INVITE', 'queue-default')).toBe(403);
        const calls = await eslOnce(launched.eslPort, launched.eslPassword, 'show channels count');
        expect(calls).toContain('0 total.');
      },
      { env: { CORDBOARD_EDGE_CIDR: '192.0.2.0/24' } },
    );

    story('registers nobody', async (launched) => {
      expect(await answerTo(launched.sipPort, 'REGISTER', '1001')).toBeGreaterThanOrEqual(400);
    });
  },
);

/** The final status of a request sent from loopback; undefined when none came within two seconds. */
async function answerTo(port: number, method: string, user: string): Promise<number | undefined> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const own = socket.address().port;
  const statuses: number[] = [];
  socket.on('message', (bytes) =>
    statuses.push(Number(/^SIP\/2\.0 (\d{3})/.exec(bytes.toString('latin1'))?.[1])),
  );
  const contact = `<sip:tester@127.0.0.1:${own}>`;
  socket.send(
    [
      `${method} sip:${user}@127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${randomUUID()};rport`,
      'Max-Forwards: 70',
      `From: <sip:tester@127.0.0.1>;tag=${randomUUID().slice(0, 8)}`,
      `To: <sip:${user}@127.0.0.1>`,
      `Call-ID: ${randomUUID()}`,
      `CSeq: 1 ${method}`,
      `Contact: ${contact}`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
    port,
    '127.0.0.1',
  );
  const final = () => statuses.find((status) => status >= 200);
  try {
    return await until('an answer', final, { withinMs: 2_000 });
  } catch {
    return undefined; // Nothing came: as good an answer as any.
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
