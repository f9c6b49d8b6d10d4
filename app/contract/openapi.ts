// The OpenAPI 3.1 document, made from the table of operations. scripts/openapi.mjs writes it to docs/openapi.json.

import { z } from 'zod';
import { errorSchema, idempotencyKeySchema } from './common.ts';
import { apiPrefix, operations, type Operation } from './operations.ts';

type Json = Record<string, unknown>;

/** The whole document. Deterministic: the same table gives the same text. */
export function openApiDocument(version: string): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const [id, operation] of Object.entries(operations as Record<string, Operation>)) {
    const path = apiPrefix + operation.path;
    (paths[path] ??= {})[operation.method.toLowerCase()] = describe(id, operation, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cordboard',
      version,
      description:
        'Customers, agents and supervisors of a contact-centre bridge. Errors: `{"error": {code, message, details?}}`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function describe(id: string, operation: Operation, schemas: Json): Json {
  const json = (schema: z.ZodType, io: 'input' | 'output') => ({
    'application/json': { schema: reference(schema, io, schemas) },
  });
  return {
    operationId: id,
    summary: operation.summary,
    ...(operation.access === 'public'
      ? { security: [] }
      : { security: [{ token: [] }], 'x-roles': [...operation.access] }),
    parameters: parameters(operation, schemas),
    ...(operation.body && { requestBody: { required: true, content: json(operation.body, 'input') } }),
    responses: {
      [operation.status]: {
        description: 'Done',
        content: operation.answer ? json(operation.answer, 'output') : { 'audio/wav': {} },
      },
      default: { description: 'Refused or failed', content: json(errorSchema, 'output') },
    },
  };
}

function parameters(operation: Operation, schemas: Json): Json[] {
  const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: reference(operation.params?.[name] ?? z.string(), 'input', schemas),
  }));
  const asked = Object.entries(operation.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: reference(schema as z.ZodType, 'input', schemas),
  }));
  const header = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    schema: reference(idempotencyKeySchema, 'input', schemas),
  };
  return [...named, ...asked, ...(operation.idempotent ? [header] : [])];
}

/** The schema itself, with every named one moved to components and replaced by a reference to it. */
function reference(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _,
    $defs,
    ...own
  } = z.toJSONSchema(schema, { io, reused: 'inline' }) as Json & { $defs?: Json };
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = rewritten(definition as Json);
  const id = schema.meta()?.id;
  if (id === undefined) return rewritten(own);
  // A named schema is among its own definitions already where it is referred to as a whole.
  if (!Object.hasOwn($defs ?? {}, id)) schemas[id] = rewritten(own);
  return { $ref: `#/components/schemas/${id}` };
}

function rewritten(schema: Json): Json {
  const { id: _, ...text } = JSON.parse(
    JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as Json;
  return text;
}
