/** Careful reads of JSON that came from outside: own members only, ids as text only. Pure. */
import { digitsOf } from '../../json.ts';

/** A member of an object; undefined for anything else, inherited members included. */
export function member(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    // `hasOwn` has just shown that the object has it.
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/** The text at a path; undefined for blank text and for anything else. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const text = member(value, ...path);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The list at a path; empty for anything else. */
export function listAt(value: unknown, ...path: string[]): readonly unknown[] {
  const list = member(value, ...path);
  return Array.isArray(list) ? list : [];
}

/** An id: text of letters, digits, `_`, `-`. A number is no id, for it may have lost its last digits already. */
export function idAt(value: unknown, ...path: string[]): string | undefined {
  const id = textAt(value, ...path);
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

/** Milliseconds since 1970, given as digits, as number or as a date. */
export function timeAt(value: unknown, ...path: string[]): number | undefined {
  const given = member(value, ...path);
  const text = typeof given === 'string' ? given : digitsOf(given);
  if (text === undefined || text === '') return undefined;
  const time = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isSafeInteger(time) && time >= 0 ? time : undefined;
}

/** -1, 0 or 1; ids of digits by their value, whatever their length. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return BigInt(a) < BigInt(b) ? -1 : 1;
  return a < b ? -1 : 1;
}
