import { expect, test } from 'vitest';
import { withStereo } from '../src/sdp.ts';

const sdp = (fmtp: string): string =>
  [
    'v=0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
    'a=rtpmap:111 opus/48000/2',
    fmtp,
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n');

test('Opus is asked for in two channels, its other settings stay', () => {
  expect(withStereo(sdp('a=fmtp:111 minptime=10;useinbandfec=1'))).toBe(
    sdp('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1'),
  );
});

test('said twice is said once', () => {
  const once = withStereo(sdp('a=fmtp:111 useinbandfec=1;stereo=0'));
  expect(once).toContain('a=fmtp:111 useinbandfec=1;stereo=1;sprop-stereo=1\r\n');
  expect(withStereo(once)).toBe(once);
});

test('a description without settings for Opus gets some; one without Opus stays', () => {
  expect(withStereo('a=rtpmap:96 opus/48000/2\r\n')).toBe(
    'a=rtpmap:96 opus/48000/2\r\na=fmtp:96 stereo=1;sprop-stereo=1\r\n',
  );
  expect(withStereo('a=rtpmap:0 PCMU/8000\r\n')).toBe('a=rtpmap:0 PCMU/8000\r\n');
});
