// What the control plane tells its supervisor once every part is up: where things are, and with which demo accounts.

import type { Auth } from './auth/auth.ts';
import { sipRealm } from '../db/directory.ts';
import type { Seeded } from '../db/seeds.ts';
import type { Ready } from './supervisor/banner.ts';

interface ReadyParts {
  readonly url: string;
  readonly auth: Auth;
  readonly seeded: Seeded;
  readonly demoPassword: string;
  readonly sip: { readonly host: string; readonly port: number };
  /** What the SIP server says it listens on, as `tls/127.0.0.1:5061`. */
  readonly listening: readonly string[];
}

const demoAgents = ['1001', '1002', '1003'];
/** The supervisor's phone, for listening in, has her user name. */
const demoPhones = [...demoAgents, 'supervisor'];

/** As one looks for them; the server names them in the order of the alphabet. */
const order = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];

/** `UDP`, `TCP`, and with its port what is at another than the others: `TLS 5061`. */
function transportsOf(listening: readonly string[], mainPort: number): string[] {
  const ways = listening.map((text) => {
    const [, protocol = '', port = ''] = /^(\w+)\/.*:(\d+)$/.exec(text) ?? [];
    return { transport: protocol.toUpperCase(), port: Number(port) };
  });
  ways.sort((a, b) => order.indexOf(a.transport) - order.indexOf(b.transport));
  const named = ways.map(({ transport, port }) => (port === mainPort ? transport : `${transport} ${port}`));
  return [...new Set(named)];
}

export function readyMessage({ url, auth, seeded, demoPassword, sip, listening }: ReadyParts): Ready {
  const logins: Ready['logins'] = [];
  if (seeded.demo) {
    for (const username of demoAgents) logins.push({ username, role: 'agent', password: demoPassword });
    logins.push({ username: 'supervisor', role: 'supervisor', password: demoPassword });
  }
  if (seeded.newAdminPassword !== undefined) {
    logins.push({ username: 'admin', role: 'admin', password: seeded.newAdminPassword });
  }
  return {
    kind: 'ready',
    url,
    ...(seeded.demo && { customerLink: `${url}/c/${auth.makeLink({ queueId: 'default' })}` }),
    logins,
    sip: {
      server: `${sip.host}:${sip.port}`,
      transports: transportsOf(listening, sip.port),
      realm: sipRealm,
      users: seeded.demo ? demoPhones.map((user) => ({ user, password: demoPassword })) : [],
    },
  };
}
