// TURN: the servers of the settings take the credentials browsers get, and relay.

import type { TurnServer } from '../../auth/turn.ts';
import type { Check } from '../examine.ts';
import { note, well, wrong, type Finding } from '../finding.ts';
import { isLoopback } from '../sockets.ts';
import { tryTurn, TurnRefusal } from '../turn-client.ts';

export const turn: Check = {
  name: 'turn',
  look: async ({ config, now }) => Promise.all(config.turn.map((server) => judgeTurn(server, now()))),
};

const privateNetwork = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/;

export async function judgeTurn(server: TurnServer, now: number): Promise<Finding> {
  const where = `${server.scheme}:${server.host}:${server.port}`;
  try {
    const { relay, passes } = await tryTurn(server, now);
    const at = `${relay.host}:${relay.port}`;
    const isInside = privateNetwork.test(relay.host) || isLoopback(relay.host);
    if (!passes) {
      const todo = 'Open its relay ports (min-port to max-port) to UDP in the firewall; check external-ip.';
      return wrong('turn.relay', `${where} gives us ${at}, but nothing sent there comes through.`, todo);
    }
    if (isInside && !isLoopback(server.host)) {
      const todo = 'Set external-ip in its configuration if browsers are on the internet.';
      return note('turn.private', `${where} relays at ${at}, an address of a private network.`, todo);
    }
    return well('turn.well', `${where} takes our credentials and relays (at ${at}).`);
  } catch (error) {
    if (!(error instanceof TurnRefusal)) throw error;
    return refusal(where, error);
  }
}

function refusal(where: string, { reason, message }: TurnRefusal): Finding {
  switch (reason) {
    case 'silent':
      return wrong(
        'turn.silent',
        `${where}: ${message}.`,
        'Start it, open its port in the firewall, or correct CORDBOARD_TURN_URL.',
      );
    case 'credentials':
      return wrong(
        'turn.secret',
        `${where} refuses our credentials (${message}).`,
        'Put its static-auth-secret into CORDBOARD_TURN_URL; if it is there, compare the two machines’ clocks.',
      );
    case 'allocation':
      return wrong(
        'turn.allocation',
        `${where} gives us no relay (${message}).`,
        'Turn on use-auth-secret and lt-cred-mech in its configuration, and look at its quotas.',
      );
    case 'permission':
      return note(
        'turn.permission',
        `${where} takes our credentials, but would not relay to this machine (${message}): relaying was not tried.`,
        'Right if it denies addresses of this network on purpose; browsers elsewhere are not concerned.',
      );
  }
}
