import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Directory } from '../ports/directory.ts';
import { SpeechProblem, type Speech } from '../ports/speech.ts';
import { FlowsProblem } from './file.ts';
import { stateFlows, type FlowSources } from './state-flows.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-flows-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const directory = {
  queues: async () => ['sales', 'support'].map((queueId) => ({ queueId })),
  agents: async () => [{ agentId: '1001' }],
} as unknown as Directory;

/** What was spoken, and what is kept. */
function world() {
  const spoken: string[] = [];
  const rows: Record<string, string> = {};
  const speech: Speech = {
    render: async (text, language) => {
      spoken.push(`${language}: ${text}`);
      return Buffer.from('RIFF');
    },
  };
  const state = (stated?: unknown, more: Partial<FlowSources> = {}) => {
    const file = path.join(folder, 'flows.json');
    if (stated !== undefined)
      writeFileSync(file, typeof stated === 'string' ? stated : JSON.stringify(stated));
    return stateFlows({
      file: stated === undefined ? undefined : file,
      kept: { read: async () => rows, replace: async (parts) => void Object.assign(rows, parts) },
      directory,
      wanted: [],
      soundsFolder: path.join(folder, 'sounds'),
      speech,
      builtIn: new Set(['tone-beep']),
      ...more,
    });
  };
  return { state, spoken, rows };
}

const bye = { kind: 'hangUp' };
const main = (steps: object, start = Object.keys(steps)[0]) => ({
  flows: { main: { start, queue: 'sales', steps } },
});

async function problem(stated: unknown, more: Partial<FlowSources> = {}): Promise<string> {
  try {
    await world().state(stated, more);
  } catch (error) {
    if (error instanceof FlowsProblem) return error.message.replaceAll(`${folder}/`, '');
    throw error;
  }
  return 'none';
}

