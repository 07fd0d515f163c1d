/** Filters that tell numbers to people, convert them and sum them up. Pure. */
import type { CallableTable } from './callable.ts';
import { compareValues, isNumericText, toDouble, toList, toNumber, toText } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import { narrow, type TemplateValue } from './template-value.ts';
import { formatNumber, roundTo } from './text-filters.ts';

export const numberFilters: CallableTable = {
  base_convert: {
    parameters: ['base_from', 'base_to'],
    call: (_, value, from, to) => convertBase(toText(value), toDouble(from), toDouble(to)),
  },
  bytes_pretty: {
    parameters: ['precision?'],
    call: (_, value, precision) => (isNumber(value) ? tellBytes(value, toDouble(precision)) : ''),
  },
  secs_pretty: {
    parameters: ['precision?'],
    call: (_, value, precision) => (isNumber(value) ? tellSeconds(value, toDouble(precision)) : ''),
  },
  format: { parameters: ['...'], call: (_, value, ...values) => format(toText(value), values) },
  stat: {
    parameters: ['measure', 'decimals?'],
    call: (_, value, measure, decimals) => {
      const found = measureOf(toText(measure), toList(value));
      return typeof found === 'number' && decimals !== null ? roundTo(found, toDouble(decimals)) : found;
    },
  },
};

function isNumber(value: TemplateValue): value is number | bigint | string {
  if (typeof value === 'string') return isNumericText(value);
  return typeof value === 'number' || typeof value === 'bigint';
}

/** As base_convert: digits that the base does not know are skipped. Exact, whatever the length. */
function convertBase(text: string, from: number, to: number): string {
  if (![from, to].every((base) => Number.isInteger(base) && base >= 2 && base <= 36))
    throw new TemplateError('The filter "base_convert" takes bases from 2 to 36.');
  if (text.length > 1024) throw new TemplateError('The filter "base_convert" takes at most 1,024 digits.');
  let number = 0n;
  for (const char of text.toLowerCase()) {
    const digit = /[0-9a-z]/.test(char) ? Number.parseInt(char, 36) : from;
    if (digit < from) number = number * BigInt(from) + BigInt(digit);
  }
  return number.toString(to);
}

function tellBytes(value: number | bigint | string, places: number): string {
  const whole = Math.trunc(toDouble(value));
  const size = Math.abs(whole);
  const units = [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'KB'],
  ] as const;
  const unit = units.find(([least]) => size >= least);
  const told = unit ? `${formatNumber(size / unit[0], places, null, null)} ${unit[1]}` : `${size} bytes`;
  return (whole < 0 ? '-' : '') + told;
}

/** A year is 52 weeks and a month the twelfth of 365 days, as in Cerb; `parts` is how many units are told at most. */
function tellSeconds(value: number | bigint | string, parts: number): string {
  const units = [
    [31_449_600, 'year'],
    [2_628_000, 'month'],
    [604_800, 'week'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'min'],
    [1, 'sec'],
  ] as const;
  let left = Math.trunc(toDouble(value));
  if (left <= 0) return '0 secs';
  const told: string[] = [];
  for (const [length, name] of units) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) told.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return (parts > 0 ? told.slice(0, parts) : told).join(', ');
}

