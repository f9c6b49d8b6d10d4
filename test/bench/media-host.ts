// The embedded media switch in the media bench: nothing but the switch, and its clock's counters when asked over IPC.
//
//   media-host PASSWORD FIRST_RTP_PORT LAST_RTP_PORT

import { startMediaSwitch } from '@cordboard/media-switch';

const [password = '', first = '', last = ''] = process.argv.slice(2);

const running = await startMediaSwitch({
  sip: '127.0.0.1:0',
  esl: '127.0.0.1:0',
  password,
  rtp: `127.0.0.1:${first}-${last}`,
});
process.on('message', () => {
  void running.mediaCounters().then((counters) => process.send?.(counters));
});
process.once('SIGTERM', () => void running.stop().then(() => process.exit(0)));
process.stdout.write(`sip ${running.addresses.sip.port} esl ${running.addresses.esl.port}\nready\n`);
