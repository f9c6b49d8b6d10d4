// The SIP edge from a phone's side: every way in, a registration with the check account; and from ours: the server's control port.

import { connect } from 'node:net';
import { checkPhone } from '../../check-phone.ts';
import type { Config, ControlAddress } from '../../config.ts';
import type { Check } from '../examine.ts';
import { note, well, wrong, type Finding } from '../finding.ts';
import { reachable, type Installation } from '../installation.ts';
import { DoctorPhone, Unanswered } from '../phone.ts';
import { ask, NoAnswer, type Way } from '../sip-wire.ts';

/** The ways the settings open; beside drachtio-server its own settings decide over TLS and WebSockets. */
function waysIn({ sip, sipTransports, drachtio }: Config): readonly Way[] {
  const host = reachable(sip.host);
  const always = (['udp', 'tcp'] as const).map((protocol) => ({ protocol, host, port: sip.port }));
  if (drachtio) return always;
  const more = (['tls', 'ws', 'wss'] as const).flatMap((protocol) => {
    const port = sipTransports[protocol];
    return port === undefined ? [] : [{ protocol, host, port }];
  });
  return [...always, ...more];
}

const nameOf = ({ protocol, host, port }: Way): string => `${protocol.toUpperCase()} ${host}:${port}`;

export const sipWays: Check = {
  name: 'sip',
  needsRunning: true,
  look: async ({ config }) => (await Promise.all(waysIn(config).map(judgeWay))).flat(),
};

/** OPTIONS is answered, REGISTER challenged: the way leads to an edge with a control plane behind it. */
export async function judgeWay(way: Way): Promise<Finding[]> {
  try {
    const options = await ask(way, 'OPTIONS');
    if (options.status !== 200) return [unfit(way, 'OPTIONS', options.status, 200)];
    const headers = { Contact: `<sip:${checkPhone}@doctor.invalid>`, Expires: '60' };
    const register = await ask(way, 'REGISTER', { user: checkPhone, headers });
    if (register.status !== 401) return [unfit(way, 'REGISTER', register.status, 401)];
    return [well('sip.way', `${nameOf(way)} answers OPTIONS and asks who registers for a password.`)];
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    const todo =
      'Look at data/log/telephony.log (or drachtio-server), the address in the settings, and firewalls between.';
    return [wrong('sip.silent', `SIP over ${nameOf(way)}: ${error.message}.`, todo)];
  }
}

const unfit = (way: Way, method: string, status: number, expected: number): Finding => {
  const seen = `${method} over ${nameOf(way)} is answered ${status}; ${expected} was expected.`;
  if (status === 403)
    return wrong(
      'sip.banned',
      seen,
      'This address is banned at the edge: wait, or name it in CORDBOARD_SIP_TRUSTED.',
    );
  const isAlone = status === 503 || status === 480;
  return wrong(
    'sip.answer',
    seen,
    isAlone
      ? 'The SIP server runs without its control plane: see data/log/cordboard.log.'
      : 'Another program than Cordboard’s edge seems to answer there: see which one holds the port.',
  );
};

export const sipAccount: Check = {
  name: 'register',
  needsRunning: true,
  look: async (installation) => [await judgeAccount(installation)],
};

async function judgeAccount({ config, checkPassword }: Installation): Promise<Finding> {
  if (checkPassword === undefined)
    return note('register.account', 'No check account: this Cordboard was never started with this version.');
  const { host, port } = config.sip;
  const phone = await DoctorPhone.open(
    { host: reachable(host), port },
    { user: checkPhone, password: checkPassword },
  );
  try {
    const answer = await phone.register(60);
    await phone.register(0);
    const bound = answer.headers.list('Contact').length;
    return well('register.well', `A phone registers (${bound} contact) and takes its registration back.`);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    return wrong('register.refused', `A phone cannot register: ${error.message}.`, todoAfter(error.status));
  } finally {
    await phone.close();
  }
}

export function todoAfter(status: number | undefined): string {
  if (status === undefined) return 'See what is said of the ways in above; nothing came back over UDP.';
  if (status === 401 || status === 407)
    return 'The password in data/secrets/check-phone is not the one Cordboard runs with: start it again.';
  if (status === 403)
    return 'The edge turns this address away: wait for the ban to end, or CORDBOARD_SIP_TRUSTED.';
  if (status === 503)
    return 'No media switch is well, or no control plane is there: see what is said of them.';
  return 'See data/log/cordboard.log for why the edge answered so.';
}

export const sipServer: Check = {
  name: 'drachtio',
  needsRunning: true,
  look: async ({ sipServer: server }) => (server ? [await judgeControl(server)] : []),
};

const controlMs = 4_000;

/** The secret is right, the version is one we know how to speak to. */
export async function judgeControl(server: ControlAddress): Promise<Finding> {
  const where = `the SIP server's control port ${server.host}:${server.port}`;
  const said = await authenticate(server);
  if ('silent' in said) {
    const todo =
      'Start it, or correct CORDBOARD_DRACHTIO_URL; the port is only for the control plane’s machine.';
    return wrong('drachtio.silent', `No answer at ${where}: ${said.silent}.`, todo);
  }
  if (said.fields[0] !== 'OK') {
    const todo = 'Put the secret of drachtio-server’s configuration (admin) into CORDBOARD_DRACHTIO_URL.';
    return wrong('drachtio.secret', `${where} refuses our secret (${said.fields.join(' ')}).`, todo);
  }
  return well('drachtio.well', `The secret is right at ${where}, version ${said.fields[2] ?? 'unknown'}.`);
}

/** `<bytes>#<id>|authenticate|<secret>|<tags>`, answered `<bytes>#<id>|response|<id>|OK|<addresses>|<version>|…`. */
function authenticate(server: ControlAddress): Promise<{ fields: string[] } | { silent: string }> {
  return new Promise((resolve) => {
    const payload = `doctor|authenticate|${server.secret}|`;
    const socket = connect({ host: server.host, port: server.port }, () =>
      socket.write(`${Buffer.byteLength(payload)}#${payload}`),
    );
    let heard = '';
    socket.setTimeout(controlMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      const [, length, rest = ''] = /^(\d+)#(.*)$/s.exec(heard) ?? [];
      if (length === undefined || Buffer.byteLength(rest) < Number(length)) return;
      resolve({ fields: rest.slice(0, Number(length)).trim().split('|').slice(3) });
      socket.destroy();
    });
    socket.on('error', (error) => resolve({ silent: error.message }));
    socket.on('close', () =>
      resolve({ silent: heard === '' ? 'it says nothing' : 'it speaks another protocol' }),
    );
  });
}
