import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EslEvent } from './connection.ts';
import { subscription, translate } from './events.ts';

const event = (name: string, headers: Readonly<Record<string, string>> = {}, body = ''): EslEvent => ({
  name,
  get: (header) => headers[header],
  body,
});
const leg = 'd98b79ff-fbfd-43ea-b483-9af80682cffc';
const other = '3800cc30-d8a5-4792-8858-37bb6575da0a';
const inbound = { 'Unique-ID': leg, 'Call-Direction': 'inbound', 'Answer-State': 'ringing' };

describe("the switch's events", () => {
  it('are never all of them', () => {
    expect(subscription.length).toBeLessThanOrEqual(14);
    expect(subscription).not.toContain('ALL');
    expect(subscription).toContain('BACKGROUND_JOB');
  });

  it('tell of a caller who was parked, with what the edge wrote', () => {
    expect(
      translate(
        event('CHANNEL_PARK', {
          ...inbound,
          'variable_sip_h_X-Cordboard-Source': 'web',
          'variable_sip_h_X-Cordboard-Session': 's-1',
          'variable_sip_h_X-Cordboard-Queue': 'sales',
          'variable_sip_h_X-Cordboard-Agent': '1001',
          'variable_sip_h_X-Cordboard-Flow': 'main-menu',
          'Caller-Caller-ID-Number': '13800138000',
          'Caller-Caller-ID-Name': 'Li Wei',
          'Caller-Destination-Number': 'queue-sales',
        }),
      ),
    ).toMatchObject({
      kind: 'parked',
      leg,
      direction: 'inbound',
      answered: false,
      role: undefined,
      arrival: {
        source: 'web',
        session: 's-1',
        queue: 'sales',
        agent: '1001',
        flow: 'main-menu',
        from: '13800138000',
        fromName: 'Li Wei',
        to: 'queue-sales',
      },
    });
  });

  it('believe of a telephone caller what the edge says, and that nothing said is a number withheld', () => {
    const caller = (headers: Readonly<Record<string, string>>) => {
      const parked = translate(
        event('CHANNEL_PARK', {
          ...inbound,
          'variable_sip_h_X-Cordboard-Source': 'phone',
          'Caller-Caller-ID-Number': '+49171234567',
          'Caller-Caller-ID-Name': 'Anonymous',
          ...headers,
        }),
      );
      return parked?.kind === 'parked' ? [parked.arrival.from, parked.arrival.fromName] : [];
    };
    expect(caller({})).toEqual([undefined, undefined]);
    expect(caller({ 'variable_sip_h_X-Cordboard-Caller': '+4930123456' })).toEqual([
      '+4930123456',
      'Anonymous',
    ]);
  });

  it('take nothing from the edge that is not an id, and no name that is only the number', () => {
    const parked = translate(
      event('CHANNEL_PARK', {
        ...inbound,
        'variable_sip_h_X-Cordboard-Source': 'elsewhere',
        'variable_sip_h_X-Cordboard-Session': 's 1\n',
        'variable_sip_h_X-Cordboard-Queue': '${queue}',
        'variable_sip_h_X-Cordboard-Agent': '1001,eve',
        'variable_sip_h_X-Cordboard-Flow': 'a flow',
        'Caller-Caller-ID-Number': '13800138000',
        'Caller-Caller-ID-Name': '13800138000',
      }),
    );
    expect(parked).toMatchObject({
      arrival: {
        source: undefined,
        session: undefined,
        queue: undefined,
        agent: undefined,
        flow: undefined,
        fromName: undefined,
      },
    });
  });

  it('tell how a leg ended', () => {
    const headers = {
      'Unique-ID': leg,
      'Hangup-Cause': 'USER_BUSY',
      variable_sip_hangup_disposition: 'recv_refuse',
      variable_sip_term_status: '486',
      'Caller-Channel-Answered-Time': '0',
    };
    expect(translate(event('CHANNEL_HANGUP_COMPLETE', headers))).toEqual({
      kind: 'ended',
      leg,
      cause: 'USER_BUSY',
      disposition: 'recv_refuse',
      status: 486,
      answered: false,
      recordedMs: undefined,
    });
    const answered = { ...headers, 'Caller-Channel-Answered-Time': '1795265663053861' };
    expect(translate(event('CHANNEL_HANGUP_COMPLETE', answered))).toMatchObject({ answered: true });
  });

  it('name a pair by its own headers, not by whose event it is', () => {
    const pair = { 'Unique-ID': 'x', 'Bridge-A-Unique-ID': leg, 'Bridge-B-Unique-ID': other };
    expect(translate(event('CHANNEL_BRIDGE', { ...pair, 'Event-Sequence': '7' }))).toEqual({
      kind: 'bridged',
      a: leg,
      b: other,
      sequence: 7,
    });
  });

  it.each([
    ['RINGING', { kind: 'progress', early: false }],
    ['EARLY', { kind: 'progress', early: true }],
    ['ACTIVE', { kind: 'answered' }],
    ['HELD', { kind: 'nothing' }],
    ['HANGUP', { kind: 'nothing' }],
  ])('tell of the call state %s', (state, expected) => {
    const headers = { 'Unique-ID': leg, 'Call-Direction': 'outbound', 'Channel-Call-State': state };
    expect(translate(event('CHANNEL_CALLSTATE', headers))).toMatchObject(expected);
  });

  it('tell who comes into a room and who leaves it, and nothing else of conferences', () => {
    const act = (Action: string) =>
      translate(event('CUSTOM', { 'Unique-ID': leg, Action, 'Conference-Name': 's-1' }));
    expect(act('add-member')).toEqual({ kind: 'entered', leg, room: 's-1', sequence: 0 });
    expect(act('del-member')).toMatchObject({ kind: 'left', leg, room: 's-1' });
    expect(act('conference-destroy')).toEqual({ kind: 'nothing' });
  });

  it('tell of listeners and sounds that hang on a leg, not of recordings', () => {
    const bug = (name: string, what: string) =>
      translate(
        event(name, { 'Unique-ID': leg, 'Media-Bug-Function': what, 'Media-Bug-Target': '/s/x.wav' }),
      );
    expect(bug('MEDIA_BUG_START', 'eavesdrop')).toEqual({ kind: 'listenedTo', leg });
    expect(bug('MEDIA_BUG_STOP', 'displace')).toEqual({ kind: 'lifted', leg, what: '/s/x.wav' });
    expect(bug('MEDIA_BUG_STOP', 'session_record')).toEqual({ kind: 'nothing' });
    expect(bug('MEDIA_BUG_STOP', 'eavesdrop')).toEqual({ kind: 'nothing' });
  });

  it('tell of keys and recordings', () => {
    expect(translate(event('DTMF', { 'Unique-ID': leg, 'DTMF-Digit': '#' }))).toEqual({
      kind: 'digit',
      leg,
      digit: '#',
    });
    const file = { 'Unique-ID': leg, 'Record-File-Path': '/r/a.wav' };
    expect(translate(event('RECORD_STOP', { ...file, variable_record_ms: '1520' }))).toEqual({
      kind: 'recordStopped',
      leg,
      file: '/r/a.wav',
      durationMs: 1520,
    });
  });

  it('tell what came of a job', () => {
    expect(translate(event('BACKGROUND_JOB', { 'Job-UUID': leg }, `+OK ${leg}\n`))).toMatchObject({
      ok: true,
    });
    expect(translate(event('BACKGROUND_JOB', { 'Job-UUID': leg }, '-ERR NO_ANSWER\n'))).toEqual({
      kind: 'jobDone',
      job: leg,
      ok: false,
      result: '-ERR NO_ANSWER',
    });
  });

  it('that do not hold what they promise are told apart, and never throw', () => {
    expect(translate(event('CHANNEL_PARK'))).toMatchObject({ kind: 'malformed', name: 'CHANNEL_PARK' });
    expect(translate(event('HEARTBEAT'))).toMatchObject({ kind: 'malformed', why: 'not subscribed to' });
    expect(translate(event('DTMF', { 'Unique-ID': leg, 'DTMF-Digit': 'flash' })).kind).toBe('malformed');
    fc.assert(
      fc.property(
        fc.constantFrom(...subscription),
        fc.dictionary(
          fc.constantFrom(
            'Unique-ID',
            'Call-Direction',
            'Answer-State',
            'Hangup-Cause',
            'Bridge-A-Unique-ID',
            'Bridge-B-Unique-ID',
            'Job-UUID',
            'Record-File-Path',
            'variable_record_ms',
            'variable_sip_term_status',
          ),
          fc.oneof(fc.string(), fc.constantFrom(leg, 'inbound', 'NORMAL_CLEARING', '486', '-1', '1e9')),
        ),
        fc.string(),
        (name, headers, body) => {
          const happening = translate(event(name, headers, body));
          // What gets through carries ids that every command builder would take.
          for (const id of ['leg', 'a', 'b', 'job'] as const) {
            if (id in happening)
              expect((happening as Record<string, unknown>)[id]).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);
          }
        },
      ),
    );
  });
});
