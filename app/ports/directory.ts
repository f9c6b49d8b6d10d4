// Who and what exists: agents, their extensions and secrets, queues, inbound numbers, trunks. Settings, not state.

import type { AgentSettings, QueueSettings } from '../domain/floor/inputs.ts';

export interface Directory {
  queues(): Promise<readonly QueueSettings[]>;
  agents(): Promise<readonly AgentSettings[]>;
  /** HA1 digests for a SIP user of this realm; undefined when there is no such user. RFC 7616 section 3.4.2. */
  sipCredentials(username: string): Promise<SipCredentials | undefined>;
  /** Where a number dialled from a trunk goes; undefined when nothing answers it. */
  inboundNumber(number: string): Promise<{ readonly queueId: string } | undefined>;
  /** Trunks calls may come from, by source address. */
  trunks(): Promise<readonly Trunk[]>;
}

export interface SipCredentials {
  readonly username: string;
  /** Lower-case hex MD5(username:realm:password). */
  readonly ha1: string;
  /** Agent whose device this is; absent for a supervisor's. */
  readonly agentId?: string;
}

export interface Trunk {
  readonly name: string;
  /** Source addresses, IPv4/IPv6 literals or CIDR. */
  readonly addresses: readonly string[];
}
