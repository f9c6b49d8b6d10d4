// Calls per second through our edge on the embedded SIP server, against drachtio-srf's README back-to-back user agent on the
// same build of the server. sipp calls as a trunk and answers as the switch; both sides carry the same calls, by turns.
//
//   sipp caller (trunk) ──► SIP server ──► sipp callee (the switch)
//                               ▲
//                  edge-app  or b2bua-app, a process of its own

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { trunkAddress } from '../support/edge-peers.ts';
import { freeSipPort } from '../support/sipp-calls.ts';
import { byTurns, type LoopSide } from './closed-loop.ts';
import { median, report, say, spreadOf } from './findings.ts';
import { cpuMs, cpuTotals, machineSince } from './machine.ts';
import { benchPrograms, root, startPart, type Part } from './parts.ts';
import { runLoad } from './sipp-load.ts';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 7;
const callsPerRound = quick ? 500 : 1_500;
const talkMs = 100;
const goal = 0.85;

interface Side {
  readonly name: string;
  readonly server: Part;
  readonly app: Part;
  readonly sipPort: number;
}

async function startSide(name: string, app: string, calleePort: number): Promise<Side> {
  const secret = randomBytes(12).toString('hex');
  const server = await startPart(path.join(root, 'dist/sip-server.js'), [
    ...['--sip', '127.0.0.1:0', '--control', '127.0.0.1:0', '--secret', secret],
  ]);
  const [, sipPort = '', controlPort = ''] =
    /sip [\d.]+:(\d+).*control [\d.]+:(\d+)/.exec(server.greeting) ?? [];
  const program = path.join(benchPrograms, `${app}.js`);
  return {
    name,
    server,
    app: await startPart(program, [controlPort, secret, String(calleePort)]),
    sipPort: Number(sipPort),
  };
}

const asLoop = ({ name, server, app, sipPort }: Side, calleePort: number): LoopSide => ({
  name,
  load: (inTheAir, calls) =>
    runLoad({
      ...{ calls, inTheAir, talkMs, calleePort },
      ...{ serverPort: sipPort, from: trunkAddress, number: '4000' },
    }),
  cpuMs: () => cpuMs(server.pid) + cpuMs(app.pid),
});

const calleePort = await freeSipPort();
const started = cpuTotals();
const ours = await startSide('edge', 'edge-app', calleePort);
const peer = await startSide('b2bua', 'b2bua-app', calleePort);
try {
  const { rounds: found, voided } = await byTurns([asLoop(ours, calleePort), asLoop(peer, calleePort)], {
    ...{ rounds, callsPerRound, talkMs },
  });
  const ratios = found.map(([edge, b2bua]) => edge.callsPerSecond / b2bua.callsPerSecond);
  const cpuRatios = found.map(([edge, b2bua]) => edge.cpuPerCall / b2bua.cpuPerCall);
  found.forEach(([edge, b2bua], n) =>
    say(
      `  round ${n + 1}: edge ${edge.callsPerSecond.toFixed(0)}/s at ${edge.cpuPerCall.toFixed(2)} ms CPU a call, ` +
        `b2bua ${b2bua.callsPerSecond.toFixed(0)}/s at ${b2bua.cpuPerCall.toFixed(2)} ms`,
    ),
  );
  say(`  ${machineSince(started)}; ${voided} void rounds`);
  await report([
    {
      what: 'edge: calls/s, against the bare drachtio-srf B2BUA',
      measured: `${median(ratios).toFixed(2)}×`,
      spread: spreadOf(ratios, 2),
      goal: `>= ${goal}×`,
      met: median(ratios) >= goal,
    },
    {
      what: 'edge: CPU per call of server and app, against the same',
      measured: `${median(cpuRatios).toFixed(2)}×`,
      spread: spreadOf(cpuRatios, 2),
    },
  ]);
} finally {
  await Promise.all([ours.app.stop(), peer.app.stop()]);
  await Promise.all([ours.server.stop(), peer.server.stop()]);
}
