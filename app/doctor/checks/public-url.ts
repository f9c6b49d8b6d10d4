// The public URL, as a customer's browser goes: readiness, time, and whether WebSockets pass the proxy before us.

import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { z } from 'zod';
import { parseJson } from '../../json.ts';
import type { Check } from '../examine.ts';
import { note, well, wrong, type Finding } from '../finding.ts';
import { httpAddress } from '../installation.ts';
import { judgeSkew } from './clock.ts';

const answerMs = 8_000;
const readySchema = z.object({ down: z.array(z.string()) });

export const publicUrl: Check = {
  name: 'public',
  needsRunning: true,
  look: async ({ config, now }) => judgeUrl(config.publicUrl ?? httpAddress(config), now),
};

/** @param url without a slash at its end */
async function judgeUrl(url: string, now: () => number): Promise<Finding[]> {
  const asked = now();
  const ready = await get(`${url}/health/ready`);
  if (typeof ready === 'string') return [unreached(url, ready)];
  const body = readySchema.safeParse(parseJson(ready.body)).data;
  if (!body) return [stranger(url, ready.status)];
  const { down } = body;
  return [
    down.length === 0
      ? well('public.ready', `${url} is reached, and every part is up.`)
      : wrong(
          'public.ready',
          `${url} is reached, and says that ${down.join(' and ')} ${down.length === 1 ? 'is' : 'are'} not up.`,
          'See what is said of that part here, and its log in data/log.',
        ),
    ...dateOf(ready, { asked, answered: now() }),
    await judgeWebSocket(url),
  ];
}

const unreached = (url: string, why: string): Finding =>
  wrong(
    'public.unreached',
    `${url} is not reached: ${why}.`,
    /certificate|self.signed|issuer/i.test(why)
      ? 'Have the proxy show a certificate (with its chain) that browsers believe, for that name.'
      : 'Look at the proxy, the name (DNS), and CORDBOARD_PUBLIC_URL; from inside, some networks cannot reach their own public address.',
  );

const stranger = (url: string, status: number): Finding =>
  wrong(
    'public.stranger',
    `${url}/health/ready is answered ${status} by something that is not Cordboard.`,
    'Let the proxy pass every path on to CORDBOARD_HOST:CORDBOARD_PORT, without rewriting it.',
  );

/** HTTP Date has whole seconds. */
function dateOf({ date }: Answer, { asked, answered }: { asked: number; answered: number }): Finding[] {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [];
  const reading = {
    theirs: theirs + 500,
    ours: (asked + answered) / 2,
    roughMs: 500 + (answered - asked) / 2,
  };
  return [judgeSkew('public.clock', 'the public URL', reading)];
}

/** Socket.IO's handshake, as the customer's page does it: from a page of that very origin. */
async function judgeWebSocket(url: string): Promise<Finding> {
  const { origin } = new URL(url);
  const status = await upgrade(`${url}/socket.io/?EIO=4&transport=websocket`, origin);
  if (status === 101) return well('public.websocket', 'WebSockets pass, with pages of that origin.');
  // Over a WebSocket the reason for a refusal gets lost; the same question over HTTP has it.
  const polled = await get(`${url}/socket.io/?EIO=4&transport=polling`, { Origin: origin });
  if (typeof polled !== 'string' && polled.status === 403)
    return wrong(
      'public.origin',
      `Cordboard refuses pages of ${origin}.`,
      'Set CORDBOARD_PUBLIC_URL to what people have in their address bar; pages elsewhere go into CORDBOARD_ORIGINS.',
    );
  if (typeof status === 'string')
    return note('public.websocket', `Whether WebSockets pass could not be told: ${status}.`, 'Run it again.');
  return wrong(
    'public.websocket',
    `WebSockets do not pass: the upgrade is answered ${status} instead of 101.`,
    'Have the proxy hand on “Upgrade” and “Connection” with HTTP/1.1 (nginx: proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade, Connection "upgrade").',
  );
}

interface Answer {
  readonly status: number;
  readonly date: string | undefined;
  readonly body: string;
}

const requestTo = (url: string) => (url.startsWith('https:') ? requestHttps : requestHttp);

/** The answer, or why there was none. */
function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer | string> {
  return new Promise((resolve) => {
    const request = requestTo(url)(url, { agent: false, headers, timeout: answerMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve(error.message));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          date: response.headers.date,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${answerMs / 1_000} s`)));
    request.on('error', (error) => resolve(error.message));
    request.end();
  });
}

/** The status an upgrade is answered with, or why there was none. */
function upgrade(url: string, origin: string): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'Y29yZGJvYXJkLWRvY3Rvcg==',
      Origin: origin,
    };
    const request = requestTo(url)(url, { agent: false, headers, timeout: answerMs });
    const settle = (answer: IncomingMessage): void => {
      resolve(answer.statusCode ?? 0);
      request.destroy();
    };
    request.on('upgrade', settle);
    request.on('response', settle);
    request.on('timeout', () => request.destroy(new Error(`no answer within ${answerMs / 1_000} s`)));
    request.on('error', (error) => resolve(error.message));
    request.end();
  });
}
