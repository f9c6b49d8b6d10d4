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
}

const demoAgents = ['1001', '1002', '1003'];

export function readyMessage({ url, auth, seeded, demoPassword, sip }: ReadyParts): Ready {
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
      transports: ['UDP', 'TCP'],
      realm: sipRealm,
      users: seeded.demo ? demoAgents.map((user) => ({ user, password: demoPassword })) : [],
    },
  };
}
