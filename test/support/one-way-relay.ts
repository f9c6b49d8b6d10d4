// A phone's network with a hole in it: SIP passes in both directions, sound in one. It stands between a phone and the edge, and writes
// itself into both descriptions of the media, as a bad NAT does.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const loopback = '127.0.0.1';

export interface OneWayRelay {
  /** Where the phone is to find the edge. */
  readonly port: number;
  /** Packets of sound that were swallowed. */
  readonly swallowed: () => number;
  close(): void;
}

/** @param passes which way sound gets through */
export async function oneWayRelay(edgePort: number, passes: 'to phone' | 'to switch'): Promise<OneWayRelay> {
  const [forPhone, forEdge, sound] = [await bound(), await bound(), await bound()];
  let swallowed = 0;
  let phoneSip: AddressInfo | undefined;
  /** Where each side wants sound, by its own description. */
  let [phoneSound, switchSound] = [0, 0];
  const rewritten = (text: string, note: (port: number) => void): string => {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    if (body === '') return text;
    const other = body.replace(/^m=audio (\d+)/m, (_, port: string) => {
      note(Number(port));
      return `m=audio ${sound.address().port}`;
    });
    return `${head.replace(/^Content-Length: \d+/im, `Content-Length: ${Buffer.byteLength(other)}`)}\r\n\r\n${other}`;
  };
  forPhone.on('message', (bytes, from) => {
    phoneSip = from;
    forEdge.send(
      rewritten(bytes.toString(), (port) => (phoneSound = port)),
      edgePort,
      loopback,
    );
  });
  forEdge.on('message', (bytes) => {
    const text = rewritten(bytes.toString(), (port) => (switchSound = port));
    if (phoneSip) forPhone.send(text, phoneSip.port, loopback);
  });
  sound.on('message', (packet, { port }) => {
    const isPhones = port === phoneSound;
    if (isPhones === (passes === 'to phone')) swallowed += 1;
    else sound.send(packet, isPhones ? switchSound : phoneSound, loopback);
  });
  return {
    port: forPhone.address().port,
    swallowed: () => swallowed,
    close: () => [forPhone, forEdge, sound].forEach((socket) => socket.close()),
  };
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, loopback);
  await once(socket, 'listening');
  return socket;
}
