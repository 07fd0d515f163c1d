/** /api/v1/webhook-listeners. Admin keys only. */
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import type { RequestsApiDeps } from './api-requests.ts';
import { requestsApi } from './api-requests.ts';
import {
  changeListener,
  checkFrom,
  checkJson,
  createListener,
  getListener,
  type ListenerChanges,
  type ListenerDeps,
  rotateGuid,
  rotateSecret,
} from './listeners.ts';
import { algorithms, defaultTolerance, encodings } from './signature.ts';
import { deleteListener, listListeners } from './store.ts';
import { addressOf, type ListenerRecord } from './webhook-listener.ts';

export interface Deps extends ListenerDeps, RequestsApiDeps {
  config: Pick<Config, 'url'>;
}

const tolerance = z.number().default(defaultTolerance);
const signature = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('standard'), tolerance_seconds: tolerance }),
    z.strictObject({
      kind: z.literal('hmac'),
      header: z.string(),
      algorithm: z.enum(algorithms).default('sha256'),
      encoding: z.enum(encodings).default('hex'),
      prefix: z.string().default(''),
      signs: z.string().default('{body}'),
      timestamp: z.string().default(''),
      tolerance_seconds: tolerance,
    }),
  ])
  .nullable();

const changes = z.strictObject({
  name: z.string().optional(),
  behavior_id: z.string().optional(),
  is_disabled: z.boolean().optional(),
  answers: z.enum(['wait', 'accept']).optional(),
  signature: signature.optional(),
  secret: z.string().optional(),
  replay_header: z.string().optional(),
});

export function webhooksApi(deps: Deps): ApiRoute[] {
  const shown = (listener: ListenerRecord, madeSecret?: string | undefined) => ({
    ...listenerJson(deps.config.url.origin, listener),
    ...(madeSecret !== undefined && { secret: madeSecret }),
  });
  return [
    apiRoute({
      method: 'GET',
      path: '/webhook-listeners',
      summary: 'List webhook listeners',
      access: 'admin',
      async handle({ query }) {
        const { items, next } = await listListeners(deps.db, readPaging(query));
        return { body: { items: items.map((listener) => shown(listener)), next } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/webhook-listeners',
      summary: 'Make a webhook listener; a secret that is made here is told once',
      access: 'admin',
      body: changes,
      async handle({ body }) {
        const { listener, madeSecret } = await createListener(deps, changesOf(body));
        return { status: 201, body: shown(listener, madeSecret) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/webhook-listeners/:id',
      summary: 'Read a webhook listener',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { body: shown(await getListener(deps.db, id)) };
      },
    }),
    apiRoute({
      method: 'PATCH',
      path: '/webhook-listeners/:id',
      summary: 'Change a webhook listener',
      access: 'admin',
      body: changes,
      async handle({ params: { id = '' }, body }) {
        const { listener, madeSecret } = await changeListener(deps, id, changesOf(body));
        return { body: shown(listener, madeSecret) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/webhook-listeners/:id',
      summary: 'Delete a webhook listener',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        await getListener(deps.db, id);
        await deleteListener(deps.db, id);
        return { status: 204, body: undefined };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/webhook-listeners/:id/guid',
      summary: 'Give a webhook listener another address',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { body: shown(await rotateGuid(deps, id)) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/webhook-listeners/:id/secret',
      summary: 'Make another secret for a webhook listener; it is told once',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        const { listener, madeSecret } = await rotateSecret(deps, id);
        return { body: shown(listener, madeSecret) };
      },
    }),
    ...requestsApi(deps),
  ];
}

function changesOf(body: z.output<typeof changes>): ListenerChanges {
  return {
    name: body.name,
    behavior: body.behavior_id,
    secret: body.secret,
    ...(body.is_disabled !== undefined && { isDisabled: body.is_disabled }),
    ...(body.answers !== undefined && { answers: body.answers }),
    ...(body.signature !== undefined && { check: checkFrom(body.signature) }),
    ...(body.replay_header !== undefined && { replayHeader: body.replay_header }),
  };
}

function listenerJson(origin: string, listener: ListenerRecord): Record<string, unknown> {
  return {
    id: listener.id,
    name: listener.name,
    guid: listener.guid,
    url: addressOf(origin, listener),
    behavior_id: listener.behaviorId,
    automations_kata: listener.automations,
    is_disabled: listener.isDisabled,
    answers: listener.answers,
    signature: checkJson(listener.check),
    secret: listener.sealedSecret === null ? null : { set: true },
    replay_header: listener.replayHeader === '' ? null : listener.replayHeader,
    created_at: new Date(listener.createdAt).toISOString(),
    updated_at: new Date(listener.updatedAt).toISOString(),
  };
}
