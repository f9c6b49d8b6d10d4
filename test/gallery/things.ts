// What the scenes are furnished with.

import { signal } from '@preact/signals';
import type { MessagesModel } from '../../app/web/shared/messages.tsx';

const began = Date.now();

/** Seconds ago, as an instant; what is to come is negative. */
export const ago = (seconds: number): number => began - seconds * 1_000;

export const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const longName = 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh née Cholmondeley';
/** Written from right to left. */
export const arabicName = 'عبد الرحمن بن محمد الأنصاري';

export const nothing = async (): Promise<undefined> => undefined;

export const noMessages: MessagesModel = {
  list: signal([]),
  read: () => undefined,
  handle: nothing,
  url: nothing,
};
