// Who and what exists: agents, their extensions and secrets, queues. Settings, not state.

import type { AgentSettings, QueueSettings } from '../domain/floor/inputs.ts';

export interface Directory {
  queues(): Promise<readonly QueueSettings[]>;
  agents(): Promise<readonly AgentSettings[]>;
  /** HA1 digests for a SIP user of this realm; undefined when there is no such user. RFC 7616 section 3.4.2. */
  sipCredentials(username: string): Promise<SipCredentials | undefined>;
}

export interface SipCredentials {
  readonly username: string;
  /** Lower-case hex MD5(username:realm:password). */
  readonly ha1: string;
  /** Agent whose device this is; absent for a supervisor's. */
  readonly agentId?: string;
}
