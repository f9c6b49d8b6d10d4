// `node scripts/configure.mjs`: makes what docker-compose.yml needs before its first start: `.env` with a secret for each door, and
// Janus' own copy of its two. What is there already is kept, so that it may be run again after an update. Plain Node: there may be
// nothing installed yet.

import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Every one is generated; none has a default anywhere. */
export const secretNames = [
  'ADMIN_PASSWORD',
  'POSTGRES_PASSWORD',
  'DRACHTIO_SECRET',
  'ESL_PASSWORD',
  'JANUS_API_SECRET',
  'JANUS_ADMIN_SECRET',
  'JANUS_ROOM_KEY',
  'JANUS_OWNERSHIP_KEY',
  'REDIS_PASSWORD',
  'TURN_SECRET',
];

/** What an operator may set, with what it is for. */
export const choices = {
  HTTP_ADDRESS: 'Where pages and the API listen; behind a reverse proxy on this machine: leave it',
  HTTP_PORT: '',
  PUBLIC_URL: 'What links carry, for example https://calls.example.org',
  SIP_ADDRESS: "Where phones and trunks reach the SIP server: an address of this machine's",
  MEDIA_ADDRESS: 'What SDP carries: the same, or the public address in front of it',
  TURN_ADDRESS: 'With --profile turn: where the relay listens',
  TURN_URL: 'and how browsers reach it, with TURN_SECRET in it: turn://:secret@calls.example.org:3478',
  REDIS_URL: 'Kept for several nodes, with --profile nodes: redis://:REDIS_PASSWORD@127.0.0.1:6379',
  RECORDING_DAYS: '',
  TRUNKING_FILE: 'A path inside of the container, such as /data/trunking.json',
  FLOWS_FILE: 'The same for call flows',
  DEMO: '1: with demo queues, agents and a supervisor',
  LOG_LEVEL: '',
};

/** Letters, digits, `-` and `_`: good in a URL, in XML and in Janus' files. */
const secret = () => randomBytes(32).toString('base64url');

/**
 * The text of `.env`: what there was, and behind it what was missing.
 * @param {string} before the file as it is; empty when there is none
 * @param {() => string} make a fresh secret
 */
export function environmentFile(before, make = secret) {
  const known = new Set([...before.matchAll(/^[#\s]*([A-Z][A-Z_]*)=/gm)].map(([, name]) => name));
  const missing = secretNames.filter((name) => !known.has(name)).map((name) => `${name}=${make()}`);
  const offered = Object.entries(choices)
    .filter(([name]) => !known.has(name))
    .map(([name, what]) => `${what && `# ${what}\n`}#${name}=`);
  const lines = [before.trimEnd(), ...missing, ...(offered.length > 0 ? ['', ...offered] : [])];
  return `${lines.join('\n').trim()}\n`;
}

/** Janus' secrets as gateway/janus/secrets.ts reads them. */
export function janusSecrets(environment) {
  const valueOf = (name) => new RegExp(`^${name}=(.*)$`, 'm').exec(environment)?.[1] ?? '';
  return JSON.stringify({
    apiSecret: valueOf('JANUS_API_SECRET'),
    adminSecret: valueOf('JANUS_ADMIN_SECRET'),
    roomKey: valueOf('JANUS_ROOM_KEY'),
    ownershipKey: valueOf('JANUS_OWNERSHIP_KEY'),
  });
}

/** @param {string} folder of docker-compose.yml */
export function configure(folder) {
  const file = path.join(folder, '.env');
  const text = environmentFile(existsSync(file) ? readFileSync(file, 'utf8') : '');
  writePrivately(file, text);
  const secrets = path.join(folder, 'secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  const janus = path.join(secrets, 'janus.json');
  writePrivately(janus, janusSecrets(text));
  if (process.getuid?.() === 0)
    for (const each of [secrets, janus]) chownSync(each, containerUser, containerUser);
}

/** `node` in the images of the same name. */
const containerUser = 1000;

function writePrivately(file, text) {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(import.meta.dirname, '..');
  configure(root);
  process.stdout.write(
    `.env and secrets/janus.json are there. Set the addresses in .env, then: docker compose up -d --build\n` +
      (process.getuid?.() === 0 || process.getuid?.() === containerUser
        ? ''
        : `secrets/ must be readable by user ${containerUser}: sudo chown -R ${containerUser} secrets\n`),
  );
}
