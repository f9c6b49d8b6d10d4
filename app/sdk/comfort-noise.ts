// Takes comfort noise (RFC 3389) out of a session description. Where both sides offer it, a browser stops sending whenever it thinks
// that nobody speaks: a muted agent sends nothing for minutes, the switch takes her for dead (media_timeout), and recordings have
// holes. A packet every 20 ms, silent or not, is what tells a quiet person from a lost one.

const comfortNoise = /^a=rtpmap:(\d+) CN\//i;

/**
 * The description without comfort noise: its payload types in the media lines, and their attributes.
 * @param sdp RFC 8866; anything that is not understood is left as it is
 */
export function withoutComfortNoise(sdp: string): string {
  // 13 is CN/8000 also where no rtpmap says so (RFC 3551 section 6).
  const quiet = new Set(['13']);
  const lines = sdp.split('\r\n');
  for (const line of lines) {
    const payload = comfortNoise.exec(line)?.[1];
    if (payload !== undefined) quiet.add(payload);
  }
  const isAboutQuiet = (line: string): boolean =>
    quiet.has(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1] ?? '');
  return lines
    .filter((line) => !isAboutQuiet(line))
    .map((line) => (line.startsWith('m=audio ') ? withoutPayloads(line, quiet) : line))
    .join('\r\n');
}

/** `m=audio <port> <protocol> <payload types>`; one that would be left without any stays as it is. */
function withoutPayloads(line: string, quiet: ReadonlySet<string>): string {
  const [media = '', port = '', protocol = '', ...payloads] = line.split(' ');
  const kept = payloads.filter((payload) => !quiet.has(payload));
  return kept.length === 0 ? line : [media, port, protocol, ...kept].join(' ');
}
