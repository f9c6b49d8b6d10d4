// A person's browser as a phone: her line at the gateway, the one call on it, and the page it is shown on.
//
//   call   (incoming) ringing ──answer──▶ active ──bye──▶ none        (outgoing) trying ──183──▶ early ──200──▶ active
//
// A page that vanishes leaves its call here for a while; the page that comes back under the same session id is told of it. Its peer
// connection is gone with it: when the floor calls her again in the same conversation, the offer comes as verto.attach, under the old id.

import type { BrowserLine, LineSignal, OpenLine, ResumeLine } from '../../ports/browser-lines.ts';
import type { Known } from './client.ts';
import { causeOf } from './hang-up-causes.ts';

export interface Dialog {
  readonly callID: string;
  readonly direction: 'inbound' | 'outbound';
  state: 'ringing' | 'trying' | 'early' | 'active';
  /** The far side's description went to the page already. */
  described: boolean;
  /** Their offer, kept for a page that is on its way back. */
  readonly offer?: string;
  readonly attach: boolean;
}

/** Whom an incoming call is from, as the person may see it. */
export interface Incoming {
  readonly callID: string;
  readonly name: string;
  readonly number: string;
}

export interface DeskOptions {
  /** Her name in addresses: `browser-<name>`. */
  readonly name: string;
  readonly openLine: OpenLine;
  readonly resumeLine: ResumeLine;
  readonly nextId: () => number;
  /** Which call of hers rings now. */
  readonly incoming: () => Incoming;
  /** Is she in this conversation still, although her leg ended? */
  readonly expected: (callID: string) => boolean;
  readonly onIdle: () => void;
  readonly graceMs: number;
}

const retryMs = [1_000, 2_000, 5_000, 10_000] as const;

export class MediaDesk {
  client: Known | undefined;
  /** Under which her page may come back. */
  sessid: string | undefined;
  dialog: Dialog | undefined;
  readonly #options: DeskOptions;
  #line: BrowserLine | undefined;
  #opening: Promise<BrowserLine> | undefined;
  /** The call whose media ended while its page was away. */
  #interrupted: string | undefined;
  #grace: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** The page takes her calls from now on. @throws LineError */
  async register(client: Known): Promise<BrowserLine> {
    this.client = client;
    this.sessid = client.sessid;
    clearTimeout(this.#grace);
    return this.line();
  }

  /** @throws LineError */
  async line(): Promise<BrowserLine> {
    if (this.#line) return this.#line;
    const { name, openLine } = this.#options;
    this.#opening ??= openLine(name, (signal) => this.#hear(signal)).finally(() => {
      this.#opening = undefined;
    });
    this.#line = await this.#opening;
    this.#failures = 0;
    return this.#line;
  }

