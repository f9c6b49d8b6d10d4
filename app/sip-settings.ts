// Settings of the SIP edge beyond its one address: the further ways in for phones, and networks it vouches for. Part of config.ts.

import { resolve } from 'node:path';
import { z } from 'zod';

/** Ways in beside UDP and TCP; each is there only when it was asked for. */
export interface SipTransports {
  readonly tls?: number;
  readonly ws?: number;
  readonly wss?: number;
  /** PEM files, absolute paths: the certificate with its chain, and its key. There when TLS or WSS is. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
}

const wished = {
  port: 'a port number from 1 to 65535',
  certificate:
    'the PEM file of a certificate with its chain, and CORDBOARD_SIP_TLS_KEY that of its key: TLS and WSS need both',
  trusted: 'IP addresses and CIDR ranges with commas, for example 127.0.0.0/8,192.0.2.0/24',
} as const;

const port = z
  .string()
  .regex(/^\d{1,5}$/, wished.port)
  .transform(Number)
  .refine((number) => number > 0 && number <= 65_535, wished.port)
  .optional();

export const sipSettings = {
  CORDBOARD_SIP_TLS_PORT: port,
  CORDBOARD_SIP_TLS_CERT: z.string().optional(),
  CORDBOARD_SIP_TLS_KEY: z.string().optional(),
  CORDBOARD_SIP_WS_PORT: port,
  CORDBOARD_SIP_WSS_PORT: port,
  CORDBOARD_SIP_TRUSTED: z
    .string()
    .default('127.0.0.0/8,::1')
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: wished.trusted }))),
};

type Given = z.infer<z.ZodObject<typeof sipSettings>>;

/** What is asked for and cannot be: undefined when all is well. */
export function sipProblem(
  given: Given,
): { readonly setting: string; readonly expected: string } | undefined {
  const needs = given.CORDBOARD_SIP_TLS_PORT ?? given.CORDBOARD_SIP_WSS_PORT;
  const [cert, key] = [given.CORDBOARD_SIP_TLS_CERT, given.CORDBOARD_SIP_TLS_KEY];
  if ((needs === undefined || cert !== undefined) && (cert === undefined) === (key === undefined))
    return undefined;
  return { setting: 'CORDBOARD_SIP_TLS_CERT', expected: wished.certificate };
}

export function sipTransports(given: Given): SipTransports {
  const [tls, ws, wss] = [
    given.CORDBOARD_SIP_TLS_PORT,
    given.CORDBOARD_SIP_WS_PORT,
    given.CORDBOARD_SIP_WSS_PORT,
  ];
  const [cert, key] = [given.CORDBOARD_SIP_TLS_CERT, given.CORDBOARD_SIP_TLS_KEY];
  return {
    ...(tls !== undefined && { tls }),
    ...(ws !== undefined && { ws }),
    ...(wss !== undefined && { wss }),
    ...(cert !== undefined &&
      key !== undefined && { certificate: { certFile: resolve(cert), keyFile: resolve(key) } }),
  };
}
