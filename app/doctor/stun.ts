// STUN messages (RFC 8489) as far as TURN (RFC 8656) with long-term credentials needs them.

import { createHash, createHmac, randomBytes } from 'node:crypto';

export const methods = {
  allocate: 0x003,
  refresh: 0x004,
  createPermission: 0x008,
  data: 0x007,
} as const;
export type Method = keyof typeof methods;

/** Bits of the class (RFC 8489 section 5): request, indication, success, error. */
const classes = { 0x000: 'request', 0x010: 'indication', 0x100: 'success', 0x110: 'error' } as const;
export type MessageClass = (typeof classes)[keyof typeof classes];

const attributes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
} as const;
export type Attribute = keyof typeof attributes;

const cookie = 0x2112a442;
const headerBytes = 20;

export interface StunAddress {
  readonly host: string;
  readonly port: number;
}

export interface StunMessage {
  readonly class: MessageClass;
  readonly method: number;
  readonly transaction: string;
  text(name: Attribute): string | undefined;
  bytes(name: Attribute): Buffer | undefined;
  address(name: Attribute): StunAddress | undefined;
  /** 401, 438 …; undefined when there is none. */
  readonly error: { readonly code: number; readonly reason: string } | undefined;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
}

/** A request; with credentials it is signed (RFC 8489 section 9.2). */
export function requestOf(
  method: Method,
  given: readonly (readonly [Attribute, Buffer])[],
  credentials?: Credentials,
): { readonly bytes: Buffer; readonly transaction: string } {
  const transaction = randomBytes(12);
  const proof: readonly (readonly [Attribute, Buffer])[] = credentials
    ? [
        ['username', Buffer.from(credentials.username)],
        ['realm', Buffer.from(credentials.realm)],
        ['nonce', Buffer.from(credentials.nonce)],
      ]
    : [];
  const body = Buffer.concat([...given, ...proof].map(([name, value]) => attributeOf(name, value)));
  const message = Buffer.concat([Buffer.alloc(headerBytes), body]);
  message.writeUInt16BE(methods[method], 0);
  message.writeUInt16BE(body.length, 2);
  message.writeUInt32BE(cookie, 4);
  transaction.copy(message, 8);
  const bytes = credentials ? signed(message, credentials) : message;
  return { bytes, transaction: transaction.toString('hex') };
}

function signed(message: Buffer, { username, realm, password }: Credentials): Buffer {
  const key = createHash('md5').update(`${username}:${realm}:${password}`).digest();
  const signatureBytes = 24;
  // The length counts the signature before it is there.
  message.writeUInt16BE(message.length - headerBytes + signatureBytes, 2);
  const signature = createHmac('sha1', key).update(message).digest();
  return Buffer.concat([message, attributeOf('messageIntegrity', signature)]);
}

function attributeOf(name: Attribute, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(attributes[name], 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

/** How many octets the message at the front of a stream has; undefined while that cannot be told. */
export const lengthOf = (bytes: Buffer): number | undefined =>
  bytes.length < headerBytes ? undefined : headerBytes + bytes.readUInt16BE(2);

/** @returns undefined for what is no STUN message */
export function parseStun(bytes: Buffer): StunMessage | undefined {
  if (bytes.length < headerBytes || bytes.readUInt32BE(4) !== cookie) return undefined;
  const type = bytes.readUInt16BE(0);
  const found = new Map<number, Buffer>();
  for (let at = headerBytes; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 2);
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  const value = (name: Attribute): Buffer | undefined => found.get(attributes[name]);
  return {
    class: classes[(type & 0x110) as keyof typeof classes],
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    transaction: bytes.toString('hex', 8, headerBytes),
    bytes: value,
    text: (name) => value(name)?.toString(),
    address: (name) => addressIn(value(name), bytes),
    error: errorIn(value('errorCode')),
  };
}

function errorIn(value: Buffer | undefined): StunMessage['error'] {
  if (!value || value.length < 4) return undefined;
  return { code: (value[2] ?? 0) * 100 + (value[3] ?? 0), reason: value.toString('utf8', 4) };
}

/** IPv4 only: family 1 (RFC 8489 section 14.2). */
function addressIn(value: Buffer | undefined, message: Buffer): StunAddress | undefined {
  if (!value || value.length < 8 || value[1] !== 1) return undefined;
  const host = [...value.subarray(4, 8)].map((octet, at) => octet ^ (message[4 + at] ?? 0)).join('.');
  return { host, port: value.readUInt16BE(2) ^ (cookie >>> 16) };
}

/** The value of an XOR-…-ADDRESS attribute. */
export function xorAddress({ host, port }: StunAddress): Buffer {
  const value = Buffer.alloc(8);
  value[1] = 1;
  value.writeUInt16BE(port ^ (cookie >>> 16), 2);
  const octets = host.split('.').map(Number);
  value.writeUInt32BE((Buffer.from(octets).readUInt32BE(0) ^ cookie) >>> 0, 4);
  return value;
}
