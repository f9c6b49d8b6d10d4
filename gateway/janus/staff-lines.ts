// The lines the server itself speaks on, one per owner: opened anew, or taken up where the control plane before us left them.

import { randomInt } from 'node:crypto';
import type { BrowserLine, LineSignal } from '../../app/ports/browser-lines.ts';
import type { JanusConnection } from './connection.ts';
import type { Owner, Ownership } from './ownership.ts';
import { ownerOf, type Edge, type StaffSpeaker } from './speaker.ts';
import { StaffLine, type StaffLineOptions } from './staff-line.ts';

export interface StaffLinesOptions {
  readonly url: string;
  readonly apiSecret: string | undefined;
  readonly edge: Edge;
  readonly ownership: Ownership;
  readonly connection: JanusConnection;
  /** Sessions Janus has of hers, with or without a connection. @throws JanusError */
  readonly sessionsOf: (owner: Owner) => Promise<readonly number[]>;
}

export class StaffLines {
  readonly #options: StaffLinesOptions;
  readonly #lines = new Map<Owner, StaffLine>();

  constructor(options: StaffLinesOptions) {
    this.#options = options;
  }

  has(owner: Owner): boolean {
    return this.#lines.has(owner);
  }

  /** Nothing of hers may be left at Janus. @throws LineError */
  async open(speaker: StaffSpeaker, listen: (signal: LineSignal) => void): Promise<BrowserLine> {
    const owner = ownerOf(speaker);
    const line = await StaffLine.open(this.#optionsOf(owner, speaker, listen));
    this.supersede(owner);
    this.#lines.set(owner, line);
    return line;
  }

  /**
   * Goes on with the session of hers that is in a call.
   * @returns undefined when there is none
   * @throws JanusError, LineError
   */
  async resume(
    speaker: StaffSpeaker,
    listen: (signal: LineSignal) => void,
  ): Promise<BrowserLine | undefined> {
    const owner = ownerOf(speaker);
    const { connection, sessionsOf } = this.#options;
    if (!(await connection.isUp())) return undefined;
    for (const sessionId of await sessionsOf(owner)) {
      const handleId = await connection.handleInCall(sessionId);
      if (handleId === undefined || this.has(owner)) continue;
      const left = { sessionId, handleId };
      const line = await StaffLine.resume(this.#optionsOf(owner, speaker, listen), left);
      this.#lines.set(owner, line);
      return line;
    }
    return undefined;
  }

  supersede(owner: Owner): void {
    this.#lines.get(owner)?.supersede();
  }

  /** Their calls go on, for as long as Janus keeps the sessions. */
  leaveAll(): void {
    for (const line of [...this.#lines.values()]) line.leave();
  }

  #optionsOf(owner: Owner, speaker: StaffSpeaker, listen: (signal: LineSignal) => void): StaffLineOptions {
    const { url, apiSecret, edge, ownership } = this.#options;
    return {
      url,
      apiSecret,
      edge,
      speaker,
      listen,
      newSessionId: () => ownership.sessionId(owner, randomInt(1, 4096)),
      opaqueId: owner,
      onClosed: (closed) => {
        if (this.#lines.get(owner) === closed) this.#lines.delete(owner);
      },
    };
  }
}