  /**
   * Her page is in a call on a line that an earlier control plane held: its sound has never stopped.
   * @param callID as the page knows it
   * @returns whether it is there still
   */
  async takeUp(client: Known, callID: string): Promise<boolean> {
    this.client = client;
    this.sessid = client.sessid;
    const { name, resumeLine } = this.#options;
    const line = await resumeLine(name, (signal) => this.#hear(signal));
    if (!line) return false;
    this.#line = line;
    this.dialog = { callID, direction: 'inbound', state: 'active', described: true, attach: false };
    if (this.#closed) line.close();
    return true;
  }

  /** Calls a page that comes back may go on with. */
  get standing(): readonly string[] {
    const callID = this.dialog?.callID ?? this.#interrupted;
    return callID === undefined ? [] : [callID];
  }

  /** The socket is gone without a word. */
  detach(client: Known): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.#grace = setTimeout(() => this.close(), this.#options.graceMs);
  }

  /** The same session on another socket. */
  comeBack(client: Known): void {
    clearTimeout(this.#grace);
    this.client = client;
  }

  /** What waited for the page: said after clientReady. */
  resume(): void {
    const { dialog } = this;
    if (dialog?.offer !== undefined && dialog.state === 'ringing') this.#offer(dialog, dialog.offer);
  }

  begin(dialog: Dialog): void {
    this.dialog = dialog;
  }

  /** Our own end of a call: the page knows. */
  forget(): void {
    this.dialog = undefined;
    this.#interrupted = undefined;
  }

  tell(method: string, params: object): void {
    this.client?.request(this.#options.nextId(), method, params);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#grace);
    clearTimeout(this.#retry);
    if (this.dialog) this.#bye(this.dialog, 200);
    void this.#opening?.then(
      (line) => line.close(),
      () => undefined,
    );
    this.#line?.close();
    this.#options.onIdle();
  }

  /** The floor no longer counts on her in the conversation her media was cut from. */
  giveUp(): void {
    const callID = this.#interrupted;
    this.#interrupted = undefined;
    if (callID !== undefined) this.tell('verto.bye', { callID, ...causeOf(200) });
  }

  /** We go, her call does not: the gateway keeps it for a while. */
  abandon(): void {
    this.#closed = true;
    clearTimeout(this.#grace);
    clearTimeout(this.#retry);
  }

  #hear(signal: LineSignal): void {
    if (this.#closed) return;
    switch (signal.kind) {
      case 'incoming':
        return this.#incoming(signal.sdp);
      case 'progress':
        return this.#progress(signal.sdp);
      case 'answered':
        return this.#answered(signal.sdp);
      case 'over':
        return this.#over(signal.code);
      case 'closed':
        return this.#lineClosed(signal.why);
    }
  }

  #incoming(sdp: string): void {
    const { callID } = this.#options.incoming();
    const interrupted = this.#interrupted;
    const attach = interrupted !== undefined;
    this.#interrupted = undefined;
    const dialog: Dialog = {
      callID: interrupted ?? callID,
      direction: 'inbound',
      state: 'ringing',
      described: true,
      offer: sdp,
      attach,
    };
    this.dialog = dialog;
    if (this.client) this.#offer(dialog, sdp);
  }

  #offer(dialog: Dialog, sdp: string): void {
    const { name: own, incoming } = this.#options;
    const { name, number } = incoming();
    this.tell(dialog.attach ? 'verto.attach' : 'verto.invite', {
      callID: dialog.callID,
      sdp,
      caller_id_name: name,
      caller_id_number: number,
      callee_id_name: own,
      callee_id_number: own,
      // As seen from the switch: it calls her. verto.js then shows the caller.
      display_direction: 'outbound',
    });
  }

  #progress(sdp: string | undefined): void {
    const { dialog } = this;
    if (dialog?.direction !== 'outbound' || sdp === undefined || dialog.described) return;
    dialog.state = 'early';
    dialog.described = true;
    this.tell('verto.media', { callID: dialog.callID, sdp });
  }

  #answered(sdp: string | undefined): void {
    const { dialog } = this;
    if (!dialog || dialog.state === 'active') return;
    dialog.state = 'active';
    if (dialog.direction === 'inbound') return this.#display(dialog);
    const described = dialog.described || sdp === undefined;
    dialog.described = true;
    this.tell('verto.answer', { callID: dialog.callID, ...(!described && { sdp }) });
  }

  #display({ callID }: Dialog): void {
    const { name, number } = this.#options.incoming();
    this.tell('verto.display', {
      callID,
      display_name: name,
      display_number: number,
      caller_id_name: name,
      caller_id_number: number,
    });
  }

  #over(code: number): void {
    const { dialog } = this;
    this.dialog = undefined;
    if (!dialog) return;
    // Her page is reloading, or its path broke: the floor keeps the conversation for her and calls again.
    if (dialog.state === 'active' && this.#options.expected(dialog.callID)) this.#interrupted = dialog.callID;
    else this.#bye(dialog, code);
  }

  #bye({ callID }: Dialog, code: number): void {
    this.tell('verto.bye', { callID, ...causeOf(code) });
  }

  #lineClosed(why: 'lost' | 'superseded'): void {
    this.#line = undefined;
    if (this.dialog) this.#bye(this.dialog, why === 'lost' ? 503 : 200);
    this.dialog = undefined;
    if (why === 'superseded') return this.close();
    this.#tryAgain();
  }

  #tryAgain(): void {
    const pause = retryMs[Math.min(this.#failures, retryMs.length - 1)];
    this.#failures += 1;
    this.#retry = setTimeout(() => {
      if (this.client && !this.#closed) this.line().catch(() => this.#tryAgain());
    }, pause);
  }
}
