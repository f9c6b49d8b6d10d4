// Every few seconds: who is silent, who never said who she is, whose shift is over, who does not read.

import { closeCodes, type Client } from './client.ts';
import { isKnown } from './logging-in.ts';
import type { Known, Stage } from './stage.ts';

export interface Patience {
  /** Idle time after which a client is asked whether it is there, and the same again after which it is given up. */
  readonly idleMs?: number | undefined;
  /** A connection may stay so long without a person. */
  readonly strangerMs?: number | undefined;
}

const renewBeforeMs = 5 * 60_000;

export function lookAt(clients: Iterable<Client>, stage: Stage, patience: Patience): void {
  const { now, fanOut } = stage;
  const { idleMs = 30_000, strangerMs = 30_000 } = patience;
  fanOut.sweep();
  for (const client of clients) {
    const silentMs = now() - client.heardAt;
    if (!isKnown(client)) {
      // Whose password is in line to be checked has said who she is.
      if (!client.busy && now() - client.openedAt > strangerMs)
        client.close(closeCodes.policy, 'not logged in');
      continue;
    }
    if (silentMs > 2 * idleMs) client.terminate();
    else if (silentMs > idleMs && !client.pinged) ping(client, stage);
    if (client.person.token.expiresAt - now() < renewBeforeMs) void renew(client, stage);
  }
}

function ping(client: Known, { fanOut }: Stage): void {
  const id = fanOut.nextId();
  client.pinged = true;
  client.request(id, 'verto.ping', {
    serno: id,
    'auth-expires': Math.floor(client.person.token.expiresAt / 1000),
  });
  client.ping();
}

/** She works, so her token is renewed; an account that was switched off, or a shift that is over, ends here. */
async function renew(client: Known, { door, log, now }: Stage): Promise<void> {
  try {
    const fresh = await door.auth.renew(client.person.token.token);
    if (fresh && fresh.expiresAt > client.person.token.expiresAt) client.person.token = fresh;
    else if (!fresh || fresh.expiresAt <= now()) client.close(closeCodes.policy, 'the shift is over');
  } catch (error) {
    // The database is busy; her token is good for a while, and the next look asks again.
    log.warn({ err: error }, 'a verto client could not be renewed');
  }
}
