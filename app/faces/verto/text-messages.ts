// verto.info {msg} and {txt}: a line of text to another person of the staff, on whichever pages she has open. Nothing is kept.

import { callError } from './rpc.ts';
import type { Known, Params, Stage } from './stage.ts';

const longestBody = 4_000;

/** @throws RpcError -32002 */
export function sendText(client: Known, msg: Params, { people, fanOut }: Stage): object {
  const { to, body } = msg;
  if (typeof to !== 'string' || typeof body !== 'string' || body.length > longestBody)
    throw callError('INVALID MESSAGE');
  const [name = ''] = to.split('@');
  const { username, displayName } = client.person;
  for (const other of people(name))
    other.request(fanOut.nextId(), 'verto.info', {
      msg: { from: username, from_msg_name: displayName, to: name, body },
    });
  return { message: 'SENT' };
}
