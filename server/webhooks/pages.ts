/** Setup > Webhook Listeners: the list, the card, deleting. */
import type { Knex } from 'knex';
import { findBehavior } from '../bots/store.ts';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import type { PageRoute, Visit } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import { deleteListener, findListener, listListeners } from './store.ts';
import { addressOf, type ListenerRecord } from './webhook-listener.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'url'>;
}

export function webhooksPages({ db, config }: Deps): PageRoute[] {
  const { origin } = config.url;
  const found = async (visit: Visit): Promise<ListenerRecord> => {
    const listener = await findListener(db, visit.params.id ?? '');
    if (!listener) throw new HubError('not_found', 'There is no such webhook listener.');
    return listener;
  };
  return [
    {
      method: 'GET',
      path: '/webhook-listeners',
      access: 'admin',
      async handle(visit) {
        const { items, next } = await listListeners(db, readPaging(visit.query));
        const listeners = await Promise.all(
          items.map(async (listener) => ({ ...listener, behavior: await behaviorOf(db, listener) })),
        );
        return {
          view: 'webhooks/listeners',
          model: {
            title: 'Webhook Listeners',
            listeners,
            next: next === null ? null : `/webhook-listeners?after=${next}`,
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/webhook-listeners/:id',
      access: 'admin',
      async handle(visit) {
        const listener = await found(visit);
        const behavior = await behaviorOf(db, listener);
        return {
          view: 'webhooks/listener',
          model: { title: listener.name, listener, behavior, address: addressOf(origin, listener) },
        };
      },
    },
    {
      method: 'POST',
      path: '/webhook-listeners/:id/delete',
      access: 'admin',
      async handle(visit) {
        const { id, name } = await found(visit);
        await deleteListener(db, id);
        return { redirect: '/webhook-listeners', notice: `The webhook listener ${name} was deleted.` };
      },
    },
  ];
}

async function behaviorOf(
  db: Knex,
  { behaviorId }: ListenerRecord,
): Promise<{ id: string; title: string } | null> {
  const behavior = behaviorId === null ? undefined : await findBehavior(db, behaviorId);
  return behavior ? { id: behavior.id, title: behavior.title } : null;
}
