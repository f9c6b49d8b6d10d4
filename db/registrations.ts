// Where phones are. Memory answers (a call must never wait for the database), the table remembers (a restart must lose no
// phone). A change is in memory at once and is written behind; save() waits for the commit, but not longer than a phone
// should wait for its 200.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Registration, Registrations } from '../app/ports/registrations.ts';
import type { Connections } from './dialect.ts';
import { WriteBehind } from './write-behind.ts';

interface RegistrationRow {
  readonly address: string;
  readonly contact: string;
  readonly flow: string;
  readonly call_id: string;
  readonly cseq: number;
  readonly user_agent: string;
  readonly expires_at: number;
}

const commitWaitMs = 250;

export interface KeptRegistrations extends Registrations {
  /** Resolves when memory and table are alike; rejects when the last try to write fails. */
  close(): Promise<void>;
}

/** @param onTrouble told once when writing begins to fail; it is tried again until it succeeds */
export async function openRegistrations(
  { write, read }: Connections,
  onTrouble: (error: unknown) => void,
): Promise<KeptRegistrations> {
  const byAddress = new Map<string, Map<string, Registration>>();
  for (const row of await read('registrations').select<RegistrationRow[]>())
    put(byAddress, registrationOf(row));

  const table = new WriteBehind<Registration>({
    onTrouble,
    write: (changes) =>
      write.transaction(async (transaction) => {
        for (const [key, now] of changes) {
          const [address = '', contact = ''] = JSON.parse(key) as readonly string[];
          if (now)
            await transaction('registrations').insert(rowOf(now)).onConflict(['address', 'contact']).merge();
          else await transaction('registrations').where({ address, contact }).delete();
        }
      }),
  });

  const changed = (address: string, contact: string, now: Registration | undefined): Promise<void> => {
    const written = table.changed(JSON.stringify([address, contact]), now);
    return Promise.race([written, sleep(commitWaitMs, undefined, { ref: false })]);
  };

  const drop = ({ address, contact }: Registration): void => {
    const contacts = byAddress.get(address);
    contacts?.delete(contact);
    if (contacts?.size === 0) byAddress.delete(address);
  };

  const every = (): Registration[] => [...byAddress.values()].flatMap((contacts) => [...contacts.values()]);

  return {
    async of(address, now) {
      const contacts = [...(byAddress.get(address)?.values() ?? [])];
      return contacts.filter(({ expiresAt }) => expiresAt > now).sort((a, b) => b.expiresAt - a.expiresAt);
    },
    async all(now) {
      return every().filter(({ expiresAt }) => expiresAt > now);
    },
    async save(registration) {
      put(byAddress, registration);
      await changed(registration.address, registration.contact, registration);
    },
    async remove(address, contact) {
      const known = byAddress.get(address)?.get(contact);
      if (!known) return;
      drop(known);
      await changed(address, contact, undefined);
    },
    async removeExpired(now) {
      const expired = every().filter(({ expiresAt }) => expiresAt <= now);
      for (const registration of expired) drop(registration);
      await Promise.all(expired.map(({ address, contact }) => changed(address, contact, undefined)));
      return expired;
    },
    close: () => table.close(),
  };
}

function put(byAddress: Map<string, Map<string, Registration>>, registration: Registration): void {
  const contacts = byAddress.get(registration.address) ?? new Map<string, Registration>();
  byAddress.set(registration.address, contacts.set(registration.contact, registration));
}

const registrationOf = (row: RegistrationRow): Registration => ({
  address: row.address,
  contact: row.contact,
  flow: row.flow,
  callId: row.call_id,
  cseq: row.cseq,
  userAgent: row.user_agent,
  expiresAt: row.expires_at,
});

const rowOf = (registration: Registration): RegistrationRow => ({
  address: registration.address,
  contact: registration.contact,
  flow: registration.flow,
  call_id: registration.callId,
  cseq: registration.cseq,
  user_agent: registration.userAgent,
  expires_at: registration.expiresAt,
});
