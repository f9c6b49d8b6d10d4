// What a queue has announced to its line: from what the file states to one prompt for every place and every wait there may be, so that all
// of it can be spoken ahead of time.

import type { Announcements } from '../domain/announcement.ts';
import type { Prompt } from '../domain/flow.ts';
import { waitSteps } from '../domain/waiting-time.ts';
import { FlowsProblem, type StatedPrompt, type StatedQueue } from './file.ts';
import type { Prompts } from './prompts.ts';

type Stated = NonNullable<StatedQueue['announce']>;
type Sentence = keyof NonNullable<Stated['prompts']>;

/** Places beyond that are not told apart. */
const farthest = 20;

/** By the language of espeak-ng, without its region. `{n}` is the number. */
const languages: Readonly<Record<string, Readonly<Record<Sentence, string>>>> = {
  en: {
    next: 'You are next in line.',
    place: 'You are number {n} in line.',
    beyond: 'There are at least {n} callers before you.',
    soon: 'The wait is less than a minute.',
    minutes: 'The wait is about {n} minutes.',
    over: 'The wait is more than an hour.',
  },
  de: {
    next: 'Sie sind als Nächstes an der Reihe.',
    place: 'Sie sind in der Warteschlange auf Platz {n}.',
    beyond: 'Vor Ihnen warten mindestens {n} Anrufer.',
    soon: 'Die Wartezeit beträgt weniger als eine Minute.',
    minutes: 'Die Wartezeit beträgt etwa {n} Minuten.',
    over: 'Die Wartezeit beträgt mehr als eine Stunde.',
  },
  es: {
    next: 'Es el siguiente en la cola.',
    place: 'Ocupa el lugar {n} en la cola.',
    beyond: 'Hay al menos {n} llamadas antes que la suya.',
    soon: 'La espera es de menos de un minuto.',
    minutes: 'La espera es de unos {n} minutos.',
    over: 'La espera es de más de una hora.',
  },
  fr: {
    next: 'Votre appel est le prochain.',
    place: "Vous êtes en position {n} dans la file d'attente.",
    beyond: 'Au moins {n} appels précèdent le vôtre.',
    soon: "L'attente est de moins d'une minute.",
    minutes: "L'attente est d'environ {n} minutes.",
    over: "L'attente est de plus d'une heure.",
  },
  cmn: {
    next: '下一位就是您。',
    place: '您排在第{n}位。',
    beyond: '您前面至少还有{n}位。',
    soon: '预计等待不到一分钟。',
    minutes: '预计等待约{n}分钟。',
    over: '预计等待超过一小时。',
  },
};

/**
 * @param language where the queue names none
 * @param at for the problem
 * @throws FlowsProblem
 */
export function settledAnnouncements(
  stated: Stated,
  prompts: Prompts,
  language: string,
  at: string,
): Announcements {
  const { firstSeconds, everySeconds, before, place, wait, language: own = language } = stated;
  const say = (sentence: Sentence, n?: number): Prompt => {
    const where = `${at}.prompts.${sentence}`;
    return prompts.of(filled(promptFor(stated, sentence, own, where), n, own), where);
  };
  const places = (): readonly Prompt[] => [
    say('next'),
    ...Array.from({ length: farthest - 1 }, (_, index) => say('place', index + 2)),
    say('beyond', farthest),
  ];
  const waits = (): readonly Prompt[] => [
    ...waitSteps.map((minutes) => (minutes === 1 ? say('soon') : say('minutes', minutes))),
    say('over'),
  ];
  return {
    firstMs: firstSeconds * 1_000,
    everyMs: everySeconds * 1_000,
    before: prompts.of(before, `${at}.before`),
    ...(place && { places: places() }),
    ...(wait && { waits: waits() }),
  };
}

function promptFor({ prompts }: Stated, sentence: Sentence, language: string, where: string): StatedPrompt {
  const say = languages[language.split('-', 1)[0] ?? '']?.[sentence];
  const prompt = prompts?.[sentence] ?? (say === undefined ? undefined : { say });
  if (prompt !== undefined) return prompt;
  throw new FlowsProblem(`${where}: not known in the language "${language}": say it here`);
}

/** The number in its place, and the language where none is named. */
function filled(prompt: StatedPrompt, n: number | undefined, language: string): StatedPrompt {
  const put = (text: string): string => (n === undefined ? text : text.replaceAll('{n}', String(n)));
  return (Array.isArray(prompt) ? prompt : [prompt]).map((part) =>
    typeof part === 'string' ? put(part) : { language, ...part, say: put(part.say) },
  );
}
