// A client with a phone: logged in, called or calling, and every state its calls go through.

import type { VertoDialog } from '../../src/dialog.ts';
import type { VertoOptions } from '../../src/options.ts';
import type { VertoCallbacks } from '../../src/verto.ts';
import { World, settle } from './world.ts';

/** A client that is logged in, and every state its calls go through. */
export async function phone(options: VertoOptions = {}, callbacks: VertoCallbacks = {}) {
  const world = new World();
  const states: string[] = [];
  const calls: VertoDialog[] = [];
  const verto = await world.online(
    { keepAlive: false, ...options },
    {
      onDialogState: (dialog) => {
        states.push(dialog.state.name);
        if (!calls.includes(dialog)) calls.push(dialog);
      },
      ...callbacks,
    },
  );
  return { world, verto, states, calls };
}
export type Phone = Awaited<ReturnType<typeof phone>>;

/** Calls out until the far side talks. */
export async function talking(options: VertoOptions = {}): Promise<Phone & { dialog: VertoDialog }> {
  const line = await phone(options);
  const dialog = line.verto.newCall({ destination_number: '3000' });
  if (!dialog) throw new Error('no call');
  await settle();
  await line.world.socket.answer('verto.invite', { message: 'CALL CREATED', callID: dialog.callID });
  await line.world.socket.request('verto.answer', { callID: dialog.callID, sdp: 'their-answer' });
  return { ...line, dialog };
}

export async function ringing(options: VertoOptions = {}): Promise<Phone & { dialog: VertoDialog }> {
  const line = await phone(options);
  await line.world.socket.request('verto.invite', {
    callID: 'c-1',
    sdp: 'their-offer',
    caller_id_name: 'Ada',
    caller_id_number: '4711',
  });
  const [dialog] = line.calls;
  if (!dialog) throw new Error('nothing rings');
  return { ...line, dialog };
}

export async function reconnected({ world }: Phone, reattached: readonly string[] = []): Promise<void> {
  await world.socket.drop();
  await world.pass(1_000);
  await world.socket.letIn();
  await world.socket.request('verto.clientReady', { reattached_sessions: reattached });
}
