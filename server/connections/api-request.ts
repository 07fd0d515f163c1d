/** POST /api/v1/connected-accounts/:id/request: any request, signed with an account. */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { writeJson } from '../json.ts';
import { type AccountDeps, requestWithAccount } from './accounts.ts';
import { limitChoices } from './within-budget.ts';

/** What a body of the API says of the request itself. */
export const requestFields = {
  method: z.string().min(1).max(32),
  url: z.string().min(1).max(16_384),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  /** Text as it is; an object or list is sent as JSON. */
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
  body_base64: z.base64().nullish(),
};

const requestBody = z.strictObject({
  ...requestFields,
  timeout_ms: z.number().int().min(1).max(600_000).optional(),
  raw: z.boolean().optional(),
  on_limit: z.enum(limitChoices).optional(),
});

const fieldsAlone = z.object(requestFields);

export function requestApi(deps: AccountDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/request',
      summary: 'Send a request signed with the account; the answer has the shape of a bot action',
      access: 'key',
      keepsAnswer: true,
      body: requestBody,
      async handle({ params: { id = '' }, body, actor }) {
        const answer = await requestWithAccount(deps, {
          actor,
          account: id,
          ...readRequest(body),
          raw: body.raw ?? false,
          ...(body.on_limit !== undefined && { onLimit: body.on_limit }),
          ...(body.timeout_ms !== undefined && { timeoutMs: body.timeout_ms }),
        });
        return { body: answer };
      },
    }),
  ];
}

/** The request that a body of the API describes. */
export function readRequest(fields: z.output<typeof fieldsAlone>) {
  const { method, url } = fields;
  const headers = Object.entries(fields.headers ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const body = readBody(fields, headers);
  return { method, url, headers, ...(body !== undefined && { body }) };
}

/** The body's text or bytes; JSON brings its type along unless the caller named one. */
function readBody(
  { body, body_base64: base64 }: z.output<typeof fieldsAlone>,
  headers: [string, string][],
): string | Uint8Array | undefined {
  if (body != null && base64 != null) {
    throw new HubError('bad_request', "Give either 'body' or 'body_base64', not both.");
  }
  if (base64 != null) return Buffer.from(base64, 'base64');
  if (body == null || typeof body === 'string') return body ?? undefined;
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  if (!hasType) headers.push(['Content-Type', 'application/json']);
  return writeJson(body);
}
