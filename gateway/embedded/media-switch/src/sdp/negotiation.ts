// Offer and answer (RFC 3264) for one audio stream of G.711 or G.722 with telephone-event. One `MediaSession` per leg keeps
// the origin and its version, so that every description we send is a true successor of the one before.

import { isIP } from 'node:net';
import { codecOfPayloadType, PAYLOAD_TYPES, type CodecName } from '../audio/codec.ts';
import type { Direction, MediaParameters } from '../media/protocol.ts';
import { formatSdp, parseSdp, SdpError } from './description.ts';
import type { MediaDescription, RtpMap, SessionDescription } from './description.ts';

const DTMF_PAYLOAD_TYPE = 101;
const MIRROR: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** No stream of the description can be talked on; FreeSWITCH's INCOMPATIBLE_DESTINATION, SIP 488. */
export class NotAcceptable extends Error {
  override readonly name = 'NotAcceptable';
}

/** What was agreed. */
export interface Negotiated {
  readonly parameters: MediaParameters;
  /** The peer put us on hold: it sends only, or nothing, or (RFC 2543) from nowhere. */
  readonly heldByPeer: boolean;
}

const codecOf = (media: MediaDescription, format: string): CodecName | undefined => {
  if (!/^\d{1,3}$/.test(format)) return undefined;
  const type = Number(format);
  const map = media.rtpmaps.get(type);
  // Our codecs have static payload types; a map that gives them another meaning is honoured by not accepting them.
  const name = codecOfPayloadType(type);
  if (name === undefined) return undefined;
  return !map || (map.name.toUpperCase() === name && map.rate === 8_000 && map.channels === 1)
    ? name
    : undefined;
};

const dtmfTypeOf = (media: MediaDescription): number | undefined => {
  for (const format of media.formats) {
    const map: RtpMap | undefined = media.rtpmaps.get(Number(format));
    if (map?.name.toLowerCase() === 'telephone-event' && map.rate === 8_000) return Number(format);
  }
  return undefined;
};

const packetTime = (ptime: number | undefined): 10 | 20 | 30 => (ptime === 10 || ptime === 30 ? ptime : 20);

interface Stream {
  readonly media: MediaDescription;
  readonly index: number;
  readonly codec: CodecName;
  readonly dtmfPayloadType?: number;
  readonly address: string;
  readonly direction: Direction;
}

const isNowhere = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Finds the first audio stream we can talk on. @param allowed codecs we may use, any order */
const findStream = (description: SessionDescription, allowed: readonly CodecName[]): Stream => {
  for (const [index, media] of description.media.entries()) {
    if (media.kind !== 'audio' || media.port === 0 || !/^RTP\/AVPF?$/.test(media.protocol)) continue;
    const address = media.connection ?? description.connection;
    const offered = media.formats
      .map((format) => codecOf(media, format))
      .filter((name) => name !== undefined && allowed.includes(name));
    // What the peer prefers, but G.722 only where there is nothing else: we mix at 8 kHz.
    const codec = offered.find((name) => name !== 'G722') ?? offered[0];
    // A name (RFC 8866 section 5.7 allows it) would be looked up for every packet.
    if (!address || isIP(address) === 0 || !codec) continue;
    const dtmfPayloadType = dtmfTypeOf(media);
    return {
      media,
      index,
      codec,
      address,
      direction: media.direction ?? description.direction ?? 'sendrecv',
      ...(dtmfPayloadType !== undefined && { dtmfPayloadType }),
    };
  }
  throw new NotAcceptable('no audio stream with PCMU, PCMA or G722 over RTP/AVP at an IP address');
};

const parse = (text: string): SessionDescription => {
  try {
    return parseSdp(text);
  } catch (error) {
    if (error instanceof SdpError) throw new NotAcceptable(error.message, { cause: error });
    throw error;
  }
};

/** The description state of one leg. */
export class MediaSession {
  readonly #address: string;
  readonly #port: number;
  readonly #codecs: readonly CodecName[];
  readonly #sessionId: string;
  #version: number;
  #localDirection: Direction = 'sendrecv';
  #negotiated: Negotiated | undefined;
  /** The last description we sent. */
  local = '';

  /**
   * @param local where we receive
   * @param codecs in order of preference
   * @param sessionId numeric, unique per session (RFC 8866 section 5.2)
   */
  constructor(local: { address: string; port: number }, codecs: readonly CodecName[], sessionId: number) {
    this.#address = local.address;
    this.#port = local.port;
    this.#codecs = codecs;
    this.#sessionId = String(sessionId);
    this.#version = sessionId;
  }

