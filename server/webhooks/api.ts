/** /api/v1/webhook-listeners. Admin keys only; packages bring them. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import { deleteListener, findListener, listListeners } from './store.ts';
import { addressOf, type ListenerRecord } from './webhook-listener.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'url'>;
}

export function webhooksApi(deps: Deps): ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/webhook-listeners',
      summary: 'List webhook listeners',
      access: 'admin',
      async handle({ query }) {
        const { items, next } = await listListeners(deps.db, readPaging(query));
        return { body: { items: items.map((listener) => answer(deps, listener)), next } };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/webhook-listeners/:id',
      summary: 'Read a webhook listener',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        const listener = await findListener(deps.db, id);
        if (!listener) throw notFound();
        return { body: answer(deps, listener) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/webhook-listeners/:id',
      summary: 'Delete a webhook listener',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        if (!(await deleteListener(deps.db, id))) throw notFound();
        return { status: 204, body: undefined };
      },
    }),
  ];
}

function answer({ config }: Deps, listener: ListenerRecord): Record<string, unknown> {
  return {
    id: listener.id,
    name: listener.name,
    guid: listener.guid,
    url: addressOf(config.url.origin, listener),
    behavior_id: listener.behaviorId,
    automations_kata: listener.automations,
    created_at: new Date(listener.createdAt).toISOString(),
    updated_at: new Date(listener.updatedAt).toISOString(),
  };
}

function notFound(): HubError {
  return new HubError('not_found', 'There is no such webhook listener.');
}
