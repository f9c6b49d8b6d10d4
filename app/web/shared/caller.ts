// Who a call is with and how it came, in words.

import type { IconName } from './icon.tsx';
import { say } from './page.tsx';

export interface KnownCaller {
  readonly source: 'web' | 'phone' | 'outbound';
  readonly customerName?: string | null | undefined;
  readonly customerNumber?: string | null | undefined;
}

/** A telephone call without a number is one whose caller withheld it. */
export const callerOf = ({ source, customerName, customerNumber }: KnownCaller): string =>
  customerName ?? customerNumber ?? (source === 'web' ? say.agent.webCaller : say.agent.withheld);

/** Her number, where callerOf says something else. */
export const numberOf = ({ customerName, customerNumber }: KnownCaller): string | undefined =>
  customerName ? (customerNumber ?? undefined) : undefined;

const icons = { web: 'web', phone: 'answer', outbound: 'outgoing' } as const;

export const sourceIcon = ({ source }: KnownCaller): IconName => icons[source];

export const sourceText = ({ source }: KnownCaller): string => say.sources[source];
