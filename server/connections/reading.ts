/** How fields that services and accounts share are read. Pure. */
import type { Remark } from '../packages/record-type.ts';

/** Keys of a package record that are not fields of it. */
const packageKeys = new Set(['uid', '_context', '_exclude']);

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Params as an object; undefined where they are none. An empty list is how PHP, and so Cerb, may write an empty object. */
export function readObject(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return {};
  return isPlainObject(value) ? value : undefined;
}

/** The name, trimmed; a fault when there is none. */
export function readName(value: unknown, faults: Remark[]): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name === '') faults.push({ path: '/name', message: "'name' is required" });
  else if (name.length > 255) faults.push({ path: '/name', message: "'name' is longer than 255 characters" });
  else if (misleads(name))
    faults.push({ path: '/name', message: "'name' holds a character that people do not see as it is" });
  return name;
}

/** Whether a text turns the direction of what people read beside it, breaks the line or is no text at all. */
function misleads(text: string): boolean {
  return /[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** The uri in lower case, null when it is absent or blank; letters are lowered, not refused. */
export function readUri(value: unknown, pattern: RegExp, rule: string, faults: Remark[]): string | null {
  if (value === undefined || value === null || value === '') return null;
  const uri = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (!pattern.test(uri)) faults.push({ path: '/uri', message: `'uri' may hold ${rule}` });
  return uri;
}

/** One remark for each field that cannot be stored. */
export function unknownFields(fields: Readonly<Record<string, unknown>>, known: readonly string[]): Remark[] {
  return Object.keys(fields)
    .filter((key) => !known.includes(key) && !packageKeys.has(key))
    .map((key) => ({
      path: `/${escapePointer(key)}`,
      message: `'${key}' is not a field that can be stored`,
    }));
}

/** A key as a part of a JSON pointer (RFC 6901 §3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Places remarks of a part in the whole: `prefix` is the part's pointer. */
export function below(prefix: string): (remark: Remark) => Remark {
  return ({ path, message }) => ({ path: `${prefix}${path}`, message });
}

/** A remark as a sentence: what a form says beside a field has no stop. */
export function sentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}
