/** What each parameter of an OAuth 1.0a service may hold: one row a parameter. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import { isPlainObject } from '../reading.ts';
import { signatureMethodNames } from './signature-method.ts';
import { transports } from './transport.ts';

interface Check {
  required?: true;
  faults: (value: unknown, path: string) => Remark[];
}

/** Methods a service can use; RSA needs a key pair, for which a service has no place. */
export const usableMethods = signatureMethodNames.filter((name) => !name.startsWith('RSA-'));

/** Parameter -> its check. What is not here is refused. */
export const checks: Readonly<Record<string, Check>> = {
  client_id: { required: true, faults: text({ isFilled: true }) },
  client_secret: { required: true, faults: text({}) },
  request_token_url: { required: true, faults: endpoint },
  authentication_url: { required: true, faults: authenticationUrl },
  access_token_url: { required: true, faults: endpoint },
  signature_method: { faults: method },
  signature_method_: { faults: method },
  grant_type: { faults: () => [] },
  allowed_hosts: { faults: list },
  identity: { faults: identity },
  token_transport: { faults: oneOf(...transports) },
  request_params: { faults: parameters },
  authorization_params: { faults: authorizationParameters },
  access_params: { faults: parameters },
  request_method: { faults: oneOf('GET', 'POST') },
  access_method: { faults: oneOf('GET', 'POST') },
  realm: { faults: text({ isHeader: true }) },
  body_hash: { faults: oneOf('sha1', 'sha256') },
  oauth_version: { faults: oneOf('1.0', 'absent') },
  callback: { faults: oneOf('url', 'oob') },
  verifier: { faults: oneOf('required', 'absent') },
  user_agent: { faults: text({ isHeader: true }) },
  lifetime: { faults: scalars },
  rate_headers: { faults: texts },
  notes: { faults: notes },
  steps: { faults: list },
};

/** An endpoint as URL; undefined where it is none. */
export function parseEndpoint(value: unknown): URL | undefined {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

function text(rule: { isFilled?: true; isHeader?: true }): Check['faults'] {
  return (value, path) => {
    if (typeof value !== 'string') return fault(path, 'must be text');
    if (/\p{Surrogate}/u.test(value)) return fault(path, 'holds half of a surrogate pair');
    if (rule.isFilled && value.trim() === '') return fault(path, 'is empty');
    const isRefused = rule.isHeader && !/^[\x20-\x7e]*$/.test(value);
    return isRefused ? fault(path, 'may hold printable ASCII only') : [];
  };
}

function oneOf(...allowed: string[]): Check['faults'] {
  return (value, path) =>
    value === '' || allowed.some((name) => name === value)
      ? []
      : fault(path, `must be ${allowed.join(' or ')}`);
}

function method(value: unknown, path: string): Remark[] {
  if (
    typeof value === 'string' &&
    /^RSA-/.test(value) &&
    signatureMethodNames.some((name) => name === value)
  ) {
    return fault(path, `is ${value}, which needs a private key that a service cannot hold yet`);
  }
  return oneOf(...usableMethods)(value, path);
}

function endpoint(value: unknown, path: string): Remark[] {
  const faults = address(value, path);
  if (faults.length > 0) return faults;
  const names = [...(parseEndpoint(value)?.searchParams.keys() ?? [])];
  return names.some((name) => name.startsWith('oauth_'))
    ? fault(path, 'has a query parameter that begins with oauth_; only the signer sets those')
    : [];
}

function authenticationUrl(value: unknown, path: string): Remark[] {
  const faults = address(value, path);
  const isDoubled = faults.length === 0 && parseEndpoint(value)?.searchParams.has('oauth_token');
  return isDoubled ? fault(path, 'names oauth_token itself; it is added at each link') : faults;
}

function address(value: unknown, path: string): Remark[] {
  if (typeof value !== 'string') return fault(path, 'must be text');
  const url = parseEndpoint(value);
  if (!url || !/^https?:$/.test(url.protocol)) return fault(path, 'must be an https URL');
  if (url.username !== '' || url.password !== '') return fault(path, 'carries a user name before its host');
  return url.hash === '' ? [] : fault(path, 'has a fragment (#…), which is never sent');
}

function identity(value: unknown, path: string): Remark[] {
  if (!isPlainObject(value)) return fault(path, 'must be an object with method, url, id and name');
  const known: Record<string, Check['faults']> = {
    method: oneOf('GET', 'POST'),
    url: endpoint,
    id: text({ isFilled: true }),
    name: text({ isFilled: true }),
  };
  const missing = value.url === undefined ? fault(`${path}/url`, 'is required') : [];
  const inside = Object.entries(value).flatMap(([key, member]) =>
    Object.hasOwn(known, key)
      ? (known[key]?.(member, `${path}/${key}`) ?? [])
      : fault(`${path}/${escapePointer(key)}`, 'is not method, url, id or name'),
  );
  return [...missing, ...inside];
}

function parameters(value: unknown, path: string): Remark[] {
  return named(value, path, (name) =>
    name.startsWith('oauth_') ? 'begins with oauth_; only the signer sets those' : undefined,
  );
}

/** They reach the browser's address only, so names of the protocol are allowed but the token's (RFC 5849 §2.2). */
function authorizationParameters(value: unknown, path: string): Remark[] {
  return named(value, path, (name) => (name === 'oauth_token' ? 'is added at each link' : undefined));
}

function texts(value: unknown, path: string): Remark[] {
  return named(value, path, () => undefined);
}

function named(value: unknown, path: string, refuse: (name: string) => string | undefined): Remark[] {
  if (!isPlainObject(value)) return fault(path, 'must be an object of texts');
  return Object.entries(value).flatMap(([name, member]) => {
    const at = `${path}/${escapePointer(name)}`;
    const refusal = name === '' ? 'has no name' : refuse(name);
    return refusal === undefined ? text({})(member, at) : fault(at, refusal);
  });
}

function scalars(value: unknown, path: string): Remark[] {
  if (!isPlainObject(value)) return fault(path, 'must be an object');
  return Object.entries(value).flatMap(([name, member]) =>
    ['string', 'number', 'boolean'].includes(typeof member)
      ? []
      : fault(`${path}/${escapePointer(name)}`, 'must be text, a number or true or false'),
  );
}

function list(value: unknown, path: string): Remark[] {
  if (!Array.isArray(value)) return fault(path, 'must be a list of texts');
  return value.flatMap((member, index) => text({ isFilled: true })(member, `${path}/${index}`));
}

function notes(value: unknown, path: string): Remark[] {
  return typeof value === 'string' ? [] : list(value, path);
}

function fault(path: string, message: string): Remark[] {
  return [{ path, message: `'${path.slice(path.lastIndexOf('/') + 1)}' ${message}` }];
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
