// The telephony as administrators see it: trunks, bans, media switches.

import { z } from 'zod';
import { doneSchema, instantSchema } from './common.ts';
import type { Operation } from './operation.ts';

const trunksSchema = z
  .object({
    trunks: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['unknown', 'up', 'down']),
        detail: z.string(),
        calls: z.number().int().min(0).meta({ description: 'Both directions' }),
      }),
    ),
  })
  .meta({ id: 'Trunks' });

const bansSchema = z
  .object({
    bans: z.array(
      z.object({
        source: z.string(),
        reason: z.enum(['wrong passwords', 'scanner', 'guessing users', 'too many requests']),
        since: instantSchema,
        until: instantSchema,
      }),
    ),
  })
  .meta({ id: 'Bans' });

const switchesSchema = z
  .object({
    switches: z.array(
      z.object({
        name: z.string().meta({ example: '127.0.0.1:5080' }),
        up: z.boolean(),
        draining: z.boolean(),
        sessions: z.number().int().min(0).meta({ description: 'Still on it' }),
        legs: z.number().int().min(0),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: 'Switches' });

const lead = ['supervisor', 'admin'] as const;
const onlyAdmin = ['admin'] as const;
const one = { switchName: z.string().regex(/^[A-Za-z0-9.:[\]_-]{1,260}$/) };

export const telephonyOperations = {
  listTrunks: {
    method: 'GET',
    path: '/trunks',
    access: lead,
    summary: 'Trunks, whether they are there, and how much they carry',
    status: 200,
    answer: trunksSchema,
  },
  listBans: {
    method: 'GET',
    path: '/bans',
    access: lead,
    summary: 'Sources the SIP edge turns away for now, newest first',
    status: 200,
    answer: bansSchema,
  },
  liftBan: {
    method: 'POST',
    path: '/bans/lift',
    access: onlyAdmin,
    summary: 'Let a source speak again',
    status: 200,
    body: z.strictObject({ source: z.union([z.ipv4(), z.ipv6()]) }).meta({ id: 'Source' }),
    answer: doneSchema,
  },
  listSwitches: {
    method: 'GET',
    path: '/switches',
    access: lead,
    summary: 'Media switches and what is on them',
    status: 200,
    answer: switchesSchema,
  },
  drainSwitch: {
    method: 'POST',
    path: '/switches/{switchName}/drain',
    access: onlyAdmin,
    summary: 'No new calls for a media switch; those on it go on. It stays so over a restart',
    status: 200,
    params: one,
    answer: doneSchema,
  },
  undrainSwitch: {
    method: 'POST',
    path: '/switches/{switchName}/undrain',
    access: onlyAdmin,
    summary: 'New calls for a media switch again',
    status: 200,
    params: one,
    answer: doneSchema,
  },
} as const satisfies Record<string, Operation>;
