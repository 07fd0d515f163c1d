/** How a request is signed, part by part, and where the remote side's base string differs. Nothing is sent. */
import { z } from 'zod';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { readRequest, requestFields } from './api-request.ts';
import { type ExplainDeps, type ExplainedRequest, explainDelivery, explainTyped } from './explain.ts';

/** Longer texts are no base strings of requests that we send. */
const theirs = z.string().min(1).max(262_144);

const typed = z.strictObject({
  ...requestFields,
  timestamp: z.number().int().positive().optional(),
  nonce: z.string().min(1).max(255).optional(),
  theirs: theirs.optional(),
});

export function explainApi(deps: ExplainDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/explain',
      summary: 'Explain how a request would be signed with the account; nothing is sent',
      access: 'admin',
      body: typed,
      async handle({ params: { id = '' }, body, actor }) {
        const { timestamp, nonce, theirs: pasted } = body;
        const explained = await explainTyped(deps, {
          actor,
          account: id,
          ...readRequest(body),
          ...(timestamp !== undefined && { timestamp }),
          ...(nonce !== undefined && { nonce }),
          ...(pasted !== undefined && { theirs: pasted }),
        });
        return { body: explainedJson(explained) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/deliveries/:id/explain',
      summary: 'Explain how a delivery was signed, and compare it with the base string of the remote side',
      access: 'admin',
      body: z.strictObject({ theirs: theirs.optional() }),
      async handle({ params: { id = '' }, body, actor }) {
        const input = { actor, delivery: id, ...(body.theirs !== undefined && { theirs: body.theirs }) };
        return { body: explainedJson(await explainDelivery(deps, input)) };
      },
    }),
  ];
}

function explainedJson({ account, method, url, signature, note }: ExplainedRequest) {
  return {
    account_id: account.id,
    method,
    url,
    signature_method: signature.signatureMethod,
    parameters: signature.parameters,
    normalized_parameters: signature.normalizedParameters,
    base_string: signature.baseString,
    key: signature.key,
    header: signature.header,
    difference: signature.difference,
    note,
  };
}
