/** Pieces of which the checks of a service's parameters are put together. Pure. */
import type { Remark } from '../../packages/record-type.ts';
import { escapePointer, isPlainObject } from '../reading.ts';

/** The faults of one value; their paths begin with the one handed in. */
export type Faults = (value: unknown, path: string) => Remark[];

/** A fault at a path, said of the path's last part. */
export function fault(path: string, message: string): Remark[] {
  return [{ path, message: `'${path.slice(path.lastIndexOf('/') + 1)}' ${message}` }];
}

export function text(rule: { isFilled?: true; isHeader?: true }): Faults {
  return (value, path) => {
    if (typeof value !== 'string') return fault(path, 'must be text');
    if (/\p{Surrogate}/u.test(value)) return fault(path, 'holds half of a surrogate pair');
    if (rule.isFilled && value.trim() === '') return fault(path, 'is empty');
    const isRefused = rule.isHeader && !/^[\x20-\x7e]*$/.test(value);
    return isRefused ? fault(path, 'may hold printable ASCII only') : [];
  };
}

/** One of these words; '' is what a form sends for none. */
export function oneOf(...allowed: readonly string[]): Faults {
  return (value, path) =>
    value === '' || allowed.some((name) => name === value) ? [] : fault(path, `must be ${either(allowed)}`);
}

/** A number above 0, or from 0 on, up to `most`. */
export function number({ isZeroAllowed = false, most }: { isZeroAllowed?: boolean; most: number }): Faults {
  return (value, path) => {
    const isNumber = typeof value === 'number' && value <= most;
    if (isNumber && (value > 0 || (isZeroAllowed && value === 0))) return [];
    return fault(path, `must be a number ${isZeroAllowed ? 'from 0' : 'above 0 and'} up to ${most}`);
  };
}

/** Texts by name; `refuse` says what is wrong with a name. */
export function texts(refuse: (name: string) => string | undefined): Faults {
  return (value, path) => {
    if (!isPlainObject(value)) return fault(path, 'must be texts by name, such as scope=read');
    return Object.entries(value).flatMap(([name, member]) => {
      const at = `${path}/${escapePointer(name)}`;
      const refusal = name === '' ? 'has no name' : refuse(name);
      return refusal === undefined ? text({})(member, at) : fault(at, refusal);
    });
  };
}

/** An object with these members; every other is refused by name. */
export function object(members: Readonly<Record<string, Faults>>, required: readonly string[] = []): Faults {
  return (value, path) => {
    if (!isPlainObject(value)) return fault(path, `must be an object with ${either(Object.keys(members))}`);
    const missing = required.flatMap((key) =>
      value[key] === undefined ? fault(`${path}/${key}`, 'is required') : [],
    );
    const inside = Object.entries(value).flatMap(([key, member]) =>
      Object.hasOwn(members, key)
        ? (members[key]?.(member, `${path}/${key}`) ?? [])
        : fault(`${path}/${escapePointer(key)}`, `is not ${either(Object.keys(members))}`),
    );
    return [...missing, ...inside];
  };
}

export function list(value: unknown, path: string): Remark[] {
  if (!Array.isArray(value)) return fault(path, 'must be a list of texts');
  return value.flatMap((member, index) => text({ isFilled: true })(member, `${path}/${index}`));
}

/** An http or https URL that is sent as it stands. */
export function address(value: unknown, path: string): Remark[] {
  if (typeof value !== 'string') return fault(path, 'must be text');
  const url = parseEndpoint(value);
  if (!url || !/^https?:$/.test(url.protocol)) return fault(path, 'must be an https URL');
  if (url.username !== '' || url.password !== '') return fault(path, 'carries a user name before its host');
  return url.hash === '' ? [] : fault(path, 'has a fragment (#…), which is never sent');
}

/** An address that is called signed. */
export function endpoint(value: unknown, path: string): Remark[] {
  const faults = address(value, path);
  if (faults.length > 0) return faults;
  const names = [...(parseEndpoint(value)?.searchParams.keys() ?? [])];
  return names.some((name) => name.startsWith('oauth_'))
    ? fault(path, 'has a query parameter that begins with oauth_; only the signer sets those')
    : [];
}

/** An endpoint as URL; undefined where it is none. */
export function parseEndpoint(value: unknown): URL | undefined {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

function either(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
