/** A connected service: its words, and the reading of one from a form, the API or a package. Pure. */
import type { Remark } from '../packages/record-type.ts';
import type { ProviderField, ServiceParams, ServiceProvider } from './provider.ts';
import { below, isPlainObject, readName, readObject, readUri, unknownFields } from './reading.ts';

export const serviceContext = 'cerberusweb.contexts.connected_service';

/** The ways of authenticating that are known, by Cerb's extension id; `providers/index.ts` is the table. */
export type Providers = ReadonlyMap<string, ServiceProvider>;

export interface ConnectedService {
  id: string;
  uri: string | null;
  name: string;
  extensionId: string;
  /** For showing: a secret reads as `{"set":true}`; its value lies in `sealedSecrets`. */
  params: ServiceParams;
  sealedSecrets: string | null;
  /** Hosts that requests signed with this service's accounts may go to. */
  allowedHosts: readonly string[];
  createdAt: number;
  updatedAt: number;
}

/** A service before it is stored; `params` hold their secrets. */
export interface ServiceDraft {
  name: string;
  uri: string | null;
  extensionId: string;
  params: ServiceParams;
  allowedHosts: readonly string[];
}

/** What the reading of a draft found; with `faults` or `unsupported` it must not be stored. */
export interface DraftReading<T> {
  value: T;
  faults: Remark[];
  unsupported: Remark[];
  warnings: Remark[];
}

const serviceFields = ['name', 'uri', 'extension_id', 'params', 'allowed_hosts'];

/**
 * Reads a service. `allowed_hosts` stands beside `params` in the API and inside them in packages; without it the
 * hosts of the service's own URLs are allowed. Paths of remarks begin at the record.
 */
export function readServiceDraft(
  fields: Readonly<Record<string, unknown>>,
  providers: Providers,
): DraftReading<ServiceDraft> {
  const faults: Remark[] = [];
  const unsupported = unknownFields(fields, serviceFields);
  const warnings: Remark[] = [];
  const name = readName(fields.name, faults);
  const uri = readUri(fields.uri, /^[a-z0-9-]{1,64}$/, 'letters, digits and dashes, at most 64', faults);
  const extensionId = typeof fields.extension_id === 'string' ? fields.extension_id : '';
  if (extensionId === '') faults.push({ path: '/extension_id', message: "'extension_id' is required" });
  const given = readObject(fields.params);
  if (!given) faults.push({ path: '/params', message: "'params' must be an object" });
  const { allowed_hosts: hostsInParams, ...params } = given ?? {};
  const provider = providers.get(extensionId);
  if (extensionId !== '' && !provider) {
    unsupported.push({
      path: '/extension_id',
      message: `The service provider '${extensionId}' is not known here; known are ${[...providers.keys()].join(', ')}`,
    });
  }
  const checked = provider?.checkService(params);
  faults.push(...(checked?.faults ?? []).map(below('/params')));
  warnings.push(...(checked?.warnings ?? []).map(below('/params')));
  const hosts = fields.allowed_hosts ?? hostsInParams;
  const hostsPath = fields.allowed_hosts === undefined ? '/params/allowed_hosts' : '/allowed_hosts';
  const ownHosts = provider && checked?.faults.length === 0 ? ownHostsOf(provider, params) : [];
  const allowedHosts = hosts === undefined ? ownHosts : readHosts(hosts, hostsPath, faults);
  const hasNoHost = provider?.whyNotForRequests === undefined && allowedHosts.length === 0;
  if (hasNoHost && faults.length === 0) {
    const message = 'No host is allowed, so no request can be sent; name the hosts of the API';
    warnings.push({ path: hostsPath, message });
  }
  return { value: { name, uri, extensionId, params, allowedHosts }, faults, unsupported, warnings };
}

/** An opened service, as far as these words go. */
export type WithProvider = { provider: ServiceProvider; params: ServiceParams };

/** What an account of this service is asked for. */
export function accountFieldsOf({ provider, params }: WithProvider): readonly ProviderField[] {
  return provider.accountFieldsOf?.(params) ?? provider.accountFields;
}

/** Whether the service's own keys sign, so that its accounts are usable at once. */
export function asksForNothing({ provider, params }: WithProvider): boolean {
  return provider.accountFieldsOf?.(params).length === 0;
}

/** What a person does with an account that has no credentials, as a sentence. */
export function howToLink(opened: WithProvider, serviceName: string): string {
  if (isLinkedByConsent(opened)) return `Open it and press Link to ${serviceName}.`;
  return asksForNothing(opened)
    ? `Open it and press Use the keys of ${serviceName}.`
    : 'Open it and enter its credentials.';
}

/** Whether tokens are asked for with the service's own keys, without a person. */
export function obtainsTokens(opened: WithProvider): boolean {
  return opened.provider.obtain !== undefined && !isLinkedByConsent(opened);
}

export function isLinkedByConsent({ provider, params }: WithProvider): boolean {
  return provider.link !== undefined && (provider.isLinkedByConsent?.(params) ?? true);
}

/** What a service's record tells people: remarks, and what to do to set it up. */
export function guideOf({ notes, steps }: ServiceParams): { notes: string[]; steps: string[] } {
  const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).filter(isFilledText);
  return { notes: texts(notes), steps: texts(steps) };
}

function isFilledText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Hosts of the service's own URLs. */
export function ownHostsOf(provider: ServiceProvider, params: ServiceParams): string[] {
  return [...new Set(provider.hosts(params).map(({ host }) => host))];
}

/**
 * New parameters over old ones: what `changes` does not name stays, null removes, and a secret that is blank or
 * reads `{"set":true}` keeps its old value, so that a form can be saved that shows none of them.
 */
export function mergeParams(
  old: ServiceParams,
  changes: ServiceParams,
  provider: ServiceProvider,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...old };
  const secrets = secretKeys(provider);
  for (const [key, value] of Object.entries(changes)) {
    if (secrets.has(key) && (value === '' || isPlainObject(value))) continue;
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

/** Parameters that are never shown. */
export function secretKeys(provider: ServiceProvider): Set<string> {
  return new Set(provider.serviceFields.filter(({ kind }) => kind === 'secret').map(({ key }) => key));
}

/** A host as allow-lists hold it (`api.example.com`, `*.example.com`, `localhost:8080`), or undefined. */
export function readHost(text: string): string | undefined {
  const host = text.trim().toLowerCase().replace(/\.$/, '');
  const isName = /^(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?$/.test(host);
  return isName || /^\[[0-9a-f:.]+\](:\d{1,5})?$/.test(host) ? host : undefined;
}

function readHosts(hosts: unknown, path: string, faults: Remark[]): string[] {
  if (!Array.isArray(hosts)) {
    faults.push({ path, message: 'Allowed hosts must be a list of host names' });
    return [];
  }
  const read: string[] = [];
  for (const [index, entry] of hosts.entries()) {
    const host = typeof entry === 'string' ? readHost(entry) : undefined;
    if (host !== undefined) read.push(host);
    else
      faults.push({
        path: `${path}/${index}`,
        message: 'An allowed host is a host name such as api.example.com, without https:// and path',
      });
  }
  return [...new Set(read)];
}
