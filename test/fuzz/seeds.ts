// What is mutated: the messages of RFC 4475, ordinary ones of each method, and session descriptions of phones, browsers and
// trunks as RFC 4566, 3264 and 8829 have them.
import { torture, tortureNames } from '../../gateway/embedded/sip-stack/test/support.ts';
import { draftOf, type Draft } from './messages.ts';

const lines = (...text: string[]): string => text.map((line) => `${line}\r\n`).join('');

export const SDP_SEEDS: readonly string[] = [
  lines(
    ...['v=0', 'o=- 9 9 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...['m=audio 50000 RTP/AVP 0 8 101', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000'],
    ...['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16', 'a=ptime:20', 'a=sendrecv'],
  ),
  lines(
    ...['v=0', 'o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5', 's=SDP Seminar', 'i=A Seminar'],
    ...['u=http://www.example.com/seminars/sdp.pdf', 'e=j.doe@example.com (Jane Doe)', 'p=+1 617 555-6011'],
    ...[
      'c=IN IP4 224.2.17.12/127',
      'b=CT:128',
      't=2873397496 2873404696',
      'r=7d 1h 0 25h',
      'z=2882844526 -1h',
    ],
    ...[
      'k=clear:x',
      'a=recvonly',
      'm=audio 49170 RTP/AVP 0',
      'm=video 51372 RTP/AVP 99',
      'a=rtpmap:99 h263-1998/90000',
    ],
  ),
  lines(
    ...[
      'v=0',
      'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=group:BUNDLE 0',
      'a=msid-semantic: WMS s',
    ],
    ...['m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126', 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0'],
    ...['a=candidate:1467250027 1 udp 2122260223 127.0.0.1 46243 typ host generation 0'],
    ...['a=ice-ufrag:4ZcD', 'a=ice-pwd:2/1muCWoOi3uLifh0NuRHlZW', 'a=ice-options:trickle'],
    ...[
      'a=fingerprint:sha-256 75:74:5A:A6:A4:E5:52:F4:A7:67:4C:01:C7:EE:91:3F:21:3D:A2:E3:53:7B:6F:30:86:F2:30:AA:65:FB:04:24',
    ],
    ...[
      'a=setup:actpass',
      'a=mid:0',
      'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'a=sendrecv',
      'a=rtcp-mux',
    ],
    ...['a=rtpmap:111 opus/48000/2', 'a=rtcp-fb:111 transport-cc', 'a=fmtp:111 minptime=10;useinbandfec=1'],
    ...[
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:126 telephone-event/8000',
      'a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6',
    ],
  ),
  lines(
    ...[
      'v=0',
      'o=- 1 1 IN IP6 ::1',
      's=-',
      'c=IN IP6 ::1',
      't=0 0',
      'm=audio 40000 RTP/AVP 9 8',
      'a=inactive',
    ],
    ...['m=image 40002 udptl t38', 'a=T38FaxVersion:0', 'm=application 0 RTP/AVP 96'],
  ),
  lines(
    ...[
      'v=0',
      'o=- 2 3 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 0.0.0.0',
      't=0 0',
      'm=audio 50010 RTP/SAVP 0',
      'a=sendonly',
    ],
    ...['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32'],
  ),
];

/** Where the seeds speak from and to. */
export interface Place {
  readonly server: string;
  readonly self: string;
  readonly user: string;
}

const METHODS = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'INFO', 'PRACK', 'UPDATE'],
  ...['MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'PUBLISH'],
] as const;

/** Headers each method is not complete without, and some that only the curious read. */
const OF_METHOD: Readonly<Partial<Record<(typeof METHODS)[number], readonly [string, string][]>>> = {
  INVITE: [
    ['Session-Expires', '1800;refresher=uac'],
    ['Min-SE', '90'],
    ['Supported', 'timer, 100rel, replaces, outbound, path'],
    ['P-Asserted-Identity', '"Cullen" <sip:4000@example.com>'],
    ['Diversion', '<sip:4999@example.com>;reason=no-answer'],
    ['Replaces', '12adf2f34456gs5;to-tag=12345;from-tag=54321'],
    ['Alert-Info', '<http://www.example.com/sounds/moo.wav>;info=alert-autoanswer'],
  ],
  REGISTER: [
    ['Expires', '300'],
    [
      'Authorization',
      'Digest username="1001", realm="cordboard", nonce="84a4cc6f", uri="sip:127.0.0.1", response="7587245234b3434cc3412213e5f113a5", algorithm=MD5, qop=auth, nc=00000001, cnonce="0a4f113b"',
    ],
  ],
  PRACK: [['RAck', '776656 1 INVITE']],
  SUBSCRIBE: [
    ['Event', 'presence;id=1'],
    ['Expires', '60'],
  ],
  NOTIFY: [
    ['Event', 'refer'],
    ['Subscription-State', 'active;expires=60'],
  ],
  REFER: [
    ['Refer-To', '<sip:4000@example.com?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345>'],
    ['Referred-By', '<sip:a@b>;cid="x"'],
  ],
  PUBLISH: [['SIP-If-Match', 'dx200xyz']],
};

const STATUSES = [
  '100 Trying',
  '180 Ringing',
  '183 Session Progress',
  '200 OK',
  '302 Moved',
  '401 Unauthorized',
  '486 Busy Here',
  '487 Request Terminated',
  '503 Service Unavailable',
  '603 Decline',
];

/** An ordinary request. `index` makes it one of its own. */
export function ordinaryRequest(method: string, place: Place, index: number): Draft {
  const { server, self, user } = place;
  return {
    start: `${method} sip:${user}@${server} SIP/2.0`,
    headers: [
      ['Via', `SIP/2.0/UDP ${self};branch=z9hG4bKf${index};rport`],
      ['Max-Forwards', '70'],
      ['From', `"F ${index}" <sip:fuzz@${self}>;tag=f${index}`],
      ['To', `<sip:${user}@${server}>`],
      ['Call-ID', `f${index}@fuzz`],
      ['CSeq', `1 ${method}`],
      ['Contact', `<sip:fuzz@${self}>`],
      ...(OF_METHOD[method as (typeof METHODS)[number]] ?? []).map(([name, value]): [string, string] => [
        name,
        value,
      ]),
    ],
    body: '',
    length: 'right',
  };
}

/** A response to nothing we were asked, as a confused or lying peer sends it. */
export function strayResponse(status: string, place: Place, index: number): Draft {
  const request = ordinaryRequest('INVITE', place, index);
  return {
    ...request,
    start: `SIP/2.0 ${status}`,
    headers: [['Via', `SIP/2.0/UDP ${place.server};branch=z9hG4bK${index};rport`], ...request.headers].map(
      ([name = '', value = '']): [string, string] =>
        name === 'To' ? [name, `${value};tag=t${index}`] : [name, value],
    ),
  };
}

/** The messages of RFC 4475, in octets as characters. */
export const TORTURE_SEEDS: readonly Draft[] = tortureNames().map((name) =>
  draftOf(torture(name).toString('latin1')),
);

export { METHODS, STATUSES };
