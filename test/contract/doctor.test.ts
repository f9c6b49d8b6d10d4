// doctor's checks against the real things they look at, each well and each broken: certificates, a TURN server, switches, SIP servers.

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeFiles } from '../../app/doctor/checks/certificates.ts';
import { judgeControl, judgeWay } from '../../app/doctor/checks/sip.ts';
import { judgeSwitch } from '../../app/doctor/checks/switches.ts';
import { judgeTurn } from '../../app/doctor/checks/turn.ts';
import type { Finding } from '../../app/doctor/finding.ts';
import { freePorts } from '../../app/supervisor/ports.ts';
import { certificateAuthority } from '../support/certificates.ts';
import { coturn, type Coturn } from '../support/coturn.ts';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { lanes, type LaunchedSipServer } from '../support/sip-servers.ts';
import { switchLanes, type LaunchedSwitch } from '../support/switches.ts';

const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);
const wrongs = (findings: readonly Finding[]): string[] =>
  findings.filter(({ severity }) => severity === 'wrong').map(({ id }) => id);
const dayMs = 86_400_000;

/** Takes connections and says nothing, as a frozen program does. */
async function mute(): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

describe('certificates', () => {
  const authority = certificateAuthority();
  afterAll(() => authority.remove());
  const good = authority.issue('DNS:sip.example.org', 'IP:127.0.0.1');
  const judged = (over: Partial<Parameters<typeof judgeFiles>[0]> = {}): readonly Finding[] =>
    judgeFiles({ ...good, names: ['127.0.0.1'], now: Date.now(), ...over }).findings;

  it('good ones, with a warning when few days are left', () => {
    expect(ids(judged())).toEqual(['certificate.soon']);
    expect(wrongs(judged())).toEqual([]);
  });

  it.each([
    ['expired', { now: Date.now() + 3 * dayMs }],
    ['early', { now: Date.now() - 3 * dayMs }],
    ['key', { keyFile: authority.issue('DNS:other.example.org').keyFile }],
    ['unreadable', { certFile: '/nowhere/cert.pem' }],
    ['unreadable', { keyFile: good.certFile }],
  ] as const)('%s', (what, over) => {
    expect(wrongs(judged(over))).toEqual([`certificate.${what}`]);
  });

  it('for another name', () => {
    expect(ids(judged({ names: ['192.0.2.1'] }))).toContain('certificate.name');
    expect(ids(judged({ names: ['sip.example.org'] }))).not.toContain('certificate.name');
  });
});

describe('TURN', () => {
  let server: Coturn;
  beforeAll(async () => {
    server = await coturn();
  });
  afterAll(() => server.stop());
  const at = (over: { secret?: string; port?: number } = {}) => ({
    ...{ scheme: 'turn' as const, host: '127.0.0.1', port: server.port, secret: server.secret },
    ...over,
  });

  it('relays with our credentials; refuses others and those of a clock that is behind', async () => {
    const judged = await Promise.all([
      judgeTurn(at(), Date.now()),
      judgeTurn(at({ secret: 'another-secret-than-its' }), Date.now()),
      judgeTurn(at(), Date.now() - dayMs),
    ]);
    expect(ids(judged)).toEqual(['turn.well', 'turn.secret', 'turn.secret']);
  });

  it('is missed', async () => {
    const [port] = await freePorts(1);
    expect((await judgeTurn(at({ port: port ?? 0 }), Date.now())).id).toBe('turn.silent');
  });
});

tellSkipped(switchLanes());
for (const lane of switchLanes()) {
  describe.skipIf(lane.missing !== undefined)(`a switch, ${lane.name}`, () => {
    let launched: LaunchedSwitch;
    beforeAll(async () => {
      launched = await lane.launch();
    });
    afterAll(() => launched.stop());
    const address = (over: { secret?: string; port?: number; sip?: string } = {}) => ({
      ...{ host: '127.0.0.1', port: launched.eslPort, secret: launched.eslPassword },
      ...{ sip: `127.0.0.1:${launched.sipPort}`, ...over },
    });

    it('is well', async () => {
      const findings = await judgeSwitch(address(), Date.now);
      expect(wrongs(findings)).toEqual([]);
      expect(ids(findings)).toEqual(['switch.version', 'switch.profile', 'switch.clock', 'switch.sip']);
    });

    it('has another password, another SIP address, a clock that is off; is gone, or frozen', async () => {
      const [nobody] = await freePorts(1);
      const frozen = await mute();
      const judged = await Promise.all([
        judgeSwitch(address({ secret: 'not-its-password' }), Date.now),
        judgeSwitch(address({ sip: `127.0.0.1:${nobody}` }), Date.now),
        judgeSwitch(address(), () => Date.now() - 60_000),
        judgeSwitch(address({ port: nobody ?? 0 }), Date.now),
        judgeSwitch(address({ port: frozen.port }), Date.now),
      ]);
      frozen.server.close();
      expect(judged.map(wrongs)).toEqual([
        ...[['switch.password'], ['switch.sip'], ['switch.clock'], ['switch.silent'], ['switch.silent']],
      ]);
    });
  });
}

for (const lane of lanes) {
  describe.skipIf(lane.missing !== undefined)(`a SIP server, ${lane.name}`, () => {
    let launched: LaunchedSipServer;
    const authority = certificateAuthority();
    beforeAll(async () => {
      launched = await lane.launch({ certificate: authority.issue('IP:127.0.0.1') });
    });
    afterAll(async () => {
      await launched.stop();
      authority.remove();
    });

    it('knows our secret, and refuses another', async () => {
      const [nobody] = await freePorts(1);
      const judged = await Promise.all([
        judgeControl(launched.control),
        judgeControl({ ...launched.control, secret: 'another-secret' }),
        judgeControl({ ...launched.control, port: nobody ?? 0 }),
      ]);
      expect(ids(judged)).toEqual(['drachtio.well', 'drachtio.secret', 'drachtio.silent']);
      expect(judged[0].seen).toMatch(/version v\d/);
    });

    it('answers on every transport, though for want of a control plane not as it should', async () => {
      const { sip, tls, ws, wss } = launched;
      const ways = Object.entries({ udp: sip, tcp: sip, tls, ws, wss } as const);
      for (const [protocol, address] of ways) {
        if (!address) throw new Error(`${protocol} is not there`);
        const way = { protocol: protocol as 'udp' | 'tcp' | 'tls' | 'ws' | 'wss', ...address };
        expect(ids(await judgeWay(way)), protocol).toEqual(['sip.answer']);
      }
    });

    it('is missed on every transport', async () => {
      const [port = 0] = await freePorts(1);
      const ways = (['udp', 'tcp', 'tls', 'ws', 'wss'] as const).map((protocol) =>
        judgeWay({ protocol, host: '127.0.0.1', port }),
      );
      expect((await Promise.all(ways)).map(ids)).toEqual(ways.map(() => ['sip.silent']));
    });
  });
}
