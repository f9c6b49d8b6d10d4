// The one change this package makes to a session description. Pure.

/**
 * Asks for two channels of Opus: `stereo` says what we like to hear, `sprop-stereo` what we are going to say (RFC 7587, 6.1).
 */
export function withStereo(sdp: string): string {
  const type = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  if (type === undefined) return sdp;
  const line = new RegExp(`^(a=fmtp:${type} )(.*?)(\r?)$`, 'm');
  if (!line.test(sdp))
    return sdp.replace(
      /^(a=rtpmap:\d+ opus\/48000\/2)(\r?)$/im,
      `$1$2\na=fmtp:${type} stereo=1;sprop-stereo=1$2`,
    );
  return sdp.replace(line, (_line, head: string, settings: string, end: string) => {
    const others = settings.split(';').filter((one) => !/^\s*(sprop-)?stereo=/.test(one));
    return `${head}${[...others, 'stereo=1', 'sprop-stereo=1'].join(';')}${end}`;
  });
}
