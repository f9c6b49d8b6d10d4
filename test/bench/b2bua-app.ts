// The peer in the edge bench: the back-to-back user agent of drachtio-srf's own README, to the letter, without its console.log.
//
//   b2bua-app CONTROL_PORT SECRET CALLEE_PORT

import { connectApp } from '../support/srf-app.ts';

const [port, secret = '', calleePort] = process.argv.slice(2);

const app = await connectApp({ host: '127.0.0.1', port: Number(port), secret });
app.handle('invite', (req, res) => {
  app
    .createB2BUA(req, res, `sip:callee@127.0.0.1:${calleePort}`, { localSdpB: req.body })
    .then(({ uas, uac }) => {
      uas.on('destroy', () => void uac.destroy());
      uac.on('destroy', () => void uas.destroy());
    })
    .catch((error: unknown) => {
      process.stderr.write(`call failed to connect: ${String(error)}\n`);
    });
});
process.once('SIGTERM', () => {
  app.close();
  process.exit(0);
});
process.stdout.write('ready\n');
