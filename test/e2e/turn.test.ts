// A real coturn takes the credentials we hand to browsers, relays with them, and takes no others.

import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iceServersFor } from '../../app/auth/turn.ts';
import { coturn, type Coturn } from '../support/coturn.ts';

let server: Coturn;
beforeAll(async () => {
  server = await coturn();
});
afterAll(() => server.stop());

/** Sends two packets to itself through the relay; resolves with what turnutils_uclient said, and whether it got through. */
const relay = (username: string, credential: string): Promise<{ through: boolean; said: string }> =>
  new Promise((resolve) => {
    const args = ['-u', username, '-w', credential, '-n', '2', '-m', '1', '-y', '-e', '127.0.0.1'];
    execFile(
      'turnutils_uclient',
      [...args, '-p', String(server.port), '127.0.0.1'],
      { timeout: 30_000 },
      (error, out, err) => {
        const said = out + err;
        resolve({ through: error === null && /Total lost packets 0 /.test(said), said });
      },
    );
  });

const credentialsAt = (now: number) => {
  const { port, secret } = server;
  const [ice] = iceServersFor([{ scheme: 'turn', host: '127.0.0.1', port, secret }], '1001', now);
  if (!ice) throw new Error('no server');
  return ice;
};

/** Of the same form, and certainly another. */
const spoilt = (credential: string): string =>
  `${credential.startsWith('A') ? 'B' : 'A'}${credential.slice(1)}`;

it('relays with the credentials a browser gets', async () => {
  const { username, credential } = credentialsAt(Date.now());
  const { through, said } = await relay(username, credential);
  expect(through, said).toBe(true);
});

it('refuses them when their time is over, and with another name or another secret', async () => {
  const fresh = credentialsAt(Date.now());
  const old = credentialsAt(Date.now() - 24 * 60 * 60_000);
  const attempts = [
    [old.username, old.credential],
    [fresh.username.replace('1001', '1002'), fresh.credential],
    [fresh.username, spoilt(fresh.credential)],
  ] as const;
  for (const [username, credential] of attempts) {
    const { through, said } = await relay(username, credential);
    expect(through).toBe(false);
    expect(said).toMatch(/Cannot complete Allocation/);
  }
});
