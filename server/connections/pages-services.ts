/** Pages of connected services: list, card, allowed hosts, deletion. Admins only. */
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { writeJson } from '../json.ts';
import { readPaging } from '../paging.ts';
import { identityName } from './account.ts';
import { type Dependents, dependentModel } from './dependents.ts';
import { formText } from './form.ts';
import { callbackUrl, type LinkDeps } from './link.ts';
import { serviceFormPages } from './pages-service-form.ts';
import { type KeyFailure, keysModel, serviceKeyPages } from './pages-service-keys.ts';
import { admin, idOf } from './pages-visit.ts';
import type { ServiceProvider } from './provider.ts';
import { sentence } from './reading.ts';
import { openParams } from './sealed.ts';
import { type ConnectedService, guideOf, isLinkedByConsent, readHost } from './service.ts';
import type { ServiceKeyDeps } from './service-keys.ts';
import { allowHost, dependentsOfService, getService, removeService } from './services.ts';
import { withSigningKey } from './signing-key.ts';
import { listAccountsOfService } from './store-accounts.ts';
import { listServices } from './store-services.ts';

export interface ServicePageDeps extends ServiceKeyDeps, Pick<LinkDeps, 'config'> {
  dependents: Dependents;
  eraseDeliveriesOf(db: ServiceKeyDeps['db'], accountId: string): Promise<void>;
}

export function servicePages(deps: ServicePageDeps): PageRoute[] {
  return [
    admin('GET', '/connected-services', (visit) => list(deps, visit)),
    ...serviceFormPages(deps),
    admin('GET', '/connected-services/:id', (visit) => card(deps, visit)),
    ...serviceKeyPages(deps, (visit, failure) => card(deps, visit, failure)),
    admin('POST', '/connected-services/:id/hosts', async (visit, worker) => {
      const host = formText(visit.form, 'host');
      await allowHost(deps, worker, idOf(visit), host);
      const back = formText(visit.form, 'back');
      const redirect = /^\/[a-z]/.test(back) ? back : `/connected-services/${idOf(visit)}`;
      return { redirect, notice: `${host} is an allowed host now.` };
    }),
    admin('GET', '/connected-services/:id/delete', (visit) => askToDelete(deps, visit, '')),
    admin('POST', '/connected-services/:id/delete', (visit, worker) => remove(deps, visit, worker)),
  ];
}

async function list(deps: ServicePageDeps, visit: Visit): Promise<PageAnswer> {
  const page = await listServices(deps.db, readPaging(visit.query));
  const services = page.items.map((service) => ({
    id: service.id,
    name: service.name,
    uri: service.uri,
    type: deps.providers.get(service.extensionId)?.title ?? service.extensionId,
    updatedAt: service.updatedAt,
  }));
  const next = page.next === null ? null : `/connected-services?after=${page.next}`;
  return { view: 'connections/services', model: { title: 'Connected Services', services, next } };
}

async function card(deps: ServicePageDeps, visit: Visit, failure?: KeyFailure): Promise<PageAnswer> {
  const service = await getService(deps.db, idOf(visit));
  const provider = deps.providers.get(service.extensionId);
  const params = provider
    ? await withSigningKey(deps, { id: service.id, provider, params: openParams(deps.vault, service) })
    : {};
  const accounts = await listAccountsOfService(deps.db, service.id);
  const allow = readHost(visit.query.get('allow') ?? '');
  const isLinked = provider !== undefined && isLinkedByConsent({ provider, params });
  return {
    view: 'connections/service',
    ...(failure && { status: failure.status }),
    model: {
      title: service.name,
      service: { id: service.id, name: service.name, uri: service.uri, updatedAt: service.updatedAt },
      type: provider?.title ?? service.extensionId,
      callbackUrl: isLinked ? callbackUrl(deps.config) : null,
      takesAccounts: provider?.whyNotForRequests === undefined,
      guide: guideOf(params),
      warnings: provider?.checkService(params).warnings.map(({ message }) => sentence(message)) ?? [],
      keys: await keysModel(deps, service, failure),
      facts: factsOf(service, provider),
      allowedHosts: service.allowedHosts,
      allow: allow !== undefined && !service.allowedHosts.includes(allow) ? allow : null,
      accounts: accounts.map(({ id, name, identity }) => ({ id, name, identity: identityName(identity) })),
    },
  };
}

/** Every parameter in words: those of the form by label, others by key; secrets only as set. */
function factsOf(service: ConnectedService, provider: ServiceProvider | undefined) {
  const fields = provider?.serviceFields ?? [];
  const shown = Object.entries(service.params).filter(([key]) => key !== 'notes' && key !== 'steps');
  return shown.map(([key, value]) => {
    const field = fields.find((candidate) => candidate.key === key);
    const isSecret = field?.kind === 'secret';
    const text = typeof value === 'string' ? value : writeJson(value);
    return {
      label: field?.label ?? key,
      aka: field?.alsoKnownAs ?? [],
      isSecret,
      value: isSecret ? '' : text,
    };
  });
}

async function askToDelete(deps: ServicePageDeps, visit: Visit, error: string): Promise<PageAnswer> {
  const service = await getService(deps.db, idOf(visit));
  return {
    view: 'connections/delete',
    ...(error !== '' && { status: 409 }),
    model: {
      title: `Delete ${service.name}`,
      name: service.name,
      what: 'connected service',
      back: `/connected-services/${service.id}`,
      action: `/connected-services/${service.id}/delete`,
      dependents: (await dependentsOfService(deps, service)).map(dependentModel),
      asksName: await hasLinkedAccounts(deps, service),
      error,
    },
  };
}

async function remove(deps: ServicePageDeps, visit: Visit, worker: WorkerActor): Promise<PageAnswer> {
  const service = await getService(deps.db, idOf(visit));
  if ((await hasLinkedAccounts(deps, service)) && formText(visit.form, 'confirm') !== service.name) {
    return askToDelete(deps, visit, 'Type the name exactly as it stands above.');
  }
  await removeService(deps, worker, service.id, {
    withDependents: formText(visit.form, 'with') === 'dependents',
  });
  return { redirect: '/connected-services', notice: `${service.name} was deleted.` };
}

async function hasLinkedAccounts(deps: ServicePageDeps, service: ConnectedService): Promise<boolean> {
  const accounts = await listAccountsOfService(deps.db, service.id);
  return accounts.some(({ sealedCredentials }) => sealedCredentials !== null);
}
