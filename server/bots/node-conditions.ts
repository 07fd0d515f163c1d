/** How conditions are asked for in a form: tokens, and for each kind its operators and values. Pure. */
import type { Behavior } from './behavior.ts';
import { eventTypes } from './event.ts';
import { type JsonObject, textOf } from './json-value.ts';
import { optionsOf } from './variable.ts';

type Option = { value: string; label: string };

/** One value of a condition. `lines` and `ticks` hold lists. */
export interface ConditionField {
  key: string;
  label: string;
  kind: 'text' | 'template' | 'select' | 'lines' | 'ticks';
  options?: readonly Option[];
  help?: string;
}

export interface ConditionToken {
  token: string;
  title: string;
  fields: readonly ConditionField[];
}

const select = (key: string, label: string, options: Record<string, string>): ConditionField => ({
  key,
  label,
  kind: 'select',
  options: Object.entries(options).map(([value, title]) => ({ value, label: title })),
});

const isOrNot = select('oper', 'Operator', { is: 'is', '!is': 'is not' });
const oneOf = select('oper', 'Operator', { in: 'is one of', '!in': 'is none of' });
const text: readonly ConditionField[] = [
  select('oper', 'Operator', {
    is: 'is',
    '!is': 'is not',
    contains: 'contains',
    '!contains': 'does not contain',
    like: 'is like (* stands for anything)',
    '!like': 'is not like',
    regexp: 'fits the pattern',
    '!regexp': 'does not fit the pattern',
  }),
  { key: 'value', label: 'Value', kind: 'text', help: 'Not a template; a pattern is written /…/i' },
];
const number: readonly ConditionField[] = [
  select('oper', 'Operator', { is: 'is', '!is': 'is not', gt: 'is greater than', lt: 'is less than' }),
  { key: 'value', label: 'Value', kind: 'text' },
];
const date: readonly ConditionField[] = [
  select('oper', 'Operator', { is: 'is between', '!is': 'is not between' }),
  { key: 'from', label: 'From', kind: 'text', help: 'Such as "yesterday 8am" or 2026-01-31' },
  { key: 'to', label: 'To', kind: 'text', help: 'Such as "now" or "+2 days"' },
];
const list: readonly ConditionField[] = [
  select('oper', 'Operator', {
    in: 'has one of',
    '!in': 'has none of',
    is: 'has all of',
    '!is': 'has not all of',
  }),
  { key: 'values', label: 'Values', kind: 'lines', help: 'One a line' },
];

const named = (names: readonly string[]): Option[] =>
  names.map((label, index) => ({ value: String(index + 1), label }));
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

/** Conditions that are not about one placeholder; the others are named like what they look at. */
const builtIn: readonly ConditionToken[] = [
  {
    token: '_custom_script',
    title: 'Script',
    fields: [{ key: 'tpl', label: 'Script', kind: 'template' }, ...text],
  },
  {
    token: '_time_of_day',
    title: 'Time of day',
    fields: [
      select('oper', 'Operator', { is: 'is between', '!is': 'is not between' }),
      { key: 'from', label: 'From', kind: 'text', help: 'Such as 8:00 or 8am' },
      { key: 'to', label: 'To', kind: 'text', help: 'Such as 17:30 or 5:30pm' },
    ],
  },
  {
    token: '_day_of_week',
    title: 'Day of the week',
    fields: [isOrNot, { key: 'day', label: 'Days', kind: 'ticks', options: named(weekdays) }],
  },
  { token: '_day_of_month', title: 'Day of the month', fields: number },
  {
    token: '_month_of_year',
    title: 'Month',
    fields: [isOrNot, { key: 'month', label: 'Months', kind: 'ticks', options: named(months) }],
  },
];

/** Conditions on an HTTP request that started the run. */
const onRequest: readonly ConditionToken[] = [
  {
    token: 'http_param',
    title: 'Parameter of the request',
    fields: [{ key: 'name', label: 'Name', kind: 'text' }, ...text],
  },
  {
    token: 'http_header',
    title: 'Header of the request',
    fields: [{ key: 'name', label: 'Name', kind: 'text' }, ...text],
  },
  {
    token: 'headers',
    title: 'Header',
    fields: [{ key: 'header', label: 'Name', kind: 'text' }, ...text],
  },
];

/** Every condition that a behavior's outcomes may have, for a select. */
export function conditionTokensOf({ variables, event }: Behavior): ConditionToken[] {
  const placeholders = eventTypes.get(event.key)?.placeholders ?? [];
  const hasRequest = placeholders.some(({ name }) => name === 'http_headers');
  return [
    ...builtIn,
    ...(hasRequest ? onRequest : []),
    ...variables.map((variable) => ({
      token: variable.key,
      title: variable.label,
      fields: fieldsOfType(variable.type, optionsOf(variable)),
    })),
    ...placeholders.map(({ name, title }) => ({ token: name, title, fields: text })),
  ];
}

/** How this condition is shown; undefined for one that is not known here, which is kept as it is. */
export function tokenOf(condition: JsonObject, behavior: Behavior): ConditionToken | undefined {
  const token = textOf(condition.condition) ?? '';
  const known = [...conditionTokensOf(behavior), ...onRequest].find((one) => one.token === token);
  if (!known || behavior.variables.some(({ key }) => key === token)) return known;
  // Of an event's placeholder the shape of the condition tells the kind, as when it is judged.
  if ('bool' in condition) return { ...known, fields: fieldsOfType('C', []) };
  if (known.fields === text && 'from' in condition) return { ...known, fields: date };
  return known;
}

/** A condition as it is added, its first operator chosen. */
export function newCondition({ token, fields }: ConditionToken): JsonObject {
  const firsts = fields.map(({ key, kind, options }) => [
    key,
    kind === 'select' ? (options?.[0]?.value ?? '') : kind === 'lines' || kind === 'ticks' ? [] : '',
  ]);
  return { condition: token, ...Object.fromEntries(firsts) };
}

function fieldsOfType(type: string, options: readonly string[]): readonly ConditionField[] {
  const ticks = options.map((option) => ({ value: option, label: option }));
  switch (type) {
    case 'C':
      return [select('bool', 'Value', { 1: 'is yes', 0: 'is no' })];
    case 'N':
    case 'O':
    case 'Y':
      return number;
    case 'E':
      return date;
    case 'D':
      return [oneOf, { key: 'values', label: 'Values', kind: 'ticks', options: ticks }];
    case 'W':
      return [oneOf, { key: 'worker_id', label: 'IDs of workers', kind: 'lines', help: 'One a line' }];
    case 'M':
      return list;
    case 'X':
      return [...list.slice(0, 1), { key: 'values', label: 'Values', kind: 'ticks', options: ticks }];
    default:
      return type.startsWith('ctx_') ? number : text;
  }
}
