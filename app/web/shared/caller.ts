// Who a call is with, in words.

import { say } from './page.tsx';

export interface KnownCaller {
  readonly source: 'web' | 'phone' | 'outbound';
  readonly customerName?: string | null | undefined;
  readonly customerNumber?: string | null | undefined;
}

/** A telephone call without a number is one whose caller withheld it. */
export const callerOf = ({ source, customerName, customerNumber }: KnownCaller): string =>
  customerName ?? customerNumber ?? (source === 'web' ? say.agent.webCaller : say.agent.withheld);
