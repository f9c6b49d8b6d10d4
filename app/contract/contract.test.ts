// The contract may not import the domain, so its lists are written twice. This keeps them alike.

import { describe, expect, expectTypeOf, it } from 'vitest';
import { legEndings, offerMisses, sessionEndings as domainEndings } from '../domain/ending.ts';
import type { AgentView, SessionView } from '../domain/floor/view.ts';
import { refusalCodes } from '../domain/refusal.ts';
import { callDetailSchema, callFilterSchema } from './calls.ts';
import { errorCodes, floorCodes, idempotencyKeySchema, lineSchema, noteSchema } from './common.ts';
import type { Agent } from './floor.ts';
import { sessionEndings, type AgentSession } from './sessions.ts';

describe('the contract and the domain', () => {
  it('have the same closed lists', () => {
    expect([...floorCodes]).toEqual([...refusalCodes]);
    expect([...sessionEndings]).toEqual([...domainEndings]);
    expect(callDetailSchema.shape.legs.element.shape.ending.options).toEqual([...legEndings]);
    expect(callDetailSchema.shape.offers.element.shape.outcome.options).toEqual(['accepted', ...offerMisses]);
    expect(new Set(errorCodes).size).toBe(errorCodes.length);
  });

  it('have the same states', () => {
    expectTypeOf<AgentSession['state']>().toEqualTypeOf<SessionView['state']>();
    expectTypeOf<Agent['presence']>().toEqualTypeOf<AgentView['presence']>();
    expectTypeOf<Agent['activity']>().toEqualTypeOf<AgentView['activity']>();
  });
});

describe('what people write', () => {
  it('is a line without control characters, or a note of several', () => {
    const line = lineSchema(10);
    expect(line.parse('  lunch ')).toBe('lunch');
    for (const bad of ['', '   ', 'a\nb', 'a\0b', 'x'.repeat(11)])
      expect(line.safeParse(bad).success, bad).toBe(false);
    expect(noteSchema.parse('one\n\ttwo 王')).toBe('one\n\ttwo 王');
    expect(noteSchema.safeParse('a\x1b[2J').success).toBe(false);
  });

  it('uses keys long enough that two visitors never meet', () => {
    expect(idempotencyKeySchema.safeParse('1').success).toBe(false);
    expect(idempotencyKeySchema.safeParse(crypto.randomUUID()).success).toBe(true);
  });

  it('pages by a mark of ours only', () => {
    expect(callFilterSchema.parse({ limit: '10', after: `1_${crypto.randomUUID()}` }).limit).toBe(10);
    expect(callFilterSchema.safeParse({ after: "1_' or 1=1" }).success).toBe(false);
  });
});
