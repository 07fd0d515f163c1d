/** Every function that a template may call. Pure, but for the random numbers that `tools` bring. */
import { arrayFunctions } from './array-functions.ts';
import type { CallableTable, TemplateTools } from './callable.ts';
import { toTime } from './filters.ts';
import { readJson } from './php-json.ts';
import { compareValues, isNumericText, maxListLength, toDouble, toList, toText } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';
import { parseEmails } from './text-filters.ts';
import { setAtPath } from './value-path.ts';

const randomLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ123456789';

export const functions: CallableTable = {
  ...arrayFunctions,
  date: { parameters: ['date?', 'timezone?'], call: (tools, date, zone) => toTime(tools, date, zone) },
  json_decode: { parameters: ['text'], call: (_, text) => readJson(toText(text)) ?? null },
  dict_set: {
    parameters: ['var', 'path', 'val', 'append?'],
    call: (_, dict, path, value) => setAtPath(dict ?? null, toText(path).split('.'), value ?? null),
  },
  jsonpath_set: {
    parameters: ['var', 'path', 'val'],
    call: (_, dict, path, value) => setAtPath(dict ?? null, toText(path).split('.'), value ?? null),
  },
  validate_email: {
    parameters: ['text'],
    call: (_, text) => typeof text === 'string' && parseEmails(text).size === 1,
  },
  validate_number: {
    parameters: ['number'],
    call: (_, number) => number !== null && typeof number !== 'object' && isNumericText(toText(number)),
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
