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
  checkShape(text);
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

/** Writes JSON; LosslessNumber and bigint as their digits. `undefined` members are left out. */
export function writeJson(value: unknown, space?: number): string {
  return stringify(value, null, space) ?? 'null';
}

/** A number that keeps its digits, as text; `undefined` for anything else. */
export function digitsOf(value: unknown): string | undefined {
  if (value instanceof LosslessNumber) return value.value;
  return typeof value === 'number' ? String(value) : undefined;
}

function checkShape(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
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
  }
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

function isPrototypeKey(raw: string, text: string, end: number): boolean {
  if (!/^\s*:/.test(text.slice(end + 1, end + 64))) return false;
  try {
    return JSON.parse(raw) === '__proto__';
  } catch {
    return false;
  }
}
