// Every sentence a person sees, in every language we speak.

import { en, type Strings } from './strings/en.ts';
import { zh } from './strings/zh-cn.ts';

export type { Strings } from './strings/en.ts';

const languages = { en, 'zh-CN': zh } as const;
export type Language = keyof typeof languages;

export const stringsFor = (language: Language): Strings => languages[language];
