/** Functions over lists and dictionaries that Cerb adds to Twig's. Pure. */
import type { CallableTable } from './callable.ts';
import { checkLength } from './list-filters.ts';
import { sumOf } from './number-filters.ts';
import { readPattern } from './php-pattern.ts';
import { compareValues, isNumericText, toDouble, toList, toMap, toNumber, toText } from './php-value.ts';
import type { TemplateValue } from './template-value.ts';
import { likeAny } from './wildcard.ts';

export const arrayFunctions: CallableTable = {
  array_column: {
    parameters: ['array', 'column_key', 'index_key?'],
    call: (_, list, column, index) => {
      const rows = toList(list)
        .map(toMap)
        .filter((row) => row.has(toText(column)));
      const values = rows.map((row) => row.get(toText(column)) ?? null);
      if (index === null) return values;
      return new Map(rows.map((row, i) => [toText(row.get(toText(index))), values[i] ?? null]));
    },
  },
  array_combine: {
    parameters: ['keys', 'values'],
    call: (_, keys, values) =>
      new Map(toList(keys).map((key, i) => [toText(key), toList(values)[i] ?? null])),
  },
  array_count_values: {
    parameters: ['values'],
    call: (_, values) => {
      const counts = new Map<string, number>();
      for (const value of toList(values).map(toText)) counts.set(value, (counts.get(value) ?? 0) + 1);
      return counts;
    },
  },
  array_diff: {
    parameters: ['arr1', 'arr2'],
    call: (_, left, right) => {
      const dropped = new Set(toList(right).map(toText));
      return keep(left, (item) => !dropped.has(toText(item)));
    },
  },
  array_intersect: {
    parameters: ['arr1', 'arr2'],
    call: (_, left, right) => {
      const kept = new Set(toList(right).map(toText));
      return keep(left, (item) => kept.has(toText(item)));
    },
  },
  array_extract_keys: {
    parameters: ['array', 'keys'],
    call: (_, rows, keys) =>
      toList(rows).map((row) => {
        const from = toMap(row !== null && typeof row === 'object' ? row : [row]);
        return new Map(toList(keys).map((key) => [toText(key), from.get(toText(key)) ?? null]));
      }),
  },
  array_fill_keys: {
    parameters: ['keys', 'value?'],
    call: (_, keys, value) => new Map(toList(keys).map((key) => [toText(key), value ?? null])),
  },
  array_matches: {
    parameters: ['array', 'patterns'],
    call: (_, list, patterns) => {
      const items = typeof list === 'string' ? [list] : toList(list);
      const wanted = (typeof patterns === 'string' ? [patterns] : toList(patterns)).map(toText);
      return checkLength(
        wanted.flatMap((pattern) => items.filter((item) => likeAny(toText(item), [pattern]))),
      );
    },
  },
  array_sort_keys: {
    parameters: ['arr'],
    call: (_, list) => new Map([...toMap(list)].sort(([a], [b]) => compareValues(a, b))),
  },
  array_sum: {
    parameters: ['arr'],
    call: (_, list) =>
      sumOf(
        toList(list).map((item) => (typeof item === 'string' && !isNumericText(item) ? 0 : toNumber(item))),
      ),
  },
  array_unique: {
    parameters: ['arr'],
    call: (_, list) => {
      const seen = new Set<string>();
      return keep(list, (item) => !seen.has(toText(item)) && Boolean(seen.add(toText(item))));
    },
  },
  array_values: { parameters: ['arr'], call: (_, list) => toList(list) },
  clamp_int: {
    parameters: ['number', 'min?', 'max?'],
    call: (_, number, min, max) => {
      const found = clamp(number ?? null, min ?? null, max ?? null);
      return typeof found === 'number' ? Math.trunc(found) : found;
    },
  },
  clamp_float: {
    parameters: ['number', 'min?', 'max?'],
    call: (_, number, min, max) => clamp(number ?? null, min ?? null, max ?? null),
  },
  dict_unset: {
    parameters: ['var', 'path'],
    call: (_, dict, path) => unsetAtPath(dict ?? null, toText(path).split('.').slice(0, 80)),
  },
  regexp_match_all: {
    parameters: ['pattern', 'text', 'group?'],
    call: (_, pattern, text, group) => {
      const matches = checkLength([...toText(text).matchAll(readPattern(toText(pattern), 'g'))]);
      const groups = Array.from({ length: matches[0]?.length ?? 0 }, (_value, i) =>
        matches.map((match) => match[i] ?? ''),
      );
      return toDouble(group) === 0 ? groups : (groups[toDouble(group)] ?? []);
    },
  },
};

/** Members that pass; a dictionary keeps its keys. */
function keep(list: TemplateValue | undefined, passes: (item: TemplateValue) => boolean): TemplateValue {
  if (list instanceof Map) return new Map([...list].filter(([, item]) => passes(item)));
  return toList(list).filter(passes);
}

function clamp(value: TemplateValue, min: TemplateValue, max: TemplateValue): TemplateValue {
  if (typeof value === 'string' && !isNumericText(value)) return false;
  const number = toNumber(value);
  if (min !== null && compareValues(number, min) < 0) return toNumber(min);
  return max !== null && compareValues(number, max) > 0 ? toNumber(max) : number;
}

/** A copy without what lies at the path. */
function unsetAtPath(target: TemplateValue, path: string[]): TemplateValue {
  const [key = '', ...rest] = path;
  const map = toMap(target);
  if (!map.has(key)) return target;
  if (Array.isArray(target) && rest.length === 0) return target.filter((_item, i) => String(i) !== key);
  const copy = new Map(map);
  if (rest.length === 0) copy.delete(key);
  else copy.set(key, unsetAtPath(map.get(key) ?? null, rest));
  return Array.isArray(target) ? [...copy.values()] : copy;
}
