// What every page begins with: the reader's language, the root element, and a clock that ticks once a second.

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { render, type ComponentChildren, type VNode } from 'preact';
import { chooseLanguage } from './language.ts';
import { stringsFor, type Strings } from './strings.ts';

const language = chooseLanguage(navigator.languages, new URLSearchParams(location.search).get('lang'));

/** The sentences of this page, in the reader's language. */
export const say: Strings = stringsFor(language);

const ticking = signal(Date.now());
setInterval(() => {
  ticking.value = Date.now();
}, 1_000);

const stoppedAt = signal<number | undefined>(undefined);

/** The time, once a second, epoch milliseconds; while the clock is stopped, that moment. */
export const now: ReadonlySignal<number> = computed(() => stoppedAt.value ?? ticking.value);

/** What the page shows is as of this moment, and grows no older while nobody can say how it went on; undefined: it is live. */
export function stopClock(at: number | undefined): void {
  stoppedAt.value = at;
}

/** Puts a page on the screen. */
export function show(title: string, page: VNode): void {
  document.documentElement.lang = language;
  titled(title);
  const root = document.getElementById('page');
  if (!root) throw new Error('the page has no element with id "page"');
  render(page, root);
}

/** What the browser's tab says. */
export function titled(title: string): void {
  document.title = `${title} · ${say.appName}`;
}

/** `14:05`, as the reader writes it. */
export const timeOfDay = (instant: number): string =>
  new Date(instant).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });

/** `1:05`, or `1:02:03` from an hour on. */
export function clockTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3_600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : `${Number(parts[0])}:${parts[1]}`;
}

/** `Monday, 12 January at 09:00`, in the reader's own time and language. */
export const dayAndTime = (instant: number): string =>
  new Date(instant).toLocaleString(language, {
    ...{ weekday: 'long', day: 'numeric', month: 'long' },
    ...{ hour: '2-digit', minute: '2-digit' },
  });

/** Time since an instant, ticking. */
export const Elapsed = ({ since, label }: { readonly since: number; readonly label?: string }) => (
  <time class="elapsed" aria-label={label} role={label === undefined ? undefined : 'timer'}>
    {clockTime(now.value - since)}
  </time>
);

/** A sentence for a code the server refused with. */
export function problemText(code: string): string {
  const known: Readonly<Record<string, string>> = say.problems;
  return known[code] ?? say.problems.unexpected;
}

export const Notice = ({
  kind,
  children,
}: {
  readonly kind: 'bad' | 'info';
  readonly children: ComponentChildren;
}) => (
  <p class={`notice notice-${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
    {children}
  </p>
);

export const Header = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) => (
  <header class="bar">
    <span class="brand">{say.appName}</span>
    <h1>{title}</h1>
    <div class="bar-end">{children}</div>
  </header>
);
