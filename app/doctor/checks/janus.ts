// Janus: reached, with our secret, and with what browsers' calls need.

import { WebSocket } from 'ws';
import { z } from 'zod';
import type { JanusAddress } from '../../config.ts';
import { parseJson } from '../../json.ts';
import type { Check } from '../examine.ts';
import { well, wrong, type Finding } from '../finding.ts';

const replyMs = 4_000;
const neededPlugins = ['janus.plugin.sip', 'janus.plugin.videoroom'];

const infoSchema = z.object({
  version_string: z.string(),
  plugins: z.record(z.string(), z.unknown()).default({}),
});
const tagged = z.object({ transaction: z.string() });
const replySchema = z.object({
  janus: z.string(),
  error: z.object({ reason: z.string() }).optional(),
  data: z.object({ id: z.number() }).optional(),
});

export const janus: Check = {
  name: 'janus',
  needsRunning: true,
  look: async ({ janus: address }) => (address ? judgeJanus(address) : []),
};

const look = 'See data/log/janus.log, and CORDBOARD_JANUS_URL if it is one of your own.';

async function judgeJanus(address: JanusAddress): Promise<Finding[]> {
  const answers = await conversation(address);
  if (typeof answers === 'string')
    return [wrong('janus.silent', `Janus at ${address.url}: ${answers}.`, look)];
  const [about, made] = answers;
  const info = infoSchema.safeParse(about).data;
  const reply = replySchema.safeParse(made).data;
  if (reply?.janus !== 'success') {
    const why = reply?.error?.reason ?? 'no answer';
    const todo = 'Put the api_secret of janus.jcfg into CORDBOARD_JANUS_URL (ws://:secret@host:8188).';
    return [wrong('janus.secret', `Janus at ${address.url} makes no session for us: ${why}.`, todo)];
  }
  const missing = neededPlugins.filter((name) => info && !(name in info.plugins));
  if (missing.length > 0) {
    const todo = 'Enable them in janus.jcfg (plugins); browsers cannot call without.';
    return [wrong('janus.plugins', `Janus lacks ${missing.join(' and ')}.`, todo)];
  }
  return [
    well(
      'janus.well',
      `Janus ${info?.version_string ?? 'of unknown version'} takes our secret and has its SIP plugin.`,
    ),
  ];
}

/** What it says of itself, and to a session asked for; the session ends with the connection. Or why there was no talking. */
function conversation({ url, apiSecret }: JanusAddress): Promise<readonly [unknown, unknown] | string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'janus-protocol', { handshakeTimeout: replyMs });
    const replies = new Map<string, unknown>();
    const end = (outcome: readonly [unknown, unknown] | string): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(`no answer within ${replyMs / 1_000} s`), replyMs);
    const secret = apiSecret === undefined ? {} : { apisecret: apiSecret };
    const say = (janus: string, more: object = {}): void =>
      socket.send(JSON.stringify({ janus, transaction: `doctor-${janus}`, ...secret, ...more }));
    socket.on('open', () => ['info', 'create'].forEach((request) => say(request)));
    socket.on('message', (data) => {
      const reply = parseJson((data as Buffer).toString());
      const { transaction } = tagged.safeParse(reply).data ?? { transaction: '' };
      replies.set(transaction, reply);
      const made = replies.get('doctor-create');
      if (!replies.has('doctor-info') || made === undefined) return;
      const id = replySchema.safeParse(made).data?.data?.id;
      if (id === undefined || transaction === 'doctor-destroy') end([replies.get('doctor-info'), made]);
      else say('destroy', { session_id: id });
    });
    socket.on('error', (error) => end(error.message));
  });
}
