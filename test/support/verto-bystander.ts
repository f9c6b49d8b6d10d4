// A program of its own: a client who only listens, and tells over IPC how late each event was (verto-face.ts). Whoever storms beside it is in
// another process, so that nobody's own work is taken for the face's.

import process from 'node:process';
import { VertoClient } from './verto-client.ts';

// Whoever asked may have left meanwhile.
const whatever = (): void => undefined;
const client = await VertoClient.logIn(process.argv[2] ?? '', '1002', 'right-password');
client.ws.on('message', () => {
  const now = Date.now();
  for (const { eventType, data } of client.events.splice(0)) {
    if (eventType === 'agent-state') process.send?.(now - Number(data['reason']), whatever);
  }
});
process.on('disconnect', () => process.exit(0));
await client.must('verto.subscribe', { eventChannel: 'vcc.default.1002' });
