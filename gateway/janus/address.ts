// Where Janus is, from one URL: `ws://127.0.0.1:8188?admin=7188` for our own child (its secrets are in the data folder), or
// `ws://:<api secret>@host:8188?admin=7188&admin_secret=…` for one that somebody else runs.

import type { JanusAddress } from './connection.ts';
import type { JanusSecrets } from './secrets.ts';

/** @param url CORDBOARD_JANUS_URL, already known to be a ws: or wss: URL */
export function janusAddress(
  url: string,
  secrets: Pick<JanusSecrets, 'apiSecret' | 'adminSecret'>,
): JanusAddress & { readonly apiSecret: string } {
  const given = new URL(url);
  const adminPort = given.searchParams.get('admin');
  const adminSecret = given.searchParams.get('admin_secret') ?? secrets.adminSecret;
  const apiSecret = given.password === '' ? secrets.apiSecret : decodeURIComponent(given.password);
  return {
    url: `${given.protocol}//${given.host}`,
    apiSecret,
    ...(adminPort !== null && {
      admin: { url: `${given.protocol}//${given.hostname}:${adminPort}`, secret: adminSecret },
    }),
  };
}
