// sipp on both sides: a program that knows nothing of us makes and takes the calls, and counts what was repeated.
import { describe, expect } from 'vitest';
import { edgeSuite } from '../support/sip-servers.ts';
import { freeSipPort, startSipp, type SippResult } from '../support/sipp-calls.ts';
import { connectApp, type SrfApp } from '../support/srf-app.ts';

const CALLS = 30;

describe('sipp calls sipp through an application', () => {
  edgeSuite('sipp', ({ server, test }) => {
    /** A run in which sipp itself was kept waiting by the machine is void, and made again. */
    async function callThrough(
      protocols: { caller: 'udp' | 'tcp'; callee: 'udp' | 'tcp' },
      prepare: (app: SrfApp, calleeUri: string) => void,
    ): Promise<void> {
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        const { made, taken } = await oneRun(protocols, prepare);
        if ((made.stalled || taken.stalled) && attempt < 3) continue;
        expect(made.errors).toBe('');
        expect(made).toMatchObject({ code: 0, successful: CALLS, failed: 0, retransmissions: 0 });
        expect(taken).toMatchObject({ code: 0, successful: CALLS, failed: 0 });
        return;
      }
    }

    async function oneRun(
      protocols: { caller: 'udp' | 'tcp'; callee: 'udp' | 'tcp' },
      prepare: (app: SrfApp, calleeUri: string) => void,
    ): Promise<{ made: SippResult; taken: SippResult }> {
      const { sip, control } = server();
      const [callerPort, calleePort] = [await freeSipPort(), await freeSipPort()];
      const app = await connectApp(control);
      const suffix = protocols.callee === 'tcp' ? ';transport=tcp' : '';
      prepare(app, `sip:callee@127.0.0.1:${calleePort}${suffix}`);
      const callee = startSipp({
        scenario: 'callee',
        protocol: protocols.callee,
        port: calleePort,
        calls: CALLS,
      });
      const caller = startSipp({
        scenario: 'caller',
        protocol: protocols.caller,
        port: callerPort,
        calls: CALLS,
        rate: 20,
        remote: sip,
      });
      try {
        const made = await caller.done;
        if (made.failed > 0) callee.stop();
        return { made, taken: await callee.done };
      } finally {
        caller.stop();
        callee.stop();
        app.close();
      }
    }

    const joinCalls = (app: SrfApp, uri: string): void =>
      app.handle('invite', (req, res) => {
        void app.createB2BUA(req, res, uri, { localSdpB: req.body }).then(({ uas, uac }) => {
          uas.on('destroy', () => void uac.destroy());
          uac.on('destroy', () => void uas.destroy());
        });
      });

    const proxyCalls = (app: SrfApp, uri: string): void =>
      app.handle('invite', (req) => void app.proxyRequest(req, uri, { remainInDialog: true }));

    for (const protocol of ['udp', 'tcp'] as const) {
      test(`back to back over ${protocol}`, () =>
        callThrough({ caller: protocol, callee: protocol }, joinCalls));
      test(`proxied over ${protocol}`, () => callThrough({ caller: protocol, callee: protocol }, proxyCalls));
    }

    test('back to back, a TCP caller and a UDP callee', () =>
      callThrough({ caller: 'tcp', callee: 'udp' }, joinCalls));
  });
});
