// A line of the staff on Janus' SIP plugin, driven by the server: what the policy proxy writes for a page is written here as well.

import { LineError, type BrowserLine, type LineSignal } from '../../app/ports/browser-lines.ts';
import { plainSdp } from './replies.ts';
import { registration, type Edge, type StaffSpeaker } from './speaker.ts';
import { JanusTalk, type SipEvent, type TalkOptions } from './talk.ts';

export interface StaffLineOptions extends Pick<
  TalkOptions,
  'url' | 'apiSecret' | 'newSessionId' | 'opaqueId'
> {
  readonly speaker: StaffSpeaker;
  readonly edge: Edge;
  readonly listen: (signal: LineSignal) => void;
  readonly onClosed: (line: StaffLine) => void;
}

const registeredWithinMs = 8_000;
const updatedWithinMs = 5_000;

export class StaffLine implements BrowserLine {
  readonly #options: StaffLineOptions;
  #talk: JanusTalk | undefined;
  /** A call, or the attempt at one, is underway. */
  #busy = false;
  #closed = false;
  readonly #awaited = new Map<string, (event: SipEvent) => void>();

  private constructor(options: StaffLineOptions) {
    this.#options = options;
  }

  /** @throws LineError */
  static async open(options: StaffLineOptions): Promise<StaffLine> {
    const line = new StaffLine(options);
    const { speaker, edge } = options;
    line.#talk = await JanusTalk.open(line.#talkOptions());
    try {
      const registered = line.#await(['registered', 'registration_failed'], registeredWithinMs);
      await line.#talk.message(registration(speaker, edge));
      const { event, code } = await registered;
      if (event !== 'registered') throw new LineError('refused', `the edge answered ${code ?? 'no'}`);
    } catch (error) {
      line.close();
      throw error;
    }
    return line;
  }

  /** Goes on with a line that was left in a call. @throws LineError */
  static async resume(
    options: StaffLineOptions,
    left: { readonly sessionId: number; readonly handleId: number },
  ): Promise<StaffLine> {
    const line = new StaffLine(options);
    line.#busy = true;
    line.#talk = await JanusTalk.claim(line.#talkOptions(), left);
    return line;
  }

  #talkOptions(): TalkOptions {
    const { url, apiSecret, newSessionId, opaqueId } = this.#options;
    return {
      url,
      apiSecret,
      newSessionId,
      opaqueId,
      onEvent: (event) => this.#event(event),
      onClosed: (why) => this.#gone(why === 'over' ? 'superseded' : 'lost'),
    };
  }

  async call(user: string, offer: string): Promise<void> {
    if (this.#busy) throw new LineError('refused', 'the line is in a call');
    this.#busy = true;
    const uri = `sip:${user}@${this.#options.edge.host}`;
    await this.#message({ request: 'call', uri }, { type: 'offer', sdp: offer }).catch((error: unknown) => {
      this.#busy = false;
      throw error;
    });
  }

  async accept(answer: string): Promise<void> {
    await this.#message({ request: 'accept' }, { type: 'answer', sdp: answer });
  }

  decline(code: number): void {
    this.#tell({ request: 'decline', code });
  }

  hangUp(): void {
    this.#tell({ request: 'hangup' });
  }

  async update(offer: string): Promise<string> {
    const updated = this.#await(['updated', 'accepted', 'updating'], updatedWithinMs, true);
    await this.#message({ request: 'update' }, { type: 'offer', sdp: offer });
    const { sdp } = await updated;
    return plainSdp(sdp ?? '');
  }

  digit(digit: string): void {
    this.#tell({ request: 'dtmf_info', digit });
  }

  close(): void {
    this.#closed = true;
    this.#talk?.close();
    this.#options.onClosed(this);
  }

  /** Nobody is listening any more; the call goes on for as long as Janus keeps the session. */
  leave(): void {
    this.#closed = true;
    this.#talk?.leave();
  }

  /** Another page of hers has the line from now on. */
  supersede(): void {
    if (this.#closed) return;
    this.close();
    this.#options.listen({ kind: 'closed', why: 'superseded' });
  }

  #gone(why: 'lost' | 'superseded'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClosed(this);
    this.#options.listen({ kind: 'closed', why });
  }

  async #message(body: object, jsep: { type: 'offer' | 'answer'; sdp: string }): Promise<void> {
    if (!this.#talk) throw new LineError('unavailable', 'the line is closed');
    const first = await this.#talk.message(body, jsep);
    this.#event(first);
  }

  /** The plugin refuses what no longer fits, for example to hang up what is over; then its own event has told us already. */
  #tell(body: object): void {
    this.#talk?.message(body).then(
      (event) => this.#event(event),
      () => undefined,
    );
  }

  #await(names: readonly string[], withinMs: number, withSdp = false): Promise<SipEvent> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        for (const name of names) this.#awaited.delete(name);
        reject(new LineError('timeout', `no ${names[0]} from Janus`));
      }, withinMs);
      const take = (event: SipEvent): void => {
        if (withSdp && event.sdp === undefined) return;
        clearTimeout(late);
        for (const name of names) this.#awaited.delete(name);
        resolve(event);
      };
      for (const name of names) this.#awaited.set(name, take);
    });
  }

  #event(event: SipEvent): void {
    this.#awaited.get(event.event)?.(event);
    const signal = this.#signalOf(event);
    if (signal) this.#options.listen(signal);
  }

  #signalOf({ event, code, sdp }: SipEvent): LineSignal | undefined {
    const described = sdp === undefined ? {} : { sdp: plainSdp(sdp) };
    switch (event) {
      case 'incomingcall':
        this.#busy = true;
        return sdp === undefined ? undefined : { kind: 'incoming', sdp: plainSdp(sdp) };
      case 'ringing':
      case 'progress':
        return { kind: 'progress', ...described };
      case 'accepted':
        return { kind: 'answered', ...described };
      case 'hangup':
        if (!this.#busy) return undefined;
        this.#busy = false;
        return { kind: 'over', code: code ?? 200 };
      default:
        return undefined;
    }
  }
}
