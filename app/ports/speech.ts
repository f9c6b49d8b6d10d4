// Text as sound. Only ever used ahead of time: nobody in a call waits for it.

export interface Speech {
  /**
   * @param language as the renderer names it: `en`, `de`, `cmn`
   * @returns a WAV file, 16-bit PCM, mono
   * @throws SpeechProblem
   */
  render(text: string, language: string): Promise<Buffer>;
}

/** What a person can act on: the program is not installed, or does not speak that language. */
export class SpeechProblem extends Error {
  override readonly name = 'SpeechProblem';
}