  get negotiated(): Negotiated | undefined {
    return this.#negotiated;
  }

  /** Our side's wish: `sendonly` while we hold the peer. Takes effect with the next offer or answer. */
  set holding(holding: boolean) {
    this.#localDirection = holding ? 'sendonly' : 'sendrecv';
  }

  /** An offer of ours. Once something was agreed on, it offers just that again. */
  offer(): string {
    const current = this.#negotiated?.parameters;
    return this.#describe([
      this.#audio(current ? [current.codec] : this.#codecs, {
        dtmfPayloadType: current?.dtmfPayloadType ?? DTMF_PAYLOAD_TYPE,
        ptime: current?.ptime ?? 20,
        direction: this.#localDirection,
      }),
    ]);
  }

  /**
   * The answer to a peer's offer.
   * @throws NotAcceptable when it must be refused with 488; the session is then unchanged
   */
  answer(offerText: string): { sdp: string; negotiated: Negotiated } {
    const offer = parse(offerText);
    const stream = findStream(offer, this.#codecs);
    const negotiated = this.#agree(stream);
    const { parameters } = negotiated;
    const sections = offer.media.map((media, index) =>
      index === stream.index
        ? this.#audio([parameters.codec], { ...parameters, direction: parameters.direction })
        : { ...media, port: 0, rtpmaps: new Map<number, RtpMap>(), fmtps: new Map<number, string>() },
    );
    this.#negotiated = negotiated;
    return { sdp: this.#describe(sections.map(withoutAttributesIfRefused)), negotiated };
  }

  /** Takes the peer's answer to our offer. @throws NotAcceptable */
  accept(answerText: string): Negotiated {
    this.#negotiated = this.#agree(findStream(parse(answerText), this.#codecs));
    return this.#negotiated;
  }

  #agree(stream: Stream): Negotiated {
    const theirs =
      isNowhere(stream.address) && stream.direction === 'sendrecv' ? 'sendonly' : stream.direction;
    const heldByPeer = theirs === 'sendonly' || theirs === 'inactive';
    const weMay = MIRROR[theirs];
    const direction = this.#localDirection === 'sendrecv' ? weMay : withoutReceiving(weMay);
    return {
      heldByPeer,
      parameters: {
        address: stream.address,
        port: stream.media.port,
        codec: stream.codec,
        ptime: packetTime(stream.media.ptime),
        direction,
        ...(stream.dtmfPayloadType !== undefined && { dtmfPayloadType: stream.dtmfPayloadType }),
      },
    };
  }

  #audio(
    codecs: readonly CodecName[],
    rest: { dtmfPayloadType?: number; ptime: number; direction: Direction },
  ): MediaDescription {
    const rtpmaps = new Map<number, RtpMap>();
    for (const name of codecs) rtpmaps.set(PAYLOAD_TYPES[name], { name, rate: 8_000, channels: 1 });
    const fmtps = new Map<number, string>();
    if (rest.dtmfPayloadType !== undefined) {
      rtpmaps.set(rest.dtmfPayloadType, { name: 'telephone-event', rate: 8_000, channels: 1 });
      fmtps.set(rest.dtmfPayloadType, '0-15');
    }
    const formats = [...rtpmaps.keys()].map(String);
    const { ptime, direction } = rest;
    return {
      kind: 'audio',
      port: this.#port,
      protocol: 'RTP/AVP',
      formats,
      rtpmaps,
      fmtps,
      ptime,
      direction,
    };
  }

  #describe(media: readonly MediaDescription[]): string {
    const text = formatSdp({
      origin: { sessionId: this.#sessionId, version: String(this.#version++), address: this.#address },
      connection: this.#address,
      media,
    });
    this.local = text;
    return text;
  }
}

const withoutReceiving = (direction: Direction): Direction =>
  direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive';

/** A refused section keeps its kind, protocol and formats and says nothing else (RFC 3264 section 6). */
const withoutAttributesIfRefused = (media: MediaDescription): MediaDescription =>
  media.port === 0
    ? {
        kind: media.kind,
        port: 0,
        protocol: media.protocol,
        formats: media.formats,
        rtpmaps: media.rtpmaps,
        fmtps: media.fmtps,
      }
    : media;

/** Whether an INVITE's offer can be taken at all, asked before a port is spent on it. */
export function isAcceptableOffer(text: string, codecs: readonly CodecName[]): boolean {
  try {
    findStream(parse(text), codecs);
    return true;
  } catch (error) {
    if (error instanceof NotAcceptable) return false;
    throw error;
  }
}
