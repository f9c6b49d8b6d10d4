// A few questions to a switch over its event socket, on a connection of our own.

import type { ControlAddress } from '../config.ts';
import { realClock } from '../real-clock.ts';
import { EslConnection, type EslEvent } from '../../gateway/freeswitch/connection.ts';

/** The switch did not let us in; the message says how it went. */
export class SwitchClosed extends Error {
  override readonly name = 'SwitchClosed';
}

export interface SwitchLine {
  /** The answer to an api command. @throws MediaError when it does not come */
  api(command: string): Promise<string>;
  /** Resolves with the first event of this call, of those that come from now on. */
  ended(callId: string): Promise<EslEvent>;
}

/** How a leg ended, and what its sound amounted to. */
const events = ['CHANNEL_HANGUP_COMPLETE'];

/**
 * Logs in, lets `use` ask, and leaves.
 * @throws SwitchClosed
 */
export async function withSwitch<Answer>(
  { host, port, secret }: ControlAddress,
  use: (line: SwitchLine) => Promise<Answer>,
): Promise<Answer> {
  const waiting = new Map<string, (event: EslEvent) => void>();
  let connection: EslConnection | undefined;
  const opened = new Promise<EslConnection>((resolve, reject) => {
    const made = (connection = new EslConnection({
      ...{ host, port, password: secret, events, clock: realClock() },
      listener: {
        opened: () => resolve(made),
        event: (event) => waiting.get(event.get('variable_sip_call_id') ?? '')?.(event),
        heard: () => undefined,
        closed: (why) => reject(new SwitchClosed(why)),
      },
    }));
    made.start();
  });
  try {
    const line = await opened;
    return await use({
      api: (command) => line.api(command),
      ended: (callId) => new Promise((resolve) => void waiting.set(callId, resolve)),
    });
  } finally {
    connection?.close();
  }
}
