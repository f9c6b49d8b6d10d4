// The calls of one client: who they are, what the server says to which, and which of them outlive a broken connection.

import { VertoDialog, type DialogCallbacks, type DialogOwner } from './dialog.ts';
import type { DialogParams } from './dialog-params.ts';
import { isRecord, stringOf, stringsOf, type Params } from './frames.ts';
import { defaultRecoverTimeoutMs } from './options.ts';

export interface CallsOutside extends Omit<DialogOwner, 'forget'> {
  callbacks(): DialogCallbacks;
}

export class Calls {
  readonly #outside: CallsOutside;
  readonly #owner: DialogOwner;
  /** By callID. The page may look, and does. */
  readonly dialogs: Record<string, VertoDialog> = {};
  /** Hung up here while there was no connection: the server is told when it brings them back. */
  readonly #untold = new Set<string>();

  constructor(outside: CallsOutside) {
    this.#outside = outside;
    this.#owner = {
      self: outside.self,
      get options() {
        return outside.options;
      },
      outside: outside.outside,
      ringer: outside.ringer,
      get online() {
        return outside.online;
      },
      call: (method, params) => outside.call(method, params),
      note: (level, what, details) => outside.note(level, what, details),
      forget: (dialog, untold) => {
        delete this.dialogs[dialog.callID];
        if (untold) this.#untold.add(dialog.callID);
      },
    };
  }

  begin(params: DialogParams, callbacks: DialogCallbacks): VertoDialog {
    return this.#add('outbound', params, { ...this.#outside.callbacks(), ...callbacks });
  }

  /** @returns false when this is about no call, known or new */
  handle(method: string, params: Params): boolean {
    const callID =
      stringOf(params.callID) ?? (method === 'verto.event' ? stringOf(params.eventChannel) : undefined);
    if (callID === undefined) return false;
    const known = this.dialogs[callID];
    if (known) known.handle(method, params);
    else if (method === 'verto.invite') this.#announced(callID, params);
    else if (method === 'verto.attach') this.#broughtBack(callID, params);
    else return false;
    return true;
  }

  connectionLost(): void {
    const { recoverTimeout = defaultRecoverTimeoutMs } = this.#outside.options;
    for (const dialog of this.all()) dialog.connectionLost(recoverTimeout);
  }

  /** The server is ready and names the calls it still has (`verto.clientReady`). */
  clientReady(params: Params): void {
    const theirs = stringsOf(params.reattached_sessions);
    for (const dialog of this.all()) dialog.connectionBack(theirs);
  }

  /** Those whose sound goes on, whatever became of the connection. */
  alive(): readonly string[] {
    return this.all().flatMap(({ callID, alive }) => (alive ? [callID] : []));
  }

  hangup(): void {
    for (const dialog of this.all()) dialog.hangup();
  }

  purge(): void {
    for (const dialog of this.all()) dialog.purge();
  }

  all(): readonly VertoDialog[] {
    return Object.values(this.dialogs);
  }

  #announced(callID: string, params: Params): void {
    if (this.#untold.has(callID)) return this.#decline(callID);
    this.#add('inbound', offered(callID, params), this.#outside.callbacks()).ring();
  }

  #broughtBack(callID: string, params: Params): void {
    if (this.#untold.has(callID)) return this.#decline(callID);
    void this.#add('inbound', offered(callID, params), this.#outside.callbacks()).attach(params);
  }

  #decline(callID: string): void {
    this.#untold.delete(callID);
    const params = { cause: 'NORMAL_CLEARING', causeCode: 16, dialogParams: { callID } };
    this.#outside
      .call('verto.bye', params)
      .catch((error: unknown) =>
        this.#outside.note('debug', 'a call hung up meanwhile is gone', { callID, error: String(error) }),
      );
  }

  #add(direction: 'inbound' | 'outbound', params: DialogParams, callbacks: DialogCallbacks): VertoDialog {
    const dialog = new VertoDialog(this.#owner, direction, params, callbacks);
    this.dialogs[dialog.callID] = dialog;
    return dialog;
  }
}

/** mod_verto tells by the description what the far side would like (video, two channels). */
function offered(callID: string, params: Params): DialogParams {
  const sdp = stringOf(params.sdp) ?? '';
  const userVariables = isRecord(params.userVariables) ? params.userVariables : undefined;
  const { userVariables: _asGiven, ...others } = params;
  return {
    ...others,
    callID,
    ...(userVariables && { userVariables }),
    ...(/^m=video /m.test(sdp) && { wantVideo: true }),
    ...(sdp.includes('stereo=1') && { useStereo: true }),
  };
}
