import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentId, legId, offerId, sessionId } from '../../app/domain/ids.ts';
import * as commands from './commands.ts';
import { originate, type Dial } from './dialstring.ts';
import { safeAddress, safeName, safeNumber, safePath, safeUuid } from './safe-text.ts';

const place = { profile: 'cordboard', edge: '127.0.0.1:5060' };
const dial = (over: Partial<Dial> = {}): Dial => ({
  kind: 'leg.dial',
  legId: legId('11111111-2222-4333-8444-555555555555'),
  to: { kind: 'device', device: { kind: 'sip', address: '1001' } },
  labels: { role: 'agent', agentId: agentId('1001'), sessionId: sessionId('s-1'), offerId: offerId('o-1') },
  callerNumber: '5551234',
  callerName: 'Li Wei',
  ringUntil: 20_000,
  ...over,
});

/** Words that mean something to one of the switch's parsers, between pieces of anything. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n\n',
        '${',
        '}',
        '{',
        ',',
        '|',
        '&',
        '^^',
        '^^:',
        '[',
        ']',
        '<',
        '>',
        "'",
        '"',
        '\\',
        '\\n',
      ),
      fc.constantFrom(
        'api hupall',
        '${system(id)}',
        '&bridge(',
        ' inline',
        ';fs_path=sip:evil',
        'x=1',
        '\0',
        '\u2028',
      ),
      fc.string({ unit: 'grapheme' }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

/** FreeSWITCH's first parser: blanks split, single quotes group and are removed, a backslash keeps the next character. */
function splitOnBlanks(line: string): string[] {
  const words: string[] = [''];
  let inQuotes = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\') words.push(`${words.pop()}${char}${line.charAt((at += 1))}`);
    else if (char === "'") inQuotes = !inQuotes;
    else if (char === ' ' && !inQuotes) words.push('');
    else words.push(`${words.pop()}${char}`);
  }
  return words;
}

