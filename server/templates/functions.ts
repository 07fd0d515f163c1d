/** Every function that a template may call. Pure, but for the random numbers that `tools` bring. */
import type { CallableTable, TemplateTools } from './callable.ts';
import { toTime } from './filters.ts';
import { checkLength } from './list-filters.ts';
import { readJson } from './php-json.ts';
import { compareValues, isNumericText, maxListLength, toDouble, toList, toMap, toText } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import { maxValueDepth, type TemplateValue } from './template-value.ts';

const randomLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ123456789';

export const functions: CallableTable = {
  date: { parameters: ['date?', 'timezone?'], call: (tools, date, zone) => toTime(tools, date, zone) },
  json_decode: { parameters: ['text'], call: (_, text) => readJson(toText(text)) ?? null },
  dict_set: {
    parameters: ['var', 'path', 'val', 'append?'],
    call: (_, dict, path, value) => setAtPath(dict, toText(path).split('.'), value),
  },
  array_diff: {
    parameters: ['arr1', 'arr2'],
    call: (_, left, right) => {
      const dropped = new Set(toList(right).map(toText));
      return toList(left).filter((item) => !dropped.has(toText(item)));
    },
  },
  range: { parameters: ['low', 'high', 'step?'], call: (_, low, high, step) => makeRange(low, high, step) },
  random: { parameters: ['values?', 'max?'], call: (tools, values, max) => pick(tools, values, max) },
  random_string: {
    parameters: ['length?'],
    call: (tools, length) =>
      Array.from({ length: Math.min(toDouble(length ?? 8), 1024) }, () =>
        randomLetters.charAt(tools.randomInt(randomLetters.length)),
      ).join(''),
  },
  shuffle: { parameters: ['array'], call: (tools, list) => shuffle(tools, [...toList(list)]) },
  max: { parameters: ['...'], call: (_, ...values) => extreme(values, 1) },
  min: { parameters: ['...'], call: (_, ...values) => extreme(values, -1) },
  cycle: {
    parameters: ['values', 'position'],
    call: (_, values, position) =>
      toList(values)[toDouble(position) % Math.max(toList(values).length, 1)] ?? '',
  },
};

/** A copy with `value` at a dotted path; lists on the way are made, "[]" appends. */
function setAtPath(target: TemplateValue, path: string[], value: TemplateValue): TemplateValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (path.length > maxValueDepth) throw new TemplateError(`A path has more than ${maxValueDepth} steps.`);
  if (key.endsWith('[]') && key !== '[]') return setAtPath(target, [key.slice(0, -2), '[]', ...rest], value);
  if (key === '[]') return checkLength([...toList(target), setAtPath(null, rest, value)]);
  if (Array.isArray(target) && /^\d+$/.test(key) && Number(key) <= target.length)
    return checkLength(target.toSpliced(Number(key), 1, setAtPath(target[Number(key)] ?? null, rest, value)));
  return new Map(toMap(target)).set(key, setAtPath(toMap(target).get(key) ?? null, rest, value));
}

/** `low..high` as a list: numbers, or single letters. At most 100,000 members. */
export function makeRange(low: TemplateValue, high: TemplateValue, step: TemplateValue): TemplateValue[] {
  const [from, to] = [toText(low), toText(high)];
  const areLetters = !isNumericText(from) && !isNumericText(to) && from !== '' && to !== '';
  const [first, last] = areLetters ? [from.charCodeAt(0), to.charCodeAt(0)] : [toDouble(low), toDouble(high)];
  const stride = Math.abs(step === null ? 1 : toDouble(step)) || 1;
  const count = Math.floor(Math.abs(last - first) / stride) + 1;
  if (!(count <= maxListLength))
    throw new TemplateError(`The range ${from}..${to} has more than ${maxListLength} members.`);
  const sign = last < first ? -1 : 1;
  return Array.from({ length: count }, (_, i) => {
    const value = first + sign * stride * i;
    return areLetters ? String.fromCharCode(value) : value;
  });
}

/** A member of a list, a character of a text, or a number from 0 (or `values`, if `max` is given) to a bound. */
function pick(tools: TemplateTools, values: TemplateValue, max: TemplateValue): TemplateValue {
  if (typeof values === 'number' || values === null) {
    const bounds = max === null ? [0, values ?? 2 ** 31 - 1] : [values ?? 0, toDouble(max)];
    const [low, high] = [Math.min(...bounds), Math.max(...bounds)];
    return low + tools.randomInt(Math.min(Math.floor(high - low) + 1, 2 ** 47));
  }
  const items = typeof values === 'object' ? toList(values) : Array.from(toText(values));
  if (items.length === 0) throw new TemplateError('The function "random" cannot pick from an empty list.');
  return items[tools.randomInt(items.length)] ?? '';
}

function shuffle(tools: TemplateTools, items: TemplateValue[]): TemplateValue[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = tools.randomInt(i + 1);
    [items[i], items[j]] = [items[j] ?? null, items[i] ?? null];
  }
  return items;
}

function extreme(values: TemplateValue[], sign: number): TemplateValue {
  const items = values.length === 1 ? toList(values[0]) : values;
  return items.reduce<TemplateValue>(
    (best, item) => (compareValues(item, best) * sign > 0 ? item : best),
    items[0] ?? null,
  );
}
