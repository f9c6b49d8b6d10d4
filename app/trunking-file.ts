// The file that states trunks, outbound routes, numbering and inbound numbers (CORDBOARD_TRUNKING_FILE): JSON, checked whole before any of it
// is believed. Each part that is there replaces what the database holds of it; one that is absent is left alone. docs/trunks.md explains it.

import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { trunkDefaults, type InboundTarget, type Trunk, type TrunkingSettings } from './ports/trunking.ts';

export interface TrunkingFile extends TrunkingSettings {
  /** Of calls out, through all trunks together. */
  readonly limits?: { readonly maxCalls?: number; readonly callsPerSecond?: number };
}

/** A file that cannot be read, is no JSON or says something impossible: where, and what was expected. */
export class TrunkingFileProblem extends Error {
  override readonly name = 'TrunkingFileProblem';
}

/**
 * @param realm of our digest, for trunks that prove a password to us
 * @throws TrunkingFileProblem
 */
export function readTrunkingFile(file: string, realm: string): TrunkingFile {
  return parseTrunking(textOf(file), file, realm);
}

/** @throws TrunkingFileProblem */
export function parseTrunking(text: string, file: string, realm: string): TrunkingFile {
  const parsed = fileSchema(realm).safeParse(jsonOf(text, file));
  if (parsed.success) {
    const { limits, ...settings } = parsed.data;
    return { ...defined(settings), ...(limits && { limits: defined(limits) }) };
  }
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  throw new TrunkingFileProblem(
    `${file}: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'not understood'}`,
  );
}

const name = z.string().regex(/^[a-z0-9-]{1,32}$/, 'a name of a-z, 0-9 and -, at most 32 long');
const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'an IP address or CIDR range',
});
const e164 = z.string().regex(/^\+[1-9]\d{5,14}$/, 'a number in full, such as +4930123456');
const callerNumber = z
  .string()
  .regex(/^\+[1-9]\d{0,14}\*?$/, 'a number in full, or a prefix of one and *, such as +493012*');
const word = z.string().regex(/^[^\s"\\<>\p{Cc}]{1,128}$/u, 'without blanks, quotes and control characters');
const password = z.string().min(1).max(128);
const destination = z
  .string()
  .regex(/^([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/, 'host or host:port');
const digits = z.string().regex(/^\d{0,6}$/, 'digits');

const trunk = z
  .strictObject({
    name,
    addresses: z.array(address).default([]),
    destination: destination.optional(),
    transport: z.enum(['udp', 'tcp', 'tls']).optional(),
    /** What we prove to the carrier. */
    login: z.strictObject({ username: word, password, realm: word.optional() }).optional(),
    /** What the carrier proves to us. */
    theirLogin: z.strictObject({ username: word, password }).optional(),
    register: z.boolean().optional(),
    registerSeconds: z.number().int().min(60).max(86_400).optional(),
    callerNumbers: z.array(callerNumber).optional(),
    defaultCaller: e164.optional(),
    numberFormat: z.enum(['plus', 'digits', 'national']).optional(),
    assertsIdentity: z.boolean().optional(),
    trustsIdentity: z.boolean().optional(),
    maxCalls: z.number().int().min(1).optional(),
    callsPerSecond: z.number().positive().max(1_000).optional(),
    qualify: z.boolean().optional(),
  })
  .refine(({ register, login, destination: to }) => !register || (login && to), {
    error: 'a trunk that registers needs login and destination',
  });

const route = z.strictObject({
  prefix: z
    .string()
    .regex(/^(\+\d{0,15}|\d{2,6})$/, 'a prefix in full, such as +49, or a short code, such as 112'),
  trunks: z.array(name),
});

const target = z
  .string()
  .regex(/^(queue|agent|flow):[A-Za-z0-9_-]{1,64}$/, 'queue:<id>, agent:<id> or flow:<id>')
  .transform((text): InboundTarget => {
    const [kind, id = ''] = text.split(':');
    if (kind === 'queue') return { kind, queueId: id };
    return kind === 'flow' ? { kind, flowId: id } : { kind: 'agent', agentId: id };
  });

const fileSchema = (realm: string) =>
  z
    .strictObject({
      numbering: z
        .strictObject({ countryCode: digits, internationalPrefix: digits, nationalPrefix: digits })
        .optional(),
      limits: z
        .strictObject({
          maxCalls: z.number().int().min(1).optional(),
          callsPerSecond: z.number().positive().optional(),
        })
        .optional(),
      trunks: z
        .array(trunk.transform((stated) => trunkOf(stated, realm)))
        .refine((trunks) => new Set(trunks.map((each) => each.name)).size === trunks.length, {
          error: 'two trunks have one name',
        })
        .optional(),
      routes: z.array(route).optional(),
      numbers: z
        .record(z.string().regex(/^\+?[0-9*#]{1,31}$/, 'a number'), target)
        .transform((numbers) => Object.entries(numbers).map(([number, to]) => ({ number, target: to })))
        .optional(),
    })
    .refine(
      ({ trunks, routes }) => !trunks || !routes || routes.every((each) => exist(each.trunks, trunks)),
      {
        error: 'a route names a trunk that is not there',
        path: ['routes'],
      },
    );

const exist = (names: readonly string[], trunks: readonly Trunk[]): boolean =>
  names.every((wanted) => trunks.some((each) => each.name === wanted));

function trunkOf(stated: z.infer<typeof trunk>, realm: string): Trunk {
  const { login, theirLogin, register, ...rest } = stated;
  const ha1 = (username: string, secret: string): string =>
    createHash('md5').update(`${username}:${realm}:${secret}`).digest('hex');
  return {
    ...trunkDefaults,
    ...defined(rest),
    name: rest.name,
    registers: register ?? false,
    ...(login && { outboundLogin: defined(login) }),
    ...(theirLogin && {
      inboundLogin: { username: theirLogin.username, ha1: ha1(theirLogin.username, theirLogin.password) },
    }),
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The same object without the properties that are undefined. */
const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TrunkingFileProblem(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`, {
      cause: error,
    });
  }
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TrunkingFileProblem(`${file}: no JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}
