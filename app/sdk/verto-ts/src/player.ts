// Where the far side is heard, and what rings.

import { guarded } from './callbacks.ts';
import type { DeviceChoice, ElementChoice } from './media-choice.ts';

const inPage = (): boolean => typeof document !== 'undefined';

export function elementOf(choice: ElementChoice | undefined): HTMLMediaElement | undefined {
  if (choice === null || choice === undefined || !inPage()) return undefined;
  if (typeof choice === 'function') return choice() ?? undefined;
  if (typeof choice !== 'string') return choice;
  const found = document.getElementById(choice.replace(/^#/, ''));
  return found instanceof HTMLMediaElement ? found : undefined;
}

/** Plays one call's far side, in the page's element or in a hidden one. */
export class Player {
  readonly #choice: ElementChoice | undefined;
  #own: HTMLAudioElement | undefined;
  #playing: HTMLMediaElement | undefined;
  #speaker: string | undefined;

  constructor(choice: ElementChoice | undefined) {
    this.#choice = choice;
  }

  play(stream: MediaStream): void {
    if (!inPage()) return;
    this.#playing = elementOf(this.#choice) ?? this.#hidden();
    this.#playing.autoplay = true;
    this.#playing.srcObject = stream;
    if (this.#speaker !== undefined) void this.#toSpeaker(this.#playing, this.#speaker);
    // Refused where no person has touched the page yet (autoplay policy); a call begins with a click.
    this.#playing.play().catch(() => undefined);
  }

  /** @throws DOMException when there is no such device (Audio Output Devices API) */
  async useSpeaker(choice: DeviceChoice): Promise<void> {
    this.#speaker = typeof choice === 'string' && choice !== 'any' && choice !== 'none' ? choice : '';
    if (this.#playing) await this.#toSpeaker(this.#playing, this.#speaker);
  }

  stop(): void {
    if (this.#playing) this.#playing.srcObject = null;
    this.#own?.remove();
    this.#playing = undefined;
    this.#own = undefined;
  }

  async #toSpeaker(element: HTMLMediaElement, id: string): Promise<void> {
    // Firefox before 116 and Safari have no setSinkId.
    if ('setSinkId' in element) await element.setSinkId(id);
  }

  #hidden(): HTMLAudioElement {
    this.#own = document.createElement('audio');
    this.#own.hidden = true;
    document.body.append(this.#own);
    return this.#own;
  }
}

/** Rings in the page's element while a call comes in. */
export class Ringer {
  #ringing: HTMLMediaElement | undefined;

  start(choice: ElementChoice | undefined, file: string | undefined): void {
    const element = elementOf(choice);
    if (!element) return;
    if (file !== undefined) element.src = file;
    element.loop = true;
    this.#ringing = element;
    element.play().catch(() => undefined);
  }

  stop(report: (error: unknown) => void): void {
    const element = this.#ringing;
    this.#ringing = undefined;
    if (element)
      guarded(report, () => {
        element.pause();
        element.currentTime = 0;
      });
  }
}
