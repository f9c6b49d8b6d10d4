// What a recording is called outside of the server. It follows from its file, so that a journal entry written twice names the same
// recording; neither the data folder's place nor the file's name (which holds ids of a call) can be read from it.

import { createHash } from 'node:crypto';

/** 32 hexadecimal digits. */
export const recordingIdOf = (file: string): string =>
  createHash('sha256').update(file).digest('hex').slice(0, 32);