/** sprintf with `% b c d e f o s u x X`, padding, sign, width, precision and numbered arguments. */
function format(pattern: string, values: readonly TemplateValue[]): string {
  let next = 0;
  return pattern.replace(
    /%(?:%|(?:(\d{1,3})\$)?([-+ 0]|'.)*(\d{1,20})?(?:\.(\d{1,20}))?([bcdefosuxX])|)/g,
    (all, numbered, _flag, width, precision, type) => {
      if (all === '%%') return '%';
      if (all === '%')
        throw new TemplateError('The filter "format" met a "%" without a letter that it knows.');
      if (Number(width ?? 0) > 1000 || Number(precision ?? 0) > 50)
        throw new TemplateError('The filter "format" takes widths up to 1,000 and precisions up to 50.');
      const value = values[numbered === undefined ? next++ : Number(numbered) - 1];
      if (value === undefined)
        throw new TemplateError('The filter "format" got fewer values than it has places.');
      const flags = /^%(?:\d+\$)?((?:[-+ 0]|'.)*)/.exec(all)?.[1] ?? '';
      return pad(writeAs(type, value, precision, flags.replace(/'./g, '')), flags, Number(width ?? 0));
    },
  );
}

function writeAs(type: string, value: TemplateValue, precision: string | undefined, flags: string): string {
  if (type === 's')
    return precision === undefined ? toText(value) : toText(value).slice(0, Number(precision));
  if (type === 'f' || type === 'e') {
    const number = toDouble(value);
    const places = Number(precision ?? 6);
    const told = type === 'f' ? roundTo(number, places).toFixed(places) : number.toExponential(places);
    return flags.includes('+') && number >= 0 ? `+${told}` : told;
  }
  const whole = wholeOf(value);
  if (type === 'd') return flags.includes('+') && whole >= 0n ? `+${whole}` : String(whole);
  if (type === 'c') return String.fromCharCode(Number(BigInt.asUintN(8, whole)));
  const digits = BigInt.asUintN(64, whole).toString({ b: 2, o: 8, u: 10, x: 16, X: 16 }[type] ?? 10);
  return type === 'X' ? digits.toUpperCase() : digits;
}

function wholeOf(value: TemplateValue): bigint {
  const number =
    typeof value === 'object' && value !== null ? 0 : isNumber(value) ? toNumber(value) : toDouble(value);
  return typeof number === 'bigint' ? number : BigInt(Math.trunc(Number.isFinite(number) ? number : 0));
}

function pad(text: string, flags: string, width: number): string {
  const filler = /'(.)/.exec(flags)?.[1] ?? (flags.replace(/'./g, '').includes('0') ? '0' : ' ');
  if (flags.includes('-')) return text.padEnd(width, filler);
  const sign = filler === '0' ? (/^[+-]/.exec(text)?.[0] ?? '') : '';
  return sign + text.slice(sign.length).padStart(width - sign.length, filler);
}

const measures: Readonly<Record<string, (numbers: number[]) => number>> = {
  mean,
  median: (numbers) => {
    const sorted = numbers.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    const upper = sorted[middle] ?? 0;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  },
  mode: (numbers) => {
    const counts = new Map<number, number>();
    for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
    return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
  },
  varp: (numbers) => spread(numbers, numbers.length),
  vars: (numbers) => spread(numbers, numbers.length - 1),
  stdevp: (numbers) => Math.sqrt(spread(numbers, numbers.length)),
  stdevs: (numbers) => Math.sqrt(spread(numbers, numbers.length - 1)),
};

/** Counts, sums and extremes keep long whole numbers exact; 0 for an empty list. */
function measureOf(name: string, items: TemplateValue[]): TemplateValue {
  const numbers = items.filter(isNumber).map(toNumber);
  if (name === 'count') return items.length;
  if (name === 'max' || name === 'min') {
    const sign = name === 'max' ? 1 : -1;
    return numbers.reduce((best, one) => (compareValues(one, best) * sign > 0 ? one : best), numbers[0] ?? 0);
  }
  if (name === 'sum') return sumOf(numbers);
  const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
  if (!measure)
    throw new TemplateError(
      `The filter "stat" knows count, sum, min, max, ${Object.keys(measures).join(', ')}, not "${name}".`,
    );
  return numbers.length === 0 ? 0 : measure(numbers.map(Number));
}

/** Exact as long as all are whole. */
export function sumOf(numbers: readonly (number | bigint)[]): number | bigint {
  const areWhole = numbers.every((one) => typeof one === 'bigint' || Number.isSafeInteger(one));
  if (areWhole) return narrow(numbers.reduce<bigint>((sum, one) => sum + BigInt(one), 0n));
  return numbers.reduce<number>((sum, one) => sum + Number(one), 0);
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

function spread(numbers: number[], divisor: number): number {
  const middle = mean(numbers);
  return divisor <= 0 ? 0 : numbers.reduce((sum, one) => sum + (one - middle) ** 2, 0) / divisor;
}
