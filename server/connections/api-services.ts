/** /api/v1/connected-services. Admin keys only; secrets go in and never come out. */
import { z } from 'zod';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { type PageOf, readPaging } from '../paging.ts';
import type { Dependents } from './dependents.ts';
import type { ConnectedService } from './service.ts';
import { changeService, createService, getService, removeService, type ServiceDeps } from './services.ts';
import { listServices } from './store-services.ts';

export interface ServiceApiDeps extends ServiceDeps {
  dependents: Dependents;
  eraseDeliveriesOf(db: ServiceDeps['db'], accountId: string): Promise<void>;
}

const params = z.record(z.string(), z.unknown());
const newService = z.strictObject({
  name: z.string(),
  uri: z.string().nullish(),
  extension_id: z.string(),
  params,
  allowed_hosts: z.array(z.string()).optional(),
});
const serviceChanges = newService.omit({ extension_id: true }).partial();

export function serviceApi(deps: ServiceApiDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/connected-services',
      summary: 'List connected services',
      access: 'admin',
      async handle({ query }) {
        return { body: listJson(await listServices(deps.db, readPaging(query)), serviceJson) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/connected-services',
      summary: 'Create a connected service',
      access: 'admin',
      body: newService,
      async handle({ body, actor }) {
        return { status: 201, body: serviceJson(await createService(deps, actor, body)) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/connected-services/:id',
      summary: 'Read a connected service',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { body: serviceJson(await getService(deps.db, id)) };
      },
    }),
    apiRoute({
      method: 'PATCH',
      path: '/connected-services/:id',
      summary: 'Change a connected service; parameters that are not named stay',
      access: 'admin',
      body: serviceChanges,
      async handle({ params: { id = '' }, body, actor }) {
        return { body: serviceJson(await changeService(deps, actor, id, body)) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/connected-services/:id',
      summary: 'Delete a connected service; ?with=dependents deletes its accounts and what uses them',
      access: 'admin',
      async handle({ params: { id = '' }, query, actor }) {
        await removeService(deps, actor, id, { withDependents: query.get('with') === 'dependents' });
        return { status: 204, body: undefined };
      },
    }),
  ];
}

/** A page of a list as the API writes it. */
function listJson<T, Json>(page: PageOf<T>, write: (item: T) => Json): PageOf<Json> {
  return { items: page.items.map(write), next: page.next };
}

/** Time as the API writes it. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function serviceJson(service: ConnectedService) {
  return {
    id: service.id,
    uri: service.uri,
    name: service.name,
    extension_id: service.extensionId,
    params: service.params,
    allowed_hosts: service.allowedHosts,
    created_at: isoTime(service.createdAt),
    updated_at: isoTime(service.updatedAt),
  };
}
