/** Pages of connected services: list, card, form, allowed hosts, deletion. Admins only. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { writeJson } from '../json.ts';
import type { Remark } from '../packages/record-type.ts';
import { readPaging } from '../paging.ts';
import { identityName } from './account.ts';
import { type Dependents, dependentModel } from './dependents.ts';
import { faultAt, fieldModels, formText, linesOf, readParams } from './form.ts';
import { callbackUrl, type LinkDeps } from './link.ts';
import { formFaults, idOf, signedIn } from './pages-visit.ts';
import type { ServiceProvider } from './provider.ts';
import { type ConnectedService, readHost } from './service.ts';
import {
  allowHost,
  changeService,
  createService,
  dependentsOfService,
  getService,
  providerOf,
  removeService,
  type ServiceDeps,
} from './services.ts';
import { listAccountsOfService } from './store-accounts.ts';
import { listServices } from './store-services.ts';

export interface ServicePageDeps extends ServiceDeps, Pick<LinkDeps, 'config'> {
  dependents: Dependents;
  eraseDeliveriesOf(db: ServiceDeps['db'], accountId: string): Promise<void>;
}

export function servicePages(deps: ServicePageDeps): PageRoute[] {
  const admin = (
    method: 'GET' | 'POST',
    path: string,
    handle: (visit: Visit, worker: WorkerActor) => Promise<PageAnswer>,
  ): PageRoute => ({ method, path, access: 'admin', handle: (visit) => handle(visit, signedIn(visit)) });
  return [
    admin('GET', '/connected-services', (visit) => list(deps, visit)),
    admin('GET', '/connected-services/new', async () => form(deps, undefined, {}, [])),
    admin('POST', '/connected-services/new', (visit, worker) => create(deps, visit, worker)),
    admin('GET', '/connected-services/:id', (visit) => card(deps, visit)),
    admin('GET', '/connected-services/:id/edit', async (visit) => {
      const service = await getService(deps.db, idOf(visit));
      return form(deps, service, typedOf(service), []);
    }),
    admin('POST', '/connected-services/:id/edit', (visit, worker) => change(deps, visit, worker)),
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

async function card(deps: ServicePageDeps, visit: Visit): Promise<PageAnswer> {
  const service = await getService(deps.db, idOf(visit));
  const provider = deps.providers.get(service.extensionId);
  const accounts = await listAccountsOfService(deps.db, service.id);
  const allow = readHost(visit.query.get('allow') ?? '');
  return {
    view: 'connections/service',
    model: {
      title: service.name,
      service: { id: service.id, name: service.name, uri: service.uri, updatedAt: service.updatedAt },
      type: provider?.title ?? service.extensionId,
      callbackUrl: provider?.link ? callbackUrl(deps.config) : null,
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
  return Object.entries(service.params).map(([key, value]) => {
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

interface TypedService {
  name?: string;
  uri?: string | null;
  params?: Readonly<Record<string, unknown>>;
  allowedHosts?: readonly string[];
}

function typedOf({ name, uri, params, allowedHosts }: ConnectedService): TypedService {
  return { name, uri, params, allowedHosts };
}

function form(
  deps: ServicePageDeps,
  service: ConnectedService | undefined,
  typed: TypedService,
  faults: readonly Remark[],
  failure?: { message: string; status: number },
): PageAnswer {
  const provider = service ? providerOf(deps.providers, service) : firstProvider(deps);
  return {
    view: 'connections/service-form',
    ...(failure && { status: failure.status }),
    model: {
      title: service ? `Edit ${service.name}` : 'New connected service',
      service: service ? { id: service.id, name: service.name } : null,
      type: provider.title,
      extensionId: provider.id,
      callbackUrl: provider.link ? callbackUrl(deps.config) : null,
      name: typed.name ?? '',
      uri: typed.uri ?? '',
      fields: fieldModels(provider.serviceFields, typed.params ?? {}, faults),
      allowedHosts: (typed.allowedHosts ?? []).join('\n'),
      errors: {
        name: faultAt(faults, '/name'),
        uri: faultAt(faults, '/uri'),
        allowedHosts: faultAt(faults, '/allowed_hosts'),
      },
      failure: failure?.message ?? null,
    },
  };
}

function firstProvider(deps: ServicePageDeps): ServiceProvider {
  const [provider] = deps.providers.values();
  if (!provider) throw new HubError('conflict', 'No service provider is known here.');
  return provider;
}

async function create(deps: ServicePageDeps, visit: Visit, worker: WorkerActor): Promise<PageAnswer> {
  const provider = deps.providers.get(formText(visit.form, 'extension_id')) ?? firstProvider(deps);
  const fields = readFields(visit.form, provider);
  const params = Object.fromEntries(Object.entries(fields.params).filter(([, value]) => value !== null));
  try {
    const service = await createService(deps, worker, { ...fields, params, extension_id: provider.id });
    return { redirect: `/connected-services/${service.id}`, notice: `${service.name} was created.` };
  } catch (error) {
    const failure = formFaults(error);
    return form(
      deps,
      undefined,
      { ...fields, allowedHosts: fields.allowed_hosts ?? [] },
      failure.faults,
      failure,
    );
  }
}

async function change(deps: ServicePageDeps, visit: Visit, worker: WorkerActor): Promise<PageAnswer> {
  const service = await getService(deps.db, idOf(visit));
  const fields = readFields(visit.form, providerOf(deps.providers, service));
  try {
    const changed = await changeService(deps, worker, service.id, fields);
    return { redirect: `/connected-services/${changed.id}`, notice: 'The changes were saved.' };
  } catch (error) {
    const failure = formFaults(error);
    const params = { ...service.params, ...withoutBlankSecrets(fields.params) };
    const typed = { ...fields, params, allowedHosts: fields.allowed_hosts ?? [] };
    return form(deps, service, typed, failure.faults, failure);
  }
}

function withoutBlankSecrets(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));
}

function readFields(sent: FormData, provider: ServiceProvider) {
  const hosts = linesOf(formText(sent, 'allowed_hosts'));
  return {
    name: formText(sent, 'name'),
    uri: formText(sent, 'uri'),
    params: readParams(sent, provider.serviceFields),
    // An emptied list means the default: the hosts of the service's own URLs.
    allowed_hosts: hosts.length > 0 ? hosts : undefined,
  };
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
