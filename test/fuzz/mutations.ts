// Changes that know the grammar: what a broken, hostile or only inventive peer does to a header, a URI, a session
// description. One seed and index always give the same message.
import { below, headerOf, pick, setHeader, type Draft, type Random } from './messages.ts';

const TOKENS = [
  ...['', ' ', '\t', '0', '-1', '1', '4294967295', '4294967296', '99999999999999999999', '1e9', '0x10', '+5'],
  ...[
    '%00',
    '%',
    '%zz',
    '%25%32%35',
    '\0',
    '\x7f',
    '\xff\xfe',
    '\xc0\x80',
    '\xe2\x82\xac',
    '|',
    '||',
    '\\',
    '"',
    '"unbalanced',
  ],
  ...[
    '<',
    '>',
    '<>',
    '<<>>',
    ';',
    ';;',
    ';=',
    ';a=',
    ';a="',
    ',',
    ',,',
    '@',
    'a@b@c',
    ':',
    '::',
    '[',
    '[::1',
    '[::1]:x',
  ],
  ...[
    'sip:',
    'sips:',
    'tel:',
    'tel:+',
    'urn:x',
    'sip:a@[::ffff:127.0.0.1]',
    'sip:127.0.0.1:0',
    'sip:x@127.0.0.1:65536',
  ],
  ...[
    'sip:x@127.0.0.1;transport=tls;maddr=127.0.0.1',
    'sip:x@127.0.0.1;lr;lr=on;ttl=1',
    'sip:%61@127.0.0.1?Subject=x&Route=y',
  ],
  ...[
    '*',
    '**',
    '$',
    '${x}',
    '{a=b}',
    '^^',
    'null',
    'undefined',
    '__proto__',
    'constructor',
    'z9hG4bK',
    'SIP/3.0',
    'UDP/2.0',
  ],
];
const METHOD_NAMES = [
  'INVITE',
  'invite',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'UPDATE',
  'NOTIFY',
  'FOO',
  'I\0',
];
const NAMES = [
  ...[
    'Via',
    'v',
    'VIA',
    'From',
    'f',
    'To',
    't',
    'Call-ID',
    'i',
    'CSeq',
    'Contact',
    'm',
    'Route',
    'Record-Route',
    'Path',
  ],
  ...[
    'Max-Forwards',
    'Expires',
    'Require',
    'Proxy-Require',
    'Supported',
    'k',
    'Content-Type',
    'c',
    'Content-Encoding',
    'e',
  ],
  ...[
    'Content-Length',
    'l',
    'Content-Disposition',
    'Authorization',
    'Proxy-Authorization',
    'RAck',
    'RSeq',
    'Session-Expires',
    'x',
  ],
  ...[
    'Min-SE',
    'Replaces',
    'Event',
    'o',
    'Date',
    'Timestamp',
    'P-Asserted-Identity',
    'Privacy',
    'X-Cordboard-Queue',
  ],
  ...[
    'X-Cordboard-Session',
    'X-Cordboard-Ticket',
    'Identity',
    'History-Info',
    'Reason',
    '',
    ' ',
    'A'.repeat(300),
  ],
];
const PARAMETERS = [
  ...[
    ';tag=x',
    ';tag=',
    ';tag',
    ';branch=z9hG4bK',
    ';rport=0',
    ';rport=70000',
    ';rport',
    ';received=127.0.0.1',
    ';received=x',
  ],
  ...[
    ';maddr=127.0.0.1',
    ';ttl=256',
    ';lr',
    ';expires=-1',
    ';expires=4294967296',
    ';q=1.5',
    ';q=',
    ';refresher=uas',
    ';a="b;c"',
  ],
  ...[
    ';a="\\',
    ';transport=sctp',
    ';transport=',
    ';+sip.instance="<urn:uuid:0>"',
    ';reg-id=1',
    ';ob',
    ';comp=sigcomp',
    ';alias',
  ],
];
const BODIES = [
  'application/sdp',
  'multipart/mixed;boundary="x"',
  'multipart/mixed;boundary=',
  'application/dtmf-relay',
  'text/plain; charset=utf-16',
  'message/sipfrag',
  '/',
  'application/',
  'a/b;c',
];

type Mutation = (draft: Draft, random: Random) => void;

/** Somewhere in a text: its place and how much of it is meant. */
function span(text: string, random: Random): [from: number, to: number] {
  const from = below(random, text.length + 1);
  return [from, Math.min(text.length, from + below(random, 8))];
}

function spoil(text: string, random: Random): string {
  const [from, to] = span(text, random);
  return text.slice(0, from) + pick(random, TOKENS) + text.slice(to);
}

function onHeader(change: (value: string, random: Random) => string): Mutation {
  return (draft, random) => {
    const at = below(random, draft.headers.length);
    const header = draft.headers[at];
    if (header) draft.headers[at] = [header[0], change(header[1], random)];
  };
}

