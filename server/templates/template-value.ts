/** What lives inside a template: null, booleans, numbers, bigints, strings, arrays and Maps. Pure. */
import { digitsOf } from '../json.ts';
import { TemplateError } from './template-error.ts';

/** Integers beyond 2^53 are bigints, so that printing, comparing and encoding keep every digit. */
export type TemplateValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | TemplateValue[]
  | Map<string, TemplateValue>;

/** Deepest nesting and largest size (characters of texts and keys, plus one per value) that a template may see. */
export const maxValueDepth = 80;
export const maxContextSize = 16 * 1024 * 1024;

/**
 * Copies plain data into template values; objects become Maps, so that no prototype is in reach. Functions,
 * symbols, getters and instances of classes are refused by path; `undefined` reads as null.
 */
export function toTemplateValue(input: unknown, path = 'value'): TemplateValue {
  const budget = { left: maxContextSize };
  return copy(input, path, 0, budget);
}

/** Copies those entries of a context which `names` lists (all without it) under one common size limit. */
export function toTemplateContext(
  context: Readonly<Record<string, unknown>>,
  names?: ReadonlySet<string>,
): { values: Map<string, TemplateValue>; size: number } {
  const budget = { left: maxContextSize };
  const values = new Map<string, TemplateValue>();
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(context))) {
    if (names && !names.has(name)) continue;
    if (descriptor.get || descriptor.set) throw refused(name, 'an accessor');
    values.set(name, copy(descriptor.value, name, 0, budget));
  }
  return { values, size: maxContextSize - budget.left };
}

function copy(input: unknown, path: string, depth: number, budget: { left: number }): TemplateValue {
  if (depth > maxValueDepth)
    throw new TemplateError(`"${path}" is nested deeper than ${maxValueDepth} levels.`);
  spend(budget, 1 + (typeof input === 'string' ? input.length : 0));
  if (input === null || input === undefined) return null;
  if (typeof input === 'string' || typeof input === 'boolean') return input;
  if (typeof input === 'number') return input;
  if (typeof input === 'bigint') return narrow(input);
  if (typeof input !== 'object') throw refused(path, `a ${typeof input}`);
  const digits = digitsOf(input);
  if (digits !== undefined) return numberOfDigits(digits);
  if (Array.isArray(input)) return input.map((item, i) => copy(item, `${path}.${i}`, depth + 1, budget));
  const map = new Map<string, TemplateValue>();
  for (const [key, value] of entriesOf(input, path)) {
    spend(budget, key.length);
    map.set(key, copy(value, `${path}.${key}`, depth + 1, budget));
  }
  return map;
}

function entriesOf(input: object, path: string): [string, unknown][] {
  if (input instanceof Map) return [...input].map(([key, value]) => [String(key), value]);
  const prototype: unknown = Object.getPrototypeOf(input);
  if (prototype !== null && prototype !== Object.prototype) throw refused(path, 'no plain data');
  return Object.entries(Object.getOwnPropertyDescriptors(input))
    .filter(([, descriptor]) => descriptor.enumerable)
    .map(([key, descriptor]) => {
      if (descriptor.get || descriptor.set) throw refused(`${path}.${key}`, 'an accessor');
      return [key, descriptor.value];
    });
}

/** A number as written in JSON: a double if that is exact, a bigint for long integers, else the nearest double. */
export function numberOfDigits(digits: string): number | bigint {
  return /^-?\d{1,400}$/.test(digits) ? narrow(BigInt(digits)) : Number(digits);
}

/** A bigint as a number where a double holds it exactly. */
export function narrow(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function spend(budget: { left: number }, size: number): void {
  budget.left -= size;
  if (budget.left < 0)
    throw new TemplateError('There is more data in scope than a template may use (16 MB).');
}

function refused(path: string, what: string): TemplateError {
  return new TemplateError(`"${path}" is ${what}; templates take plain data only.`);
}
