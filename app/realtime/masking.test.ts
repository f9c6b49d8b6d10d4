import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentId, queueId, sessionId } from '../domain/ids.ts';
import type { SessionView } from '../domain/floor/view.ts';
import { maskName, maskNumber } from './masking.ts';
import { agentSession, supervisorSession } from './views.ts';

describe('a number an agent may not see', () => {
  it.each([
    ['+4915123451234', '+49 *** 1234'],
    ['+12025550123', '+1 *** 0123'],
    ['+8613800138000', '+86 *** 8000'],
    ['004915123451234', '*** 1234'],
    ['015123451234', '*** 1234'],
    ['5550123', '*** 23'],
    ['1001', '***'],
    ['anonymous', '***'],
    ['', '***'],
  ])('%s is shown as %s', (number, shown) => expect(maskNumber(number)).toBe(shown));

  it('never shows more than four digits beside the country, whatever its form', () => {
    const digits = fc.array(fc.constantFrom(...'0123456789 -()./'), { minLength: 5, maxLength: 20 });
    fc.assert(
      fc.property(fc.boolean(), digits, (plus, text) => {
        const shown = maskNumber((plus ? '+' : '') + text.join('')).replace(/^\+\d{1,2} /, '');
        expect(shown.replace(/\D/g, '').length).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('is masked in a name too', () => {
    expect(maskName('+49 151 2345 1234')).toBe('+49 *** 1234');
    expect(maskName('Zoë (0151/23451234)')).toBe('Zoë (*** 1234)');
    expect(maskName('Müller 2. Stock')).toBe('Müller 2. Stock');
    expect(maskName('Room 1001')).toBe('Room 1001');
  });

  it('reaches the supervisor in full and the agent masked, with the ids of neither leg', () => {
    const view: SessionView = {
      sessionId: sessionId('s'),
      source: 'phone',
      queueId: queueId('default'),
      state: 'talking',
      since: 1,
      requestedAt: 1,
      away: false,
      agentId: agentId('1001'),
      customerLeg: 'leg-of-the-customer' as never,
      agentLeg: 'leg-of-the-agent' as never,
      customerNumber: '+4915123451234',
      customerName: '+4915123451234',
    };
    expect(supervisorSession(view)).toMatchObject({ customerNumber: '+4915123451234', agentId: '1001' });
    expect(agentSession(view)).toMatchObject({
      customerNumber: '+49 *** 1234',
      customerName: '+49 *** 1234',
    });
    expect(JSON.stringify([agentSession(view), supervisorSession(view)])).not.toContain('leg-of');
  });
});