const SIP_MUTATIONS: readonly Mutation[] = [
  onHeader((value, random) => spoil(value, random)),
  onHeader((_value, random) => pick(random, TOKENS)),
  onHeader((value, random) => value + pick(random, PARAMETERS)),
  onHeader((value, random) => `${value}, ${spoil(value, random)}`),
  onHeader((value, random) => value.replace(/ /g, () => (random() < 0.5 ? '\r\n ' : '\t '))),
  onHeader((value, random) => value.replace(/[0-9]+/, () => pick(random, TOKENS))),
  onHeader((value, random) => value + 'x'.repeat(1 << below(random, 15))),
  onHeader((value, random) => `"${'\\"'.repeat(below(random, 200))}" ${value}`),
  (draft, random) => void draft.headers.splice(below(random, draft.headers.length), 1),
  (draft, random) => {
    const copy = draft.headers[below(random, draft.headers.length)];
    if (copy) draft.headers.splice(below(random, draft.headers.length), 0, [...copy]);
  },
  (draft, random) => {
    const copy = draft.headers[below(random, draft.headers.length)];
    for (let times = 1 << below(random, 8); copy && times > 0; times -= 1) draft.headers.push([...copy]);
  },
  (draft, random) => void draft.headers.sort(() => random() - 0.5),
  (draft, random) => void draft.headers.push([pick(random, NAMES), pick(random, TOKENS)]),
  (draft, random) => {
    const where = below(random, draft.headers.length);
    const header = draft.headers[where];
    if (header) draft.headers[where] = [pick(random, NAMES), header[1]];
  },
  (draft, random) => {
    draft.start = spoil(draft.start, random);
  },
  (draft, random) => {
    draft.start = draft.start.replace(/^\S+/, pick(random, METHOD_NAMES));
  },
  (draft, random) => {
    draft.length = { says: pick(random, [...TOKENS, '10', '65535', '70000']) };
  },
  (draft, random) => setHeader(draft, 'Content-Type', pick(random, BODIES)),
  (draft, random) => setHeader(draft, 'Max-Forwards', String(below(random, 3))),
  // A request within a call, and the call's own answers, of somebody who guesses.
  (draft, random) =>
    setHeader(draft, 'To', `${headerOf(draft, 'To') ?? '<sip:x@y>'};tag=${below(random, 1e6)}`),
  (draft, random) =>
    setHeader(draft, 'Require', pick(random, ['100rel', 'timer', 'path, outbound', 'x'.repeat(50), ','])),
  (draft, random) => {
    draft.body = spoil(draft.body, random);
  },
];

function linesOf(sdp: string): string[] {
  const lines = sdp.split('\r\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const SDP_WORDS = [
  ...TOKENS,
  ...[
    'm=audio 0 RTP/AVP 0',
    'm=audio 65536 RTP/AVP 0',
    'm=audio -1 RTP/AVP',
    'm=audio 5000/2 RTP/AVP 0',
    'm=',
    'm=audio',
  ],
  ...[
    'c=IN IP4 0.0.0.0',
    'c=IN IP4 255.255.255.255',
    'c=IN IP6 fe80::1%eth0',
    'c=IN IP4 x',
    'c=',
    'c=IN IP4 224.0.0.1/127/3',
  ],
  ...[
    'a=rtpmap:',
    'a=rtpmap:0 PCMU/0',
    'a=rtpmap:999 x/8000',
    'a=rtpmap:96 opus/48000/99',
    'a=fmtp:101 0-4294967295',
    'a=ptime:0',
  ],
  ...[
    'a=ptime:1e3',
    'a=ptime:99999',
    'a=maxptime:-1',
    'a=sendrecv',
    'a=inactive',
    'a=',
    'v=1',
    'v=',
    't=',
    'o=',
    'o=- 1 1 IN IP4',
  ],
  ...[
    'o=- 18446744073709551616 1 IN IP4 x',
    's=',
    'b=AS:99999999999',
    'k=prompt',
    'z=0 0',
    '=',
    'a',
    'm=audio 50000 RTP/AVP 256 -1 x',
  ],
];

type SdpMutation = (lines: string[], random: Random) => void;

const at = (lines: readonly string[], random: Random): number => below(random, Math.max(1, lines.length));

const SDP_MUTATIONS: readonly SdpMutation[] = [
  (lines, random) => void lines.splice(at(lines, random), 1),
  (lines, random) => void lines.splice(at(lines, random), 0, lines[at(lines, random)] ?? ''),
  (lines, random) => void lines.splice(at(lines, random), 0, pick(random, SDP_WORDS)),
  (lines, random) => void lines.splice(at(lines, random), 1, pick(random, SDP_WORDS)),
  (lines, random) => void lines.sort(() => random() - 0.5),
  (lines, random) => {
    const where = at(lines, random);
    lines[where] = spoil(lines[where] ?? '', random);
  },
  (lines, random) => {
    const where = at(lines, random);
    lines[where] = (lines[where] ?? '').replace(/[0-9]+/, () => pick(random, TOKENS));
  },
  (lines, random) => {
    const media = lines.find((line) => line.startsWith('m=')) ?? 'm=audio 50000 RTP/AVP 0';
    for (let times = 1 << below(random, 8); times > 0; times -= 1) lines.push(media);
  },
  (lines, random) => {
    const where = at(lines, random);
    lines[where] = `${lines[where] ?? ''}${' 0'.repeat(1 << below(random, 12))}`;
  },
];

const LINE_ENDS = ['\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n\r\n', '\n\r'];

/** One to five changes of headers, start line or body. */
export function mutateSip(draft: Draft, random: Random): void {
  for (let changes = 1 + below(random, 4); changes > 0; changes -= 1)
    pick(random, SIP_MUTATIONS)(draft, random);
}

/** A session description with one to four changes. */
export function mutatedSdp(sdp: string, random: Random): string {
  const lines = linesOf(sdp);
  for (let changes = 1 + below(random, 4); changes > 0; changes -= 1)
    pick(random, SDP_MUTATIONS)(lines, random);
  const end = pick(random, LINE_ENDS);
  return lines.join(end) + (random() < 0.9 ? end : '');
}
