// Which of our languages a reader gets.

import type { Language } from './strings.ts';

/** The first of the reader's languages that we speak; `?lang=` in the address wins. */
export function chooseLanguage(wanted: readonly string[], asked: string | null): Language {
  for (const tag of asked === null ? wanted : [asked, ...wanted]) {
    if (/^zh\b/i.test(tag)) return 'zh-CN';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}
