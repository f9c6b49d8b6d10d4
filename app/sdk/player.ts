// Plays what the far side says, through one hidden audio element.

export class Player {
  readonly #element = document.createElement('audio');

  constructor() {
    this.#element.autoplay = true;
    this.#element.hidden = true;
    document.body.append(this.#element);
  }

  play(stream: MediaStream | undefined): void {
    if (this.#element.srcObject === (stream ?? null)) return;
    this.#element.srcObject = stream ?? null;
    // Refused where no person has touched the page yet (autoplay policy); a call begins with a click, and after a reload
    // the microphone's permission counts as one.
    if (stream) void this.#element.play().catch(() => undefined);
  }

  /** @param id of the loudspeaker; undefined: the browser's own choice. One that is gone changes nothing. */
  useSpeaker(id: string | undefined): void {
    const element: HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> } = this.#element;
    void element.setSinkId?.(id ?? '').catch(() => undefined);
  }

  close(): void {
    this.#element.srcObject = null;
    this.#element.remove();
  }
}
