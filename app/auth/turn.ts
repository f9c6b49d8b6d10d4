// Credentials for a TURN server that shares a secret with us: good for a while, for one person, checked by the server without
// asking anybody (draft-uberti-behave-turn-rest-00; coturn's `use-auth-secret`).

import { createHmac } from 'node:crypto';

export interface TurnServer {
  readonly scheme: 'turn' | 'turns';
  readonly host: string;
  readonly port: number;
  /** coturn's `static-auth-secret`. */
  readonly secret: string;
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

/** As long as a customer's session token: a relayed call must not lose its relay in the middle. */
export const turnCredentialsMs = 6 * 60 * 60_000;

/**
 * What a browser needs to know of these servers.
 * @param person who will use them; shows up in the TURN server's log
 * @param now epoch milliseconds
 */
export const iceServersFor = (servers: readonly TurnServer[], person: string, now: number): IceServer[] =>
  servers.map(({ scheme, host, port, secret }) => {
    const username = `${Math.floor((now + turnCredentialsMs) / 1000)}:${person}`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    const address = `${scheme}:${host}:${port}`;
    // UDP first; TCP for networks that let nothing else out. TLS is TCP anyway (RFC 7065 section 3.1).
    const urls = scheme === 'turn' ? [`${address}?transport=udp`, `${address}?transport=tcp`] : [address];
    return { urls, username, credential };
  });
