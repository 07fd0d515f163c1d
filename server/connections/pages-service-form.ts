/** The form of a connected service, drawn from its provider's fields. Admins only. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import type { Remark } from '../packages/record-type.ts';
import { faultAt, fieldModels, formText, linesOf, readParams } from './form.ts';
import { callbackUrl, type LinkDeps } from './link.ts';
import { admin, formFaults, idOf } from './pages-visit.ts';
import type { ServiceProvider } from './provider.ts';
import { type ConnectedService, isLinkedByConsent } from './service.ts';
import { changeService, createService, getService, providerOf, type ServiceDeps } from './services.ts';

export type ServiceFormDeps = ServiceDeps & Pick<LinkDeps, 'config'>;

export function serviceFormPages(deps: ServiceFormDeps): PageRoute[] {
  return [
    admin('GET', '/connected-services/new', async (visit) =>
      form(deps, undefined, providerNamed(deps, visit.query.get('type')), {}, []),
    ),
    admin('POST', '/connected-services/new', (visit, worker) => create(deps, visit, worker)),
    admin('GET', '/connected-services/:id/edit', async (visit) => {
      const service = await getService(deps.db, idOf(visit));
      return form(deps, service, providerOf(deps.providers, service), service, []);
    }),
    admin('POST', '/connected-services/:id/edit', (visit, worker) => change(deps, visit, worker)),
  ];
}

interface TypedService {
  name?: string;
  uri?: string | null;
  params?: Readonly<Record<string, unknown>>;
  allowedHosts?: readonly string[];
}

function form(
  deps: ServiceFormDeps,
  service: ConnectedService | undefined,
  provider: ServiceProvider,
  typed: TypedService,
  faults: readonly Remark[],
  failure?: { message: string; status: number },
): PageAnswer {
  const params = typed.params ?? {};
  const draw = (isAdvanced: boolean) => {
    const fields = provider.serviceFields.filter((field) => Boolean(field.isAdvanced) === isAdvanced);
    return fieldModels(fields, params, faults);
  };
  const advanced = draw(true);
  return {
    view: 'connections/service-form',
    ...(failure && { status: failure.status }),
    model: {
      title: service ? `Edit ${service.name}` : 'New connected service',
      service: service ? { id: service.id, name: service.name } : null,
      type: provider.title,
      types: service ? null : typeOptions(deps, provider),
      extensionId: provider.id,
      callbackUrl: isLinkedByConsent({ provider, params }) ? callbackUrl(deps.config) : null,
      name: typed.name ?? '',
      uri: typed.uri ?? '',
      fields: draw(false),
      advanced,
      isAdvancedOpen: advanced.some(({ value, error }) => value !== '' || error !== ''),
      takesAccounts: provider.whyNotForRequests === undefined,
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

/** The ways of authenticating, for a chooser; null where there is no choice. */
function typeOptions({ providers }: ServiceFormDeps, chosen: ServiceProvider) {
  if (providers.size < 2) return null;
  return [...providers.values()].map(({ id, title }) => ({
    value: id,
    label: title,
    selected: id === chosen.id,
  }));
}

/** By extension id; the first of the table when none is named. */
function providerNamed({ providers }: ServiceFormDeps, id: string | null): ServiceProvider {
  const provider = providers.get(id ?? '') ?? providers.values().next().value;
  if (!provider) throw new HubError('conflict', 'No service provider is known here.');
  return provider;
}

async function create(deps: ServiceFormDeps, visit: Visit, worker: WorkerActor): Promise<PageAnswer> {
  const provider = providerNamed(deps, formText(visit.form, 'extension_id'));
  const fields = readFields(visit.form, provider);
  const params = Object.fromEntries(Object.entries(fields.params).filter(([, value]) => value !== null));
  try {
    const service = await createService(deps, worker, { ...fields, params, extension_id: provider.id });
    return { redirect: `/connected-services/${service.id}`, notice: `${service.name} was created.` };
  } catch (error) {
    const failure = formFaults(error);
    const typed = { ...fields, allowedHosts: fields.allowed_hosts ?? [] };
    return form(deps, undefined, provider, typed, failure.faults, failure);
  }
}

async function change(deps: ServiceFormDeps, visit: Visit, worker: WorkerActor): Promise<PageAnswer> {
  const service = await getService(deps.db, idOf(visit));
  const provider = providerOf(deps.providers, service);
  const fields = readFields(visit.form, provider);
  try {
    const changed = await changeService(deps, worker, service.id, fields);
    return { redirect: `/connected-services/${changed.id}`, notice: 'The changes were saved.' };
  } catch (error) {
    const failure = formFaults(error);
    const params = { ...service.params, ...withoutBlankSecrets(fields.params) };
    const typed = { ...fields, params, allowedHosts: fields.allowed_hosts ?? [] };
    return form(deps, service, provider, typed, failure.faults, failure);
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