describe('the flow file', () => {
  it('may be empty, and may be absent', async () => {
    const { state } = world();
    expect((await state()).flows).toEqual([]);
    expect((await state({})).flows).toEqual([]);
  });

  it('is understood as docs/flows.md shows it; what is kept holds without the file, part by part', async () => {
    const documented = /```json\n([^]*?)```/.exec(readFileSync('docs/flows.md', 'utf8'))?.[1] ?? '';
    const { state, rows, spoken } = world();
    const builtIn = new Set(['welcome']);
    const settled = await state(documented, { builtIn });
    expect(settled.flows.map(({ flowId, queueId }) => [flowId, queueId])).toEqual([
      ['reception', 'sales'],
      ['night', 'sales'],
    ]);
    expect(settled.queues.get('sales')).toMatchObject({
      hours: { timeZone: 'Europe/Berlin' },
      closedFlow: 'night',
    });
    const once = spoken.length;
    expect(once).toBeGreaterThan(0);
    expect(await state(undefined, { builtIn })).toEqual(settled);
    expect(spoken).toHaveLength(once);
    expect(Object.keys(rows)).toContain('flows');
    const changed = await state({ queues: {} }, { builtIn });
    expect([changed.flows.length, changed.queues.size]).toEqual([2, 0]);
  });

  it('has its texts spoken once, ahead of time, under a name made of what they say', async () => {
    const { state, spoken } = world();
    const say = { say: 'Good day', language: 'de' };
    const steps = { hello: { kind: 'say', prompt: [say, 'tone-beep', { say: 'Hello' }], then: 'bye' }, bye };
    const { flows } = await state(main(steps));
    const [step] = Object.values(flows[0]?.steps ?? {});
    expect(step).toMatchObject({
      prompt: [/^say-de-/, /^tone-beep$/, /^say-en-/].map((id) => expect.stringMatching(id) as string),
    });
    expect(spoken).toEqual(['de: Good day', 'en: Hello']);
    expect(readdirSync(path.join(folder, 'sounds'))).toHaveLength(2);
    await state(main({ bye: { kind: 'hangUp', prompt: { say: 'Hello' } } }));
    expect(spoken).toHaveLength(2);
  });

  it('has the places and waits of a line spoken in its language, or as it states them', async () => {
    const { state, spoken } = world();
    const announce = {
      before: 'tone-beep',
      language: 'de-at',
      prompts: { soon: { say: 'Gleich' }, place: [{ say: 'Platz' }, { say: 'number {n}', language: 'en' }] },
    };
    const { queues } = await state({
      language: 'en',
      queues: { sales: { announce }, support: { announce: { place: false } } },
    });
    const sales = queues.get('sales')?.announce;
    expect(sales).toMatchObject({ firstMs: 15_000, everyMs: 60_000, before: ['tone-beep'] });
    expect([sales?.places?.length, sales?.waits?.length]).toEqual([21, 16]);
    expect(sales?.places?.[1]).toHaveLength(2);
    expect(spoken).toContain('de-at: Sie sind als Nächstes an der Reihe.');
    expect(spoken).toContain('de-at: Gleich');
    expect(spoken).toContain('de-at: Die Wartezeit beträgt etwa 45 Minuten.');
    expect(spoken.filter((text) => text.startsWith('en: number'))).toHaveLength(19);
    expect(spoken).toContain('en: The wait is more than an hour.');
    expect(queues.get('support')?.announce?.places).toBeUndefined();
    expect(new Set(spoken).size).toBe(spoken.length);
  });

  it('says which step and which field cannot be', async () => {
    const menu = { kind: 'menu', prompt: 'tone-beep', keys: { '1': 'bye' }, otherwise: 'bye' };
    const hours = (open: string, closed: string) => ({ kind: 'hours', hours: 'office', open, closed });
    const office = { office: { timeZone: 'Europe/Berlin', weekly: { mon: ['09:00-17:00'] } } };
    const wrong: readonly unknown[] = [
      '{',
      [],
      { flow: {} },
      main({ 'Step One': bye }),
      main({ a: { kind: 'sing', then: 'a' } }),
      main({ a: { kind: 'say', prompt: 'tone-beep' } }),
      main({ a: { kind: 'say', prompt: { text: 'x' }, then: 'a' } }),
      main({ a: { ...menu, keys: { A: 'bye' } }, bye }),
      main({ a: { ...menu, keys: {} }, bye }),
      main({ a: { ...menu, tries: 0 }, bye }),
      main({ a: { ...menu, timeoutSeconds: 99 }, bye }),
      main({ a: { kind: 'number', number: 'sip:x', otherwise: 'bye' }, bye }),
      { hours: { office: { timeZone: 'Mars/Base', weekly: {} } } },
      { hours: { office: { timeZone: 'UTC', weekly: { mon: ['9-17'] } } } },
      { hours: { office: { timeZone: 'UTC', weekly: {}, holidays: { Xmas: [] } } } },
      main({ bye }, 'hello'),
      main({ a: { ...menu, keys: { '1': 'sails' } }, bye }),
      main({ a: { ...menu, otherwise: 'constructor' }, bye }),
      main({ a: hours('bye', 'bye'), bye }),
      main({ a: { kind: 'queue', queue: 'sails' } }),
      main({ a: { kind: 'agent', agent: '1009', otherwise: 'bye' }, bye }),
      main({ bye, lost: bye }),
      { flows: { main: { start: 'bye', steps: { bye } } } },
      { flows: { main: { start: 'bye', queue: 'sails', steps: { bye } } } },
      { ...main({ a: hours('b', 'b'), b: hours('a', 'a') }), hours: office },
      main({ a: { kind: 'agent', agent: '1001', otherwise: 'a' } }),
      { ...main({ a: { kind: 'queue', queue: 'sales' } }), queues: { sales: { closed: 'main' } } },
      { queues: { sails: {} } },
      { queues: { sales: { hours: 'office' } } },
      { queues: { sales: { first: 'main' } } },
      { queues: { sales: { announce: { everySeconds: 1 } } } },
      { queues: { sales: { announce: { place: false, wait: false } } } },
      { queues: { sales: { announce: { prompts: { minutes: { say: 'a while' } } } } } },
      { queues: { sales: { announce: { language: 'nl', wait: false } } } },
      { queues: { sales: { announce: { prompts: { place: 'place-{n}' } } } } },
      main({ bye: { kind: 'hangUp', prompt: 'no-such-sound' } }),
    ];
    const problems: string[] = [];
    for (const stated of wrong) problems.push(await problem(stated));
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "flows.json: no JSON: Expected property name or '}' in JSON at position 1
      flows.json: Invalid input: expected object, received array
      flows.json: Unrecognized key: "flow"
      flows.json: flows.main.start: a name of a-z, 0-9 and -, at most 32 long
      flows.json: flows.main.steps.a.kind: a step: its kind is say, menu, hours, queue, agent, number, voicemail or hangUp
      flows.json: flows.main.steps.a.then: Invalid input: expected string, received undefined
      flows.json: flows.main.steps.a.prompt: the id of a sound, { "say": "…", "language": "en" }, or a list of these
      flows.json: flows.main.steps.a.keys.A: a key: 0 to 9, * or #
      flows.json: flows.main.steps.a.keys: at least one key
      flows.json: flows.main.steps.a.tries: Too small: expected number to be >=1
      flows.json: flows.main.steps.a.timeoutSeconds: 1 to 60 seconds
      flows.json: flows.main.steps.a.number: a number, digits with an optional leading +
      flows.json: hours.office.timeZone: a time zone, such as Europe/Berlin
      flows.json: hours.office.weekly.mon.0: hours such as 09:00-17:30
      flows.json: hours.office.holidays.Xmas: a date
      flows.json: flows.main.start: there is no step "hello"
      flows.json: flows.main.steps.a.keys.1: there is no step "sails"
      flows.json: flows.main.steps.a.otherwise: there is no step "constructor"
      flows.json: flows.main.steps.a.hours: there is no hours "office"
      flows.json: flows.main.steps.a.queue: there is no queue "sails"
      flows.json: flows.main.steps.a.agent: there is no agent "1009"
      flows.json: flows.main.steps.lost: no step leads here
      flows.json: flows.main.queue: no step names a queue, so say on whose account its calls are
      flows.json: flows.main.queue: there is no queue "sails"
      flows.json: flows.main.steps.a: a circle in which the caller hears and presses nothing: a → b → a
      flows.json: flows.main.steps.a: a circle in which the caller hears and presses nothing: a → a
      flows.json: flows.main.steps.a: a circle in which the caller hears and presses nothing: a → a
      flows.json: queues.sails: there is no queue "sails"
      flows.json: queues.sales.hours: there is no hours "office"
      flows.json: queues.sales.first: there is no flow "main"
      flows.json: queues.sales.announce.everySeconds: 5 to 3600 seconds
      flows.json: queues.sales.announce: announces nothing
      flows.json: queues.sales.announce.prompts.minutes: must have {n}, the number
      flows.json: queues.sales.announce.prompts.next: not known in the language "nl": say it here
      flows.json: queues.sales.announce.prompts.place: there is no sound "place-2": sounds/place-2.wav
      flows.json: flows.main.steps.bye.prompt: there is no sound "no-such-sound": sounds/no-such-sound.wav"
    `);
  });

  it('must know the flows that numbers lead to, and must be able to speak', async () => {
    const wanted = [{ number: '4100', flowId: 'main' }];
    expect(await problem({}, { wanted })).toBe('the number 4100 leads to a flow that is not there: main');
    const speech: Speech = {
      render: async () => {
        throw new SpeechProblem('espeak-ng, which speaks the texts of call flows, is not installed');
      },
    };
    expect(await problem(main({ bye: { kind: 'hangUp', prompt: { say: 'Bye' } } }), { speech })).toBe(
      'flows.json: flows.main.steps.bye.prompt: espeak-ng, which speaks the texts of call flows, is not installed',
    );
  });
});
