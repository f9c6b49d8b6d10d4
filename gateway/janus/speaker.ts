// Who sits at a browser's end of the proxy, and what the proxy writes into requests on her behalf.

import type { Owner } from './ownership.ts';

export interface CustomerSpeaker {
  readonly role: 'customer';
  readonly sessionId: string;
  /** The queue her link allows, and the only thing she can call. */
  readonly queueId: string;
  readonly displayName?: string;
  /** A fresh ticket for one INVITE; undefined when her session may not call (any more). */
  callTicket(): string | undefined;
}

/** An agent or a supervisor, whose browser is a phone of hers. */
export interface StaffSpeaker {
  readonly role: 'staff';
  readonly name: string;
  /** The registration of her browser: never sent to the page. */
  readonly sip: { readonly username: string; readonly password: string };
}

export type Speaker = CustomerSpeaker | StaffSpeaker;

export const ownerOf = (speaker: Speaker): Owner =>
  speaker.role === 'customer' ? `customer:${speaker.sessionId}` : `staff:${speaker.name}`;

/** Where calls and registrations go. */
export interface Edge {
  /** Host (and port) of the SIP edge as Janus reaches it, `127.0.0.1:5060`. */
  readonly host: string;
}

/** Body of `register` for the SIP plugin, whatever the page wrote. */
export function registration(speaker: Speaker, edge: Edge): Record<string, unknown> {
  if (speaker.role === 'customer') {
    const name = displayName(speaker.displayName);
    // Each guest needs a name of her own: the plugin files its sessions by it.
    const user = `web-${speaker.sessionId.replace(/[^A-Za-z0-9]/g, '').slice(0, 12)}`;
    const body = {
      request: 'register',
      type: 'guest',
      username: `sip:${user}@${edge.host}`,
      force_udp: true,
    };
    return name === '' ? body : { ...body, display_name: name };
  }
  const { username, password } = speaker.sip;
  return {
    request: 'register',
    username: `sip:${username}@${edge.host}`,
    authuser: username,
    secret: password,
    proxy: `sip:${edge.host}`,
    force_udp: true,
  };
}

/** Body of `call`: her queue, with a ticket the edge verifies. Undefined when she may not call now. */
export function invitation(speaker: CustomerSpeaker, edge: Edge): Record<string, unknown> | undefined {
  const ticket = speaker.callTicket();
  if (ticket === undefined) return undefined;
  return {
    request: 'call',
    uri: `sip:queue-${speaker.queueId}@${edge.host}`,
    headers: { 'X-Cordboard-Ticket': ticket },
  };
}

/** The plugin puts the name between quotes without escaping: letters, digits and what is harmless between quotes. */
const displayName = (name = ''): string =>
  name
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} .,'-]/gu, '')
    .trim()
    .slice(0, 80);
