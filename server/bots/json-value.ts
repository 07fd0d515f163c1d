/** Small readings of decoded JSON as packages and forms write it. Pure. */
import { digitsOf } from '../json.ts';

export type JsonObject = Record<string, unknown>;

/** An object of JSON; a number that keeps its digits is none. */
export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && digitsOf(value) === undefined
  );
}

/** An object, where PHP writes an empty one as `[]`; undefined for anything else but null and absence. */
export function objectOf(value: unknown): JsonObject | undefined {
  if (value === undefined || value === null) return {};
  if (Array.isArray(value)) return value.length === 0 ? {} : undefined;
  return isObject(value) ? value : undefined;
}

/** A text, or a number as its digits; '' for null and absence; undefined for lists, objects and flags. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : digitsOf(value);
}

/** A flag as packages write it: true, 1, "1", "true" are true; all else is false. */
export function flagOf(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}

/** A JSON pointer (RFC 6901) below another. */
export function below(path: string, ...keys: (string | number)[]): string {
  return path + keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
