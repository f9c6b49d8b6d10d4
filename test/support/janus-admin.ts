// Asks Janus itself, over its admin API, what it holds.

import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { within } from './until.ts';

/**
 * Sessions and handles there are now, those that wait to be claimed again included.
 * @param url as CORDBOARD_JANUS_URL has it, with `admin` and `admin_secret`
 */
export async function janusHolds(url: string): Promise<{ sessions: number; handles: number }> {
  const { searchParams } = new URL(url);
  const socket = new WebSocket(`ws://${searchParams.get('admin')}`, 'janus-admin-protocol');
  const admin_secret = searchParams.get('admin_secret') ?? '';
  const ask = (request: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const transaction = randomUUID();
    const answer = new Promise<Record<string, unknown>>((resolve) => {
      const listen = (data: Buffer): void => {
        const message = JSON.parse(data.toString()) as Record<string, unknown>;
        if (message['transaction'] !== transaction) return;
        socket.off('message', listen);
        resolve(message);
      };
      socket.on('message', listen);
    });
    socket.send(JSON.stringify({ ...request, transaction, admin_secret }));
    return within('Janus answers', answer, 20_000);
  };
  try {
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const { sessions } = (await ask({ janus: 'list_sessions' })) as { sessions: number[] };
    const handles = await Promise.all(
      sessions.map(async (session_id) => {
        const { handles: own = [] } = (await ask({ janus: 'list_handles', session_id })) as {
          handles?: number[];
        };
        return own.length;
      }),
    );
    return { sessions: sessions.length, handles: handles.reduce((sum, count) => sum + count, 0) };
  } finally {
    socket.terminate();
  }
}
