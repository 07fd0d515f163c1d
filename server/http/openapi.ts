/** Describes the API as OpenAPI 3.1, from the very routes that serve it. Pure. */
import { z } from 'zod';
import { errorTable } from '../errors.ts';
import type { ApiRoute } from './route.ts';

/** The document served at /api/v1/openapi.json. */
export function openapiOf(routes: readonly ApiRoute[], server: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([a-z]+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Countersign', version: '1', description: 'Connected services of a helpdesk.' },
    servers: [{ url: `${server}/api/v1` }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { enum: Object.keys(errorTable) }, message: { type: 'string' } },
    },
  },
};

function operation(route: ApiRoute): Record<string, unknown> {
  const names = Array.from(route.path.matchAll(/:([a-z]+)/g), ([, name]) => name);
  const header = { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } };
  return {
    summary: route.summary,
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(route.keepsAnswer ? [header] : []),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: z.toJSONSchema(route.body, { io: 'input' }) } },
          },
        }
      : {}),
    responses: {
      '2XX': { description: 'Done', content: { 'application/json': {} } },
      default: {
        description: 'Refused',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}
