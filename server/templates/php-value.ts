/** PHP 8's view of values, as far as templates show it: printing, truth, comparing, arithmetic. Pure. */
import { TemplateError } from './template-error.ts';
import { narrow, numberOfDigits, type TemplateValue } from './template-value.ts';

/** Longest text and list that an expression may build. */
export const maxTextLength = 4 * 1024 * 1024;
export const maxListLength = 100_000;

/** As `echo` prints: true is "1", null and false are "", a list is "Array", floats have 14 digits. */
export function toText(value: TemplateValue | undefined): string {
  if (value === null || value === undefined || value === false) return '';
  if (value === true) return '1';
  if (typeof value === 'number') return numberToText(value);
  if (typeof value === 'object') return 'Array';
  return String(value);
}

function numberToText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value + 0);
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isNaN(value)) return 'NAN';
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
  const rounded = Number(value.toPrecision(14));
  const size = Math.abs(rounded);
  if (size >= 1e-4 && size < 1e15) return String(rounded);
  const [mantissa = '', exponent = ''] = rounded.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`;
}

/** False are null, false, 0, "", "0" and empty lists. */
export function isTruthy(value: TemplateValue | undefined): boolean {
  if (value instanceof Map) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return value !== '0' && Boolean(value);
}

/** Whether a text is a number in PHP's sense: digits, sign, point, exponent, blanks around. */
export function isNumericText(text: string): boolean {
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);
}

/** The number a value counts as; texts by their leading digits. Throws for lists and texts without digits. */
export function toNumber(value: TemplateValue | undefined): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value === null || value === undefined || typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'object') throw new TemplateError('A list cannot be used as a number.');
  const digits = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/.exec(value)?.[1];
  if (digits === undefined) throw new TemplateError(`"${value.slice(0, 40)}" cannot be used as a number.`);
  return numberOfDigits(digits.replace('+', ''));
}

/** As toNumber, but a double; 0 for what is no number. */
export function toDouble(value: TemplateValue | undefined): number {
  try {
    return Number(toNumber(value));
  } catch {
    return 0;
  }
}

/** Negative, 0 or positive, as PHP's `<=>`; lists compare by length, then by member. */
export function compareValues(left: TemplateValue, right: TemplateValue): number {
  if (typeof left === 'boolean' || typeof right === 'boolean') return order(isTruthy(left), isTruthy(right));
  if (left === null && right === null) return 0;
  if (left === null) return typeof right === 'string' ? order('', right) : order(false, isTruthy(right));
  if (right === null) return -compareValues(null, left);
  if (typeof left === 'object' || typeof right === 'object') return compareLists(left, right);
  if (isNumeric(left) && isNumeric(right)) return order(toNumber(left), toNumber(right));
  return order(toText(left), toText(right));
}

/** PHP's `==`. */
export function equals(left: TemplateValue, right: TemplateValue): boolean {
  return compareValues(left, right) === 0;
}

function isNumeric(value: string | number | bigint): boolean {
  return typeof value !== 'string' || isNumericText(value);
}

function compareLists(left: TemplateValue, right: TemplateValue): number {
  if (left === null || typeof left !== 'object') return -1;
  if (right === null || typeof right !== 'object') return 1;
  const [mine, theirs] = [toMap(left), toMap(right)];
  if (mine.size !== theirs.size) return order(mine.size, theirs.size);
  for (const [key, value] of mine) {
    const other = theirs.get(key);
    if (other === undefined) return 1;
    const result = compareValues(value, other);
    if (result !== 0) return result;
  }
  return 0;
}

function order<T extends string | number | bigint | boolean>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A list as a Map with its keys as text; an empty Map for what is no list. */
export function toMap(value: TemplateValue | undefined): Map<string, TemplateValue> {
  if (value instanceof Map) return value;
  return new Map(Array.isArray(value) ? value.map((item, i) => [String(i), item] as const) : []);
}

/** The members of a list; [] for what is no list. */
export function toList(value: TemplateValue | undefined): TemplateValue[] {
  return value instanceof Map ? [...value.values()] : Array.isArray(value) ? value : [];
}

/** Joins two texts under the length limit. */
export function concatenate(left: TemplateValue, right: TemplateValue): string {
  const [head, tail] = [toText(left), toText(right)];
  return head + checkedTail(head.length, tail);
}

function checkedTail(length: number, tail: string): string {
  if (length + tail.length > maxTextLength) throw tooLong();
  return tail;
}

/** The refusal of a text beyond the length limit. */
export function tooLong(): TemplateError {
  return new TemplateError('The template builds a text that is too long (4 MB).');
}

/** `+ - * / // % **` over numbers and numeric texts; whole numbers stay exact beyond 2^53. */
export function calculate(operator: string, left: TemplateValue, right: TemplateValue): number | bigint {
  const [a, b] = [toNumber(left), toNumber(right)];
  const exact = isWhole(a) && isWhole(b) ? calculateWhole(operator, BigInt(a), BigInt(b)) : undefined;
  if (exact !== undefined && BigInt.asIntN(64, exact) === exact) return narrow(exact);
  const [x, y] = [Number(a), Number(b)];
  if ((operator === 'modulo' ? Math.trunc(y) : y) === 0 && /divide|modulo/.test(operator))
    throw new TemplateError('The template divides by zero.');
  switch (operator) {
    case 'add':
      return x + y;
    case 'subtract':
      return x - y;
    case 'multiply':
      return x * y;
    case 'divide':
      return x / y;
    case 'divide_and_floor':
      return Math.floor(x / y);
    case 'modulo':
      return Math.trunc(x) % Math.trunc(y);
    default:
      return x ** y;
  }
}

function isWhole(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

/** The exact result; undefined where PHP goes on with floats, as it does beyond 64 bits. */
function calculateWhole(operator: string, a: bigint, b: bigint): bigint | undefined {
  if (operator === 'add') return a + b;
  if (operator === 'subtract') return a - b;
  if (operator === 'multiply') return a * b;
  if (b === 0n) return undefined;
  if (operator === 'modulo') return a % b;
  if (operator === 'divide') return a % b === 0n ? a / b : undefined;
  if (operator !== 'divide_and_floor') return undefined;
  return a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);
}
