// Runs Janus for the supervisor: writes its private configuration, keeps it alive, and takes it along when it ends.
//
//   janus --folder DIR --secrets DIR --port P --admin-port P --sip-address IP [--media-ip IP] --webrtc-ports A-B --sip-ports A-B
//
// Prints `ready` when Janus answers. Ends cleanly on SIGTERM, SIGINT, or when its parent goes away.

import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { mediaAddress } from './network.ts';
import { JanusProcess } from './process.ts';
import { janusSecrets } from './secrets.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    folder: text,
    secrets: text,
    port: text,
    'admin-port': text,
    'sip-address': text,
    'media-ip': text,
    'webrtc-ports': text,
    'sip-ports': text,
  },
});

function required(name: keyof typeof values): string {
  const value = values[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

async function main(): Promise<void> {
  const { iceAddress, publicAddress } = mediaAddress(networkInterfaces(), values['media-ip']);
  if (iceAddress === undefined) {
    process.stderr.write('janus: no network interface but loopback: browsers cannot be reached by WebRTC\n');
  }
  const { apiSecret, adminSecret, roomKey } = janusSecrets(required('secrets'));
  const janus = new JanusProcess({
    settings: {
      folder: required('folder'),
      debugLevel: 4,
      apiSecret,
      adminSecret,
      roomKey,
      webSocketPort: Number(required('port')),
      adminPort: Number(required('admin-port')),
      webrtcPorts: required('webrtc-ports'),
      sipPorts: required('sip-ports'),
      sipAddress: required('sip-address'),
      iceAddress,
      publicAddress,
    },
    onLine: (line) => process.stdout.write(`${line}\n`),
    onDied: (how, againInMs) => process.stderr.write(`janus: died (${how}); again in ${againInMs} ms\n`),
    onUp: (pid) => process.send?.({ kind: 'ready', pid }),
  });
  const end = (): void => {
    void janus.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  // Started by the supervisor: when it dies, nobody would ever end us.
  process.on('disconnect', end);
  await janus.start();
}

main().catch((error: unknown) => {
  process.stderr.write(`janus: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
