import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentId, queueId, sessionId } from '../domain/ids.ts';
import type { SessionView } from '../domain/floor/view.ts';
import { maskName, maskNumber } from './masking.ts';
import type { RecordDetail } from '../ports/records.ts';
import { agentSession, callDetail, supervisorSession } from './views.ts';

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

  it('is masked wherever a call record names it: also of whom the call was passed on to', () => {
    const number = '+4930987654321';
    const detail: RecordDetail = {
      record: {
        sessionId: sessionId('s'),
        source: 'phone',
        queueId: queueId('default'),
        customerNumber: '+4915123451234',
        customerName: null,
        dialledNumber: '4000',
        requestedAt: 0,
        arrivedAt: 0,
        queuedAt: 0,
        connectedAt: 0,
        endedAt: 9,
        talkMs: 9,
        heldMs: 0,
        waitMs: 0,
        agentId: agentId('1001'),
        ending: 'third_hung_up',
        recovered: false,
        offers: [],
        segments: [{ kind: 'transferred', from: 0, to: 9, third: { kind: 'number', number } }],
        recordingFile: 'secret.wav',
        recordings: [
          {
            file: 'secret.wav',
            legId: 'c' as never,
            startedAt: 0,
            durationMs: 9,
            pauses: [{ from: 1, to: 2 }],
            recordingId: '0'.repeat(32),
            sessionId: sessionId('s'),
            queueId: queueId('default'),
            hold: { at: 5, by: 'supervisor', reason: 'a court asks for it' },
            deletesAt: 10,
            claimedAt: null,
            deleted: null,
          },
        ],
        stars: null,
      },
      legs: [
        {
          legId: 't' as never,
          sessionId: sessionId('s'),
          role: 'third',
          agentId: null,
          number,
          createdAt: 0,
          answeredAt: 0,
          endedAt: 9,
          ending: 'hung_up',
        },
      ],
      notes: [],
    };
    const masked = callDetail(detail, 'masked');
    expect(masked).toMatchObject({
      recorded: true,
      segments: [{ third: { number: '+49 *** 4321' } }],
      legs: [{ number: '+49 *** 4321' }],
      recordings: [{ startedAt: 0, durationMs: 9, pauses: [{ from: 1, to: 2 }] }],
    });
    expect(JSON.stringify(masked)).not.toContain('98765');
    expect(JSON.stringify(masked)).not.toMatch(/a court|000000/);
    expect(JSON.stringify([masked, callDetail(detail, 'full')])).not.toContain('secret.wav');
    expect(JSON.stringify(callDetail(detail, 'full'))).toContain(number);
  });
});
