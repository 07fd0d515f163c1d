/** Checking params of a service and credentials of an account against a provider's list of fields. Pure. */
import type { Remark } from '../packages/record-type.ts';
import { address, type Faults, fault, list, oneOf, text, texts } from './oauth1/check.ts';
import { checks } from './oauth1/service-checks.ts';
import { serviceFields } from './oauth1/service-fields.ts';
import type { Credentials, ProviderField, ServiceParams } from './provider.ts';
import { escapePointer, isPlainObject } from './reading.ts';

const commonKeys = ['identity', 'user_agent', 'lifetime', 'rate_headers', 'notes', 'steps'];

const identityHelp =
  'A harmless call that tells who the account is, and tries its credentials: {"url": …, "id": "id", "name": "login"}.';

/** What every service that signs requests may say beside its provider's own parameters; OAuth 1.0a has the same. */
export const commonFields: readonly ProviderField[] = serviceFields
  .filter(({ key }) => commonKeys.includes(key))
  .map((field) => (field.key === 'identity' ? { ...field, help: identityHelp } : field));

/**
 * Every fault with its JSON pointer below the params. A parameter that is no field is one, and so is an identity without
 * a call where no token answer could tell it.
 */
export function checkParams(
  params: ServiceParams,
  fields: readonly ProviderField[],
  title: string,
  options: { hasTokenAnswer?: boolean } = {},
): Remark[] {
  const faults: Remark[] = [];
  const { identity } = params;
  if (isPlainObject(identity) && identity.url === undefined && !options.hasTokenAnswer)
    faults.push(...fault('/identity/url', 'is required'));
  for (const field of fields) {
    const value = Object.hasOwn(params, field.key) ? params[field.key] : undefined;
    const path = `/${field.key}`;
    if (value !== undefined && value !== null && value !== '') faults.push(...checkOf(field)(value, path));
    else if (field.required) faults.push(...fault(path, 'is required'));
  }
  for (const key of Object.keys(params)) {
    if (fields.some((field) => field.key === key)) continue;
    const path = `/${escapePointer(key)}`;
    faults.push({ path, message: `'${key}' is not a parameter of a service of ${title}` });
  }
  return faults;
}

/** Faults of credentials that are not empty; an account without any has to be linked or filled in. */
export function checkCredentials(
  credentials: Credentials,
  fields: readonly ProviderField[],
  options: { takesOthers?: boolean } = {},
): { faults: Remark[] } {
  if (Object.keys(credentials).length === 0) return { faults: [] };
  const faults: Remark[] = [];
  for (const { key, label, required } of fields) {
    const value = credentials[key] ?? '';
    if (value === '' && required) faults.push({ path: `/${key}`, message: `'${label}' is missing` });
    if (/[\p{Cc}\p{Surrogate}]/u.test(value)) {
      faults.push({ path: `/${key}`, message: `'${label}' holds a character that cannot be sent` });
    }
  }
  if (options.takesOthers) return { faults };
  for (const key of Object.keys(credentials)) {
    if (fields.some((field) => field.key === key)) continue;
    faults.push({ path: `/${escapePointer(key)}`, message: `'${key}' is not a field of such an account` });
  }
  return { faults };
}

/** The hosts of these addresses, each with what it receives; blanks and what is no address are passed over. */
export function hostsOf(
  addresses: readonly (readonly [url: unknown, receives: readonly string[]])[],
): { host: string; receives: string[] }[] {
  const found = new Map<string, Set<string>>();
  for (const [url, receives] of addresses) {
    if (typeof url !== 'string' || !URL.canParse(url)) continue;
    const { host } = new URL(url);
    found.set(host, new Set([...(found.get(host) ?? []), ...receives]));
  }
  return [...found].map(([host, receives]) => ({ host, receives: [...receives] }));
}

/** Hosts of an allow-list that stands in the params, as a plan hands it over, as if they were addresses. */
export function allowedAddresses(params: ServiceParams): string[] {
  const hosts = Array.isArray(params.allowed_hosts) ? params.allowed_hosts : [];
  return hosts.flatMap((host) => (typeof host === 'string' ? [`https://${host}/`] : []));
}

/** The address of an identity call, for `hostsOf`. */
export function identityAddress({ identity }: ServiceParams): unknown {
  return isPlainObject(identity) ? identity.url : undefined;
}

/** Lines of a parameter that packages write as one text and forms as a list. */
export function linesIn(value: unknown): string[] {
  const lines = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/\r?\n/) : [];
  return lines.flatMap((line) => (typeof line === 'string' && line.trim() !== '' ? [line.trim()] : []));
}

function checkOf({ key, kind, options = [] }: ProviderField): Faults {
  const common = commonKeys.includes(key) ? checks[key] : undefined;
  return common ?? checksByKind(options)[kind];
}

function checksByKind(options: readonly string[]): Record<ProviderField['kind'], Faults> {
  return {
    text: oneLine,
    secret: oneLine,
    url: address,
    select: oneOf(...options),
    prose: text({}),
    // Packages write lines as one text.
    lines: (value, path) => (typeof value === 'string' ? [] : list(value, path)),
    pairs: texts(() => undefined),
    json: (value, path) => (isPlainObject(value) ? [] : fault(path, 'must be an object')),
  };
}

function oneLine(value: unknown, path: string): Remark[] {
  const isBroken = typeof value === 'string' && /\p{Cc}/u.test(value);
  return isBroken ? fault(path, 'holds a character that cannot be sent') : text({})(value, path);
}