/** Its second: the block between the first braces, split on commas. */
function variablesOf(url: string): Record<string, string> {
  const block = /^\{([^}]*)\}/.exec(url)?.[1] ?? '';
  return Object.fromEntries(
    block.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

const refusesOr = <T>(attempt: () => T): T | 'refused' => {
  try {
    return attempt();
  } catch (error) {
    expect(error).toMatchObject({ reason: 'refused' });
    return 'refused';
  }
};

describe('an originate line', () => {
  it('reads as expected for an ordinary call', () => {
    expect(originate(dial(), place, 0)).toMatchInlineSnapshot(
      `"originate {origination_uuid=11111111-2222-4333-8444-555555555555,origination_caller_id_number=5551234,origination_caller_id_name='Li Wei',originate_timeout=21,ignore_early_media=true,park_after_bridge=true,hold_music=silence,media_timeout=60000,sip_cid_type=none,cordboard_role=agent,cordboard_session=s-1,cordboard_agent=1001,cordboard_offer=o-1,sip_h_X-Cordboard-Session=s-1}sofia/cordboard/sip:1001@127.0.0.1:5060;fs_path=sip:127.0.0.1:5060 &park()"`,
    );
  });

  it('means the same to the switch whatever the caller is called', () => {
    const expected = Object.keys(variablesOf(splitOnBlanks(originate(dial(), place, 0))[1] ?? '')).join();
    fc.assert(
      fc.property(hostile, hostile, (callerName, callerNumber) => {
        const line = originate(dial({ callerName, callerNumber }), place, 0);
        const words = splitOnBlanks(line);
        const url = words[1] ?? '';
        const variables = variablesOf(url);
        // One comparison: five thousand runs of eight are slow.
        expect([
          /[\r\n\0$|^<>[\]"\\\u2028]/.test(line),
          [words.length, words[2], url.split('{').length],
          url.slice(url.indexOf('}') + 1),
          Object.keys(variables).join(),
          variables['origination_uuid'],
          variables['cordboard_role'],
        ]).toEqual([
          false,
          [3, '&park()', 2],
          'sofia/cordboard/sip:1001@127.0.0.1:5060;fs_path=sip:127.0.0.1:5060',
          expected,
          '11111111-2222-4333-8444-555555555555',
          'agent',
        ]);
      }),
      { numRuns: 5_000, seed: 20261121 },
    );
  });

  it('is refused rather than built from an id or address that could be read as anything else', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const over of [
          { legId: legId(text) },
          { labels: { ...dial().labels, agentId: agentId(text) } },
          { labels: { ...dial().labels, sessionId: sessionId(text) } },
          { labels: { ...dial().labels, offerId: offerId(text) } },
          { to: { kind: 'device', device: { kind: 'sip', address: text } } as const },
        ]) {
          const line = refusesOr(() => originate(dial(over), place, 0));
          if (line !== 'refused') expect(text).toMatch(/^[A-Za-z0-9_.@+-]+$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps names of every script, and cuts none in the middle of a character', () => {
    expect(safeName('李 伟')).toBe('李 伟');
    expect(safeName("Zoë O'Brien-Smith, MD")).toBe('Zoë O Brien-Smith MD');
    expect(safeName('𠮷'.repeat(70))).toBe('𠮷'.repeat(64));
  });

  it('shows masked numbers as they were masked', () => {
    expect(safeNumber('138****8000')).toBe('138****8000');
    expect(safeNumber('+86 (138) 0013-8000')).toBe('+861380013-8000');
  });

  it('shows something where neither name nor number is known', () => {
    const line = originate(dial({ callerName: '', callerNumber: '' }), place, 0);
    expect(line).toContain('origination_caller_id_number=anonymous,origination_caller_id_name=anonymous');
  });
});

describe('every other line', () => {
  const builders: Record<string, (text: string) => string> = {
    answer: commands.answer,
    ring: commands.ring,
    kill: (text) => commands.kill(text, 'normal'),
    playMusic: commands.playMusic,
    playSilence: commands.playSilence,
    stopPlaying: commands.stopPlaying,
    bridgeFrom: (text) => commands.bridge(text, 'b'),
    bridgeTo: (text) => commands.bridge('a', text),
    keepAfterBridge: commands.keepAfterBridge,
    parkBoth: commands.parkBoth,
    playRingback: commands.playRingback,
    park: commands.park,
    confer: (text) => commands.confer(text, 'r'),
    conferIn: (text) => commands.confer('a', text),
    conferBoth: (text) => commands.conferBoth(text, 'r'),
    listen: (text) => commands.listen(text, 'b'),
    listenTo: (text) => commands.listen('a', text),
    prepareListening: (text) => commands.prepareListening(text, 'barge'),
    mute: commands.mute,
    unmute: commands.unmute,
    noteMuted: (text) => commands.noteMuted(text, true),
    sendDigits: (text) => commands.sendDigits('a', text),
    attached: commands.attached,
    layOver: (text) => commands.layOver(text, '/s/x.wav', { mix: true, endless: false }),
    liftOff: (text) => commands.liftOff(text, '/s/x.wav'),
    maskOf: (text) => commands.maskRecording(text, '/r/x.wav'),
    unmaskOf: (text) => commands.unmaskRecording(text, '/r/x.wav'),
    recordInStereo: (text) => commands.recordInStereo(text, '/r/x.wav'),
    recordingOf: (text) => commands.startRecording(text, '/r/x.wav'),
    recordingAt: (text) => commands.startRecording('a', text),
    stopRecording: (text) => commands.stopRecording('a', text),
    talk: commands.talk,
    exists: commands.exists,
    dump: commands.dump,
    label: (text) => commands.label('a', { role: 'customer', sessionId: sessionId(text) }),
    labelAgent: (text) =>
      commands.label('a', { role: 'agent', sessionId: sessionId('s'), agentId: agentId(text) }),
  };

  it.each(Object.keys(builders))('%s is one line with as many words as ever, or is refused', (name) => {
    const build = builders[name]!;
    const ordinary = splitOnBlanks(
      build({ recordingAt: '/r/x.wav', stopRecording: '/r/x.wav', sendDigits: '12*#' }[name] ?? 'x'),
    ).length;
    fc.assert(
      fc.property(hostile, (text) => {
        const line = refusesOr(() => build(text));
        if (line === 'refused') return;
        expect(line).not.toMatch(/[\r\n\0${}|^<>[\]"\\]/);
        expect(splitOnBlanks(line)).toHaveLength(ordinary);
      }),
    );
  });

  it('accepts the ids and paths that really occur', () => {
    expect(safeUuid('d98b79ff-fbfd-43ea-b483-9af80682cffc')).toBeTruthy();
    expect(safeAddress('browser-1001')).toBe('browser-1001');
    expect(safePath('/home/李 伟/data/recordings/s-1_x.wav')).toBeTruthy();
    expect(commands.startRecording('a', '/my data/x.wav')).toBe("uuid_record a start '/my data/x.wav'");
  });

  it.each(['/data/../etc/passwd', 'data/x.wav', "/data/x'y.wav", '/data/x\ny.wav', ''])(
    'refuses the path %j',
    (text) => {
      expect(() => safePath(text)).toThrow(expect.objectContaining({ reason: 'refused' }));
    },
  );
});
