// The shape of one operation of /api/v1.

import type { z } from 'zod';
import type { Role } from './common.ts';

export interface Operation {
  readonly method: 'GET' | 'POST';
  /** OpenAPI path below /api/v1, for example `/sessions/{sessionId}`. */
  readonly path: string;
  /** `public`: no token. Otherwise exactly these roles. */
  readonly access: 'public' | readonly Role[];
  readonly summary: string;
  readonly status: 200 | 201;
  readonly params?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Absent: the answer is not JSON (a recording). */
  readonly answer?: z.ZodType;
  /** The `Idempotency-Key` header is honoured. */
  readonly idempotent?: true;
}
