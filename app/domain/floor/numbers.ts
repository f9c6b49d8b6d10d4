// What may be dialled and pressed, and who is said to call. Which numbers a call may go to is the edge's allow-list; here only the
// form is looked at.

import type { Device } from '../device.ts';
import type { QueueId } from '../ids.ts';
import { queueOf } from './books.ts';
import type { Destination } from './effects.ts';
import type { Work } from './work.ts';

const dialable = /^\+?[0-9]{2,24}$/;
const pressable = /^[0-9A-D*#]{1,32}$/;

export const isNumber = (text: string): boolean => dialable.test(text);
export const areDigits = (text: string): boolean => pressable.test(text);

/** A telephone is reached through a trunk, everything else through its registration. */
export const destinationOf = (device: Device): Destination =>
  device.kind === 'pstn' ? { kind: 'number', number: device.address } : { kind: 'device', device };

/** What the world outside sees of a call for this queue: the first of its numbers; empty: withheld. */
export const outsideNumber = ({ floor }: Work, queueId: QueueId): string =>
  queueOf(floor, queueId).settings.callerNumbers?.[0] ?? '';

/**
 * Who is said to call an agent. On a telephone outside it is the queue: a carrier lets us show numbers of ours only, and what a
 * display there shows has left the house.
 */
export const callerFor = (
  work: Work,
  queueId: QueueId,
  device: Device | undefined,
  caller: { readonly number: string; readonly name: string },
): { readonly callerNumber: string; readonly callerName: string } =>
  device?.kind === 'pstn'
    ? { callerNumber: outsideNumber(work, queueId), callerName: '' }
    : { callerNumber: caller.number, callerName: caller.name };
