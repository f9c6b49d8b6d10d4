import { expect, test } from 'vitest';
import { withoutComfortNoise } from './comfort-noise.ts';

const description = (...lines: string[]): string => `${['v=0', 's=-', ...lines].join('\r\n')}\r\n`;

test('comfort noise is taken out of the media line with all that is said about it; the rest stays in its order', () => {
  const given = description(
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 13 105 110 101',
    'a=rtpmap:111 opus/48000/2',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:13 CN/8000',
    'a=rtpmap:105 cn/16000',
    'a=fmtp:105 x=1',
    'a=rtpmap:110 telephone-event/48000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
  );
  expect(withoutComfortNoise(given)).toBe(
    description(
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 110 101',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:110 telephone-event/48000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
    ),
  );
});

test('13 is comfort noise also where nothing says so', () => {
  expect(withoutComfortNoise(description('m=audio 4000 RTP/AVP 0 13'))).toBe(
    description('m=audio 4000 RTP/AVP 0'),
  );
});

test('a description without it, and a media line that has nothing else, are left as they are', () => {
  for (const given of [
    description('m=audio 4000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000'),
    description('m=audio 4000 RTP/AVP 13'),
    description('m=video 9 UDP/TLS/RTP/SAVPF 13'),
    '',
  ])
    expect(withoutComfortNoise(given)).toBe(given);
});
