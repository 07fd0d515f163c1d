/** JSON that loses nothing: numbers a double cannot hold keep their digits (DESIGN decision 2). */
import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** Deepest nesting that is read; deeper input is refused before anything recursive runs on it. */
const maxJsonDepth = 64;

/** Where and why a text is no acceptable JSON; line and column count from 1. */
export class JsonError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, text: string, position: number) {
    super(message);
    this.name = 'JsonError';
    const before = text.slice(0, Math.max(0, position)).split('\n');
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
  }
}

/**
 * Reads JSON. Numbers that a double holds exactly come as numbers, others (ids above 2^53) as LosslessNumber.
 * Throws JsonError for a fault of syntax, nesting deeper than 64, a key that is doubled or reaches a prototype.
 */
export function parseJson(text: string): unknown {
  return parseWith(text, isSafeNumber);
}

/** As parseJson, for what is written again: 1.10 and 1e3, which a double writes otherwise, keep their digits. */
export function parseJsonVerbatim(text: string): unknown {
  return parseWith(text, (digits) => String(Number(digits)) === digits);
}

function parseWith(text: string, isPlain: (digits: string) => boolean): unknown {
  const shape = checkShape(text, isPlain);
  const value = shape.isPlain ? parseNatively(text) : undefined;
  if (value !== undefined && countKeys(value) === shape.keys) return value;
  try {
    return parse(text, null, (digits) => (isPlain(digits) ? Number(digits) : new LosslessNumber(digits)));
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    const position = /position (\d+)/.exec(message);
    throw new JsonError(
      message.replace(/ at position \d+$/, ''),
      text,
      position ? Number(position[1]) : text.length,
    );
  }
}

/**
 * What needs no care, the engine reads in a tenth of the time, and without a piece of memory for every character;
 * undefined for faults of syntax, which the other parser words.
 */
function parseNatively(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A text with more keys than its value doubles one of them. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  for (const key in value) {
    // Only what JSON.parse made is counted: objects and lists, read by their own keys.
    keys += countKeys((value as Record<string, unknown>)[key]) + (Array.isArray(value) ? 0 : 1);
  }
  return keys;
}

/** Writes JSON; LosslessNumber and bigint as their digits. `undefined` members are left out. */
export function writeJson(value: unknown, space?: number): string {
  return stringify(value, null, space) ?? 'null';
}

/** A number that keeps its digits, as text; `undefined` for anything else. */
export function digitsOf(value: unknown): string | undefined {
  if (value instanceof LosslessNumber) return value.value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** Refuses what must not reach a parser; tells how many keys the text writes, and whether its numbers are all plain. */
function checkShape(text: string, isPlain: (digits: string) => boolean): { keys: number; isPlain: boolean } {
  const number = /-?\d[\d.eE+-]*/y;
  const shape = { keys: 0, isPlain: true };
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '"') {
      const end = endOfString(text, i);
      const raw = text.slice(i, end + 1);
      if ((raw.includes('\\u') || raw === '"__proto__"') && isPrototypeKey(raw, text, end)) {
        throw new JsonError('The key "__proto__" is not accepted', text, i);
      }
      i = end;
    } else if (char === '{' || char === '[') {
      if (++depth > maxJsonDepth) throw new JsonError(`Nested deeper than ${maxJsonDepth} levels`, text, i);
    } else if (char === '}' || char === ']') depth--;
    else if (char === ':') shape.keys++;
    else if (char === '-' || (char >= '0' && char <= '9')) {
      number.lastIndex = i;
      const digits = number.exec(text)?.[0] ?? char;
      if (!isPlain(digits)) shape.isPlain = false;
      i += digits.length - 1;
    }
  }
  return shape;
}

/** Index of the quotation mark that closes the string; the text's length when none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === '\\') start--;
  return (at - start) % 2 === 1;
}

function isPrototypeKey(raw: string, text: string, end: number): boolean {
  if (!/^\s*:/.test(text.slice(end + 1, end + 64))) return false;
  try {
    return JSON.parse(raw) === '__proto__';
  } catch {
    return false;
  }
}
