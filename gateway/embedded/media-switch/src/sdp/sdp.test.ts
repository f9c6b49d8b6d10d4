import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSdp, parseSdp, SdpError } from './description.ts';
import { isAcceptableOffer, MediaSession, NotAcceptable } from './negotiation.ts';

const lines = (...text: string[]): string => `${text.join('\r\n')}\r\n`;
const offer = (...media: string[]): string =>
  lines('v=0', 'o=- 42 7 IN IP4 192.0.2.5', 's=-', 'c=IN IP4 192.0.2.5', 't=0 0', ...media);
const session = (): MediaSession =>
  new MediaSession({ address: '127.0.0.1', port: 20_000 }, ['PCMU', 'PCMA'], 1_000);

describe('reading descriptions', () => {
  test('takes what it needs and passes over the rest', () => {
    const read = parseSdp(
      offer(
        'm=audio 4000 RTP/AVP 8 0 101',
        'a=rtpmap:8 PCMA/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-16',
        'a=ptime:30',
        'a=sendonly',
        'a=candidate:whatever',
        'b=AS:64',
      ),
    );
    expect(read.connection).toBe('192.0.2.5');
    expect(read.media[0]).toMatchObject({
      port: 4_000,
      formats: ['8', '0', '101'],
      ptime: 30,
      direction: 'sendonly',
    });
  });

  test.each([
    ['nothing', '', 1],
    ['no version', 'o=- 1 1 IN IP4 1.2.3.4\r\n', 1],
    ['a wrong version', 'v=1\r\n', 1],
    ['a line without a type', 'v=0\r\nhello\r\n', 2],
    ['a broken origin', 'v=0\r\no=me\r\n', 2],
    ['a broken address', lines('v=0', 'o=- 1 1 IN IP4 1.2.3.4', 's=-', 'c=IN IP4 ;rm'), 4],
    ['a port beyond the range', offer('m=audio 70000 RTP/AVP 0'), 6],
    ['a section without formats', offer('m=audio 4000 RTP/AVP'), 6],
    ['too many sections', offer(...Array.from({ length: 17 }, () => 'm=audio 4000 RTP/AVP 0')), 22],
  ])('%s is refused, and the line is named', (_, text, line) => {
    const error = ((): unknown => {
      try {
        return parseSdp(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(SdpError);
    expect((error as SdpError).line).toBe(line);
  });

  test('a huge description is refused before it is read', () => {
    expect(() => parseSdp(`v=0\r\n${'a=x\r\n'.repeat(10_000)}`)).toThrow(SdpError);
  });

  test('no text makes it throw anything else', () => {
    const line = fc.stringMatching(/^[vosctma]=[ -~]{0,40}$/);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (parts) => {
        try {
          parseSdp(lines(...parts));
        } catch (error) {
          expect(error).toBeInstanceOf(SdpError);
        }
      }),
    );
  });

  test('what is written is read back', () => {
    const text = session().offer();
    expect(formatSdp(parseSdp(text))).toBe(text);
  });
});

describe('answering an offer', () => {
  test("takes the offerer's first codec it has, its telephone-event number and its packet length", () => {
    const { sdp, negotiated } = session().answer(
      offer('m=audio 4000 RTP/AVP 18 8 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:10'),
    );
    expect(negotiated.parameters).toEqual({
      address: '192.0.2.5',
      port: 4_000,
      codec: 'PCMA',
      dtmfPayloadType: 96,
      ptime: 10,
      direction: 'sendrecv',
    });
    expect(sdp).toContain('m=audio 20000 RTP/AVP 8 96\r\n');
  });

  test('answers every section in its place and refuses all but one', () => {
    const { sdp } = session().answer(
      offer(
        'm=video 4002 RTP/AVP 96',
        'a=rtpmap:96 VP8/90000',
        'm=audio 4000 RTP/AVP 0',
        'm=audio 4004 RTP/AVP 0',
      ),
    );
    const sections = sdp.split('\r\n').filter((line) => line.startsWith('m='));
    expect(sections).toEqual(['m=video 0 RTP/AVP 96', 'm=audio 20000 RTP/AVP 0', 'm=audio 0 RTP/AVP 0']);
  });

  test.each([
    ['a=sendonly', 'recvonly', true],
    ['a=recvonly', 'sendonly', false],
    ['a=inactive', 'inactive', true],
    ['a=sendrecv', 'sendrecv', false],
  ])('%s is answered %s', (attribute, direction, held) => {
    const { sdp, negotiated } = session().answer(offer('m=audio 4000 RTP/AVP 0', attribute));
    expect(sdp).toContain(`a=${direction}\r\n`);
    expect(negotiated.heldByPeer).toBe(held);
  });

  test('the connection address 0.0.0.0 is a hold, too', () => {
    const { negotiated } = session().answer(offer('m=audio 4000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'));
    expect(negotiated.heldByPeer).toBe(true);
  });

  test.each([
    ['only G.729', offer('m=audio 4000 RTP/AVP 18')],
    ['only video', offer('m=video 4000 RTP/AVP 96')],
    ['port zero', offer('m=audio 0 RTP/AVP 0')],
    ['SRTP', offer('m=audio 4000 RTP/SAVP 0')],
    ['no address', lines('v=0', 'o=- 1 1 IN IP4 1.2.3.4', 's=-', 't=0 0', 'm=audio 4000 RTP/AVP 0')],
    ['another meaning of payload type 0', offer('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 G729/8000')],
    ['no description', 'hello'],
    [
      'a name for an address',
      lines(
        'v=0',
        'o=- 1 1 IN IP4 1.2.3.4',
        's=-',
        'c=IN IP4 phone.example',
        't=0 0',
        'm=audio 4000 RTP/AVP 0',
      ),
    ],
    [
      'an address that is none',
      lines('v=0', 'o=- 1 1 IN IP4 1.2.3.4', 's=-', 'c=IN IP4 999.1.1.1', 't=0 0', 'm=audio 4000 RTP/AVP 0'),
    ],
  ])('%s is not acceptable', (_, text) => {
    expect(isAcceptableOffer(text, ['PCMU', 'PCMA'])).toBe(false);
    expect(() => session().answer(text)).toThrow(NotAcceptable);
  });

  test('each description of a session has the next version of one origin', () => {
    const one = session();
    const origins = [one.offer(), one.answer(offer('m=audio 4000 RTP/AVP 0')).sdp, one.offer()].map((text) =>
      /^o=\S+ (\d+) (\d+)/m.exec(text)!.slice(1, 3).join(' '),
    );
    expect(origins).toEqual(['1000 1000', '1000 1001', '1000 1002']);
  });

  test('while we hold, we offer sendonly and take no sound', () => {
    const one = session();
    one.answer(offer('m=audio 4000 RTP/AVP 8'));
    one.holding = true;
    expect(one.offer()).toContain('a=sendonly\r\n');
    expect(one.accept(offer('m=audio 4000 RTP/AVP 8', 'a=recvonly')).parameters.direction).toBe('sendonly');
    one.holding = false;
    expect(one.offer()).toContain('m=audio 20000 RTP/AVP 8 101');
    expect(one.accept(offer('m=audio 4000 RTP/AVP 8')).parameters.direction).toBe('sendrecv');
  });
});
