// Janus with our configuration, as a program of its own, apart from the control plane: killing the control plane drops no call.
//
//   janus --folder DIR --secrets DIR --port N --admin-port N --sip-address IP --media-ip IP
//         --webrtc-ports A-B --sip-ports A-B
//
// Says `ready` (to its supervisor, else on standard output) when Janus answers. Starts it again when it dies. Ends it on SIGTERM, SIGINT, or when our own parent goes away.

import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { mediaAddress } from './network.ts';
import { JanusProcess } from './process.ts';
import { janusSecrets } from './secrets.ts';

class WrongArgument extends Error {
  override readonly name = 'WrongArgument';
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    secrets: { type: 'string' },
    port: { type: 'string' },
    'admin-port': { type: 'string' },
    'sip-address': { type: 'string', default: '127.0.0.1' },
    'media-ip': { type: 'string' },
    'webrtc-ports': { type: 'string', default: '22000-23999' },
    'sip-ports': { type: 'string', default: '24000-25999' },
  },
});

function given(name: 'folder' | 'secrets' | 'port' | 'admin-port'): string {
  const value = values[name];
  if (value === undefined) throw new WrongArgument(`--${name} is missing`);
  return value;
}

function port(name: 'port' | 'admin-port'): number {
  const number = Number(given(name));
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new WrongArgument(`--${name} is no port`);
  return number;
}

const say = (line: string): unknown => process.stdout.write(`${line}\n`);
const complain = (line: string): unknown => process.stderr.write(`janus: ${line}\n`);

function prepare(): JanusProcess {
  const { apiSecret, adminSecret, roomKey } = janusSecrets(given('secrets'));
  const media = mediaAddress(networkInterfaces(), values['media-ip']);
  if (media.iceAddress === undefined) {
    complain('this machine has no address but loopback: browsers cannot send sound through Janus');
  }
  return new JanusProcess({
    settings: {
      folder: given('folder'),
      debugLevel: 4,
      apiSecret,
      adminSecret,
      roomKey,
      webSocketPort: port('port'),
      adminPort: port('admin-port'),
      webrtcPorts: values['webrtc-ports'],
      sipPorts: values['sip-ports'],
      sipAddress: values['sip-address'],
      ...media,
    },
    onLine: say,
    // Once for each start: the supervisor shows the newest process id.
    onUp: (pid) => (process.send ? process.send({ kind: 'ready', pid }) : say('ready')),
    onDied: (how, againInMs) => complain(`ended (${how}); started again in ${againInMs} ms`),
  });
}

async function main(): Promise<void> {
  const janus = prepare();
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void janus.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  process.on('disconnect', end);
  await janus.start();
}

main().catch((error: unknown) => {
  complain(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
