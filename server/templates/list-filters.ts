/** Filters over lists, and those that take a text or a list. Pure. */
import type { CallableTable } from './callable.ts';
import {
  compareValues,
  isTruthy,
  maxListLength,
  maxTextLength,
  toDouble,
  toList,
  toMap,
  toNumber,
  tooLong,
  toText,
} from './php-value.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';
import { roundTo } from './text-filters.ts';

export const listFilters: CallableTable = {
  length: { parameters: [], call: (_, value) => itemsOf(value).length },
  first: { parameters: [], call: (_, value) => itemsOf(value)[0] ?? '' },
  last: { parameters: [], call: (_, value) => itemsOf(value).at(-1) ?? '' },
  keys: {
    parameters: [],
    call: (_, value) => (value instanceof Map ? [...value.keys()] : toList(value).map((_item, i) => i)),
  },
  values: { parameters: [], call: (_, value) => toList(value) },
  join: {
    parameters: ['glue?', 'and?'],
    call: (_, value, glue, and) => join(toList(value), toText(glue), and),
  },
  split: {
    parameters: ['delimiter', 'limit?'],
    call: (_, value, by, limit) => split(toText(value), toText(by), limit),
  },
  sort: { parameters: [], call: (_, value) => sort(value) },
  reverse: { parameters: ['preserve_keys?'], call: (_, value) => reverse(value) },
  merge: { parameters: ['source'], call: (_, value, source) => mergeLists(value, source) },
  slice: {
    parameters: ['start', 'length?', 'preserve_keys?'],
    call: (_, value, start, length) => slice(value, toDouble(start), length),
  },
  batch: {
    parameters: ['size', 'fill?'],
    call: (_, value, size, fill) => batch(toList(value), Math.ceil(toDouble(size)), fill),
  },
  column: {
    parameters: ['name'],
    call: (_, value, name) => toList(value).flatMap((item) => toMap(item).get(toText(name)) ?? []),
  },
  default: { parameters: ['default?'], call: (_, value, other) => (isEmpty(value) ? (other ?? '') : value) },
  abs: { parameters: [], call: (_, value) => absolute(toNumber(value)) },
  round: {
    parameters: ['precision?', 'method?'],
    call: (_, value, places, method) => round(value, places, method),
  },
};

/** Twig's `empty`: "", false, null and empty lists; "0" and 0 are not. */
export function isEmpty(value: TemplateValue): boolean {
  return value !== '0' && value !== 0 && !isTruthy(value);
}

/** Members of a list, characters of a text. */
function itemsOf(value: TemplateValue): TemplateValue[] {
  return value !== null && typeof value === 'object' ? toList(value) : Array.from(toText(value));
}

function join(items: TemplateValue[], glue: string, and: TemplateValue): string {
  const texts = items.map(toText);
  const length = texts.reduce((sum, text) => sum + text.length + glue.length, 0);
  if (length > maxTextLength) throw tooLong();
  if (and === null || texts.length < 2) return texts.join(glue);
  return texts.slice(0, -1).join(glue) + toText(and) + texts.at(-1);
}

/** As explode: a positive limit keeps the rest in the last member, a negative drops members at the end. */
function split(text: string, delimiter: string, limit: TemplateValue): TemplateValue[] {
  const count = limit === null ? 0 : toDouble(limit);
  if (delimiter === '') return checkLength(chunk(Array.from(text), Math.max(count, 1)));
  const pieces = checkLength(text.split(delimiter));
  if (count < 0) return pieces.slice(0, count);
  if (count === 0 || pieces.length <= count) return pieces;
  return [...pieces.slice(0, count - 1), pieces.slice(count - 1).join(delimiter)];
}

function chunk(chars: string[], size: number): string[] {
  if (size === 1) return chars;
  return chars.flatMap((_, i) => (i % size === 0 ? [chars.slice(i, i + size).join('')] : []));
}

function sort(value: TemplateValue): TemplateValue {
  if (value instanceof Map) return new Map([...value].sort(([, a], [, b]) => compareValues(a, b)));
  return toList(value).toSorted(compareValues);
}

function reverse(value: TemplateValue): TemplateValue {
  if (value instanceof Map) return new Map([...value].reverse());
  return Array.isArray(value) ? value.toReversed() : Array.from(toText(value)).reverse().join('');
}

/** Lists are appended, keyed lists override by key. */
export function mergeLists(left: TemplateValue, right: TemplateValue): TemplateValue {
  if (![left, right].every((side) => side !== null && typeof side === 'object'))
    throw new TemplateError('The filter "merge" takes two lists.');
  if (Array.isArray(left) && Array.isArray(right)) return checkLength([...left, ...right]);
  if (Array.isArray(left) && left.length === 0) return right;
  const merged = new Map([...toMap(left), ...toMap(right)]);
  checkLength([...merged.keys()]);
  return merged;
}

function slice(value: TemplateValue, start: number, length: TemplateValue): TemplateValue {
  const items = value instanceof Map ? [...value] : itemsOf(value);
  const from = start < 0 ? Math.max(items.length + start, 0) : start;
  const count = length === null ? items.length : toDouble(length);
  const to = count < 0 ? items.length + count : from + count;
  if (value instanceof Map) return new Map([...value].slice(from, to));
  const part = itemsOf(value).slice(from, to);
  return Array.isArray(value) ? part : part.map(toText).join('');
}

function batch(items: TemplateValue[], size: number, fill: TemplateValue): TemplateValue[] {
  if (!(size >= 1 && size <= maxListLength))
    throw new TemplateError('The filter "batch" takes a size of at least 1.');
  const rows = items.flatMap((_, i) => (i % size === 0 ? [items.slice(i, i + size)] : []));
  const last = rows.at(-1);
  while (fill !== null && last && last.length < size) last.push(fill);
  return rows;
}

function absolute(value: number | bigint): number | bigint {
  return value < 0 ? -value : value;
}

function round(value: TemplateValue, precision: TemplateValue, method: TemplateValue): TemplateValue {
  const number = toNumber(value);
  const places = Math.trunc(toDouble(precision));
  if (typeof number === 'bigint' || Math.abs(places) > 300) return number;
  if (method === 'ceil') return Math.ceil(number * 10 ** places) / 10 ** places;
  if (method === 'floor') return Math.floor(number * 10 ** places) / 10 ** places;
  return roundTo(number, places);
}

/** The list itself, unless it is longer than a template may build. */
export function checkLength<T>(items: T[]): T[] {
  if (items.length > maxListLength) throw new TemplateError(`A list has more than ${maxListLength} members.`);
  return items;
}
