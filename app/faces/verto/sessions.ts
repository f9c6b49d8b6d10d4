// Sessions by the name their clients chose. The newest connection of a person has it: the one before is told to go and not to come back.

import { closeCodes, type Client } from './client.ts';
import { authenticationFailed } from './rpc.ts';
import type { Person } from './person.ts';

export const isSessid = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(value);

export class Sessions {
  readonly #clients = new Map<string, Client>();
  readonly #nextId: () => number;

  constructor(nextId: () => number) {
    this.#nextId = nextId;
  }

  get size(): number {
    return this.#clients.size;
  }

  /**
   * The name's first use on this connection.
   * @returns the connection that had it before, which is told to go
   * @throws RpcError -32001 when somebody else has it: the connection must then be closed
   */
  name(client: Client, person: Person, sessid: string): Client | undefined {
    const other = this.#clients.get(sessid);
    if (other && other !== client) {
      if (other.person?.username !== person.username) throw authenticationFailed('Session in use');
      this.#punt(other);
    }
    this.#clients.set(sessid, client);
    client.sessid = sessid;
    return other;
  }

  forget(client: Client): void {
    if (client.sessid !== undefined && this.#clients.get(client.sessid) === client)
      this.#clients.delete(client.sessid);
  }

  #punt(client: Client): void {
    client.request(this.#nextId(), 'verto.punt', {});
    client.close(closeCodes.punted, 'another connection took over');
  }
}
