/** Conditions of an outcome (Cerb's tokens and operators): whether they hold. What looks at text is Cerb's, case aside. */
import { compareValues, toNumber } from '../templates/php-value.ts';
import { flagOf, isObject, type JsonObject, textOf } from './json-value.ts';
import type { Variable } from './variable.ts';

export interface ConditionTools {
  /** Placeholders and variables as they are now. */
  values: JsonObject;
  variables: readonly Variable[];
  /** Milliseconds, and the zone of days and hours. */
  now: number;
  timeZone: string;
  render(template: string): Promise<string>;
  /** A text against a PHP pattern such as `/^a/i`, in a thread that can be stopped. Rejects for no pattern. */
  matches(text: string, pattern: string): Promise<boolean>;
}

/** All groups must hold; of a group all conditions, or with `any` at least one. An empty group holds. */
export async function groupsHold(groups: unknown, tools: ConditionTools): Promise<boolean> {
  for (const group of Array.isArray(groups) ? groups.filter(isObject) : []) {
    if (!(await groupHolds(group, tools))) return false;
  }
  return true;
}

async function groupHolds(group: JsonObject, tools: ConditionTools): Promise<boolean> {
  const conditions = Array.isArray(group.conditions) ? group.conditions.filter(isObject) : [];
  if (conditions.length === 0) return true;
  const isAny = flagOf(group.any);
  for (const condition of conditions) {
    if ((await conditionHolds(condition, tools)) === isAny) return isAny;
  }
  return !isAny;
}

type Test = (condition: JsonObject, tools: ConditionTools) => Promise<boolean> | boolean;

/** Conditions that are not about one placeholder. */
const builtIn: Readonly<Record<string, Test>> = {
  _custom_script: async ({ tpl, oper, value }, tools) => {
    const text = (await tools.render(textOf(tpl) ?? '')).trim();
    return textHolds(text, oper, value, tools);
  },
  _day_of_week: ({ oper, day }, tools) => chosen(String(weekday(tools)), oper, day),
  _month_of_year: ({ oper, month }, tools) => chosen(String(partOf(tools, 'month')), oper, month),
  _day_of_month: ({ oper, value }, tools) => numberHolds(partOf(tools, 'day'), oper, value),
  _time_of_day: ({ oper, from, to }, tools) => {
    const minutes = partOf(tools, 'hour') * 60 + partOf(tools, 'minute');
    return negated(oper) !== isBetween(minutes, minutesOf(from) ?? 0, minutesOf(to) ?? 24 * 60);
  },
  http_param: ({ name, oper, value }, tools) =>
    textHolds(named(tools.values.http_params, name), oper, value, tools),
  http_header: ({ name, oper, value }, tools) =>
    textHolds(named(tools.values.http_headers, name), oper, value, tools),
  headers: ({ header, oper, value }, tools) =>
    textHolds(named(tools.values.http_headers, header), oper, value, tools),
};

/** Tokens with a meaning of their own. */
export const conditionTokens: ReadonlySet<string> = new Set(Object.keys(builtIn));

/** A token that is none of them is the name of a variable or of a placeholder of the event. */
export async function conditionHolds(condition: JsonObject, tools: ConditionTools): Promise<boolean> {
  const token = textOf(condition.condition) ?? '';
  if (Object.hasOwn(builtIn, token)) return (builtIn[token] as Test)(condition, tools); // own, so it is there
  const value = tools.values[token];
  const kind = tools.variables.find(({ key }) => key === token)?.type ?? kindOf(condition);
  switch (kind) {
    case 'C':
      return flagOf(value) === flagOf(condition.bool);
    case 'N':
    case 'O':
    case 'Y':
      return numberHolds(numberOf(value), condition.oper, condition.value);
    case 'E':
      return dateHolds(Number(numberOf(value)), condition, tools);
    case 'D':
      return chosen(textOf(value) ?? '', condition.oper, condition.values ?? [condition.value]);
    case 'W':
      return chosen(textOf(value) ?? '', condition.oper, condition.worker_id ?? [condition.value]);
    case 'M':
    case 'X':
      return listHolds(value, condition);
    default:
      if (kind.startsWith('ctx_')) return numberHolds(countOf(value), condition.oper, condition.value);
      return textHolds(textOf(value) ?? '', condition.oper, condition.value, tools);
  }
}

/** Of a token that is no variable the shape of the condition tells. */
function kindOf(condition: JsonObject): string {
  if ('bool' in condition) return 'C';
  if ('worker_id' in condition) return 'W';
  if ('values' in condition) return 'D';
  if ('from' in condition && 'to' in condition) return 'E';
  return ['gt', 'lt', '!gt', '!lt'].includes(textOf(condition.oper) ?? '') ? 'N' : 'S';
}

async function textHolds(
  text: string,
  oper: unknown,
  wanted: unknown,
  { matches }: ConditionTools,
): Promise<boolean> {
  const value = textOf(wanted) ?? '';
  const [actual, other] = [text.toLowerCase(), value.toLowerCase()];
  switch ((textOf(oper) || 'is').replace(/^!/, '')) {
    case 'is':
      return negated(oper) !== (actual === other);
    case 'contains':
      return negated(oper) !== actual.includes(other);
    case 'like':
      return negated(oper) !== isLike(actual, other);
    case 'regexp':
      return negated(oper) !== (await matches(text, value));
    default:
      return false;
  }
}

/** `*` stands for anything; the whole text must fit. Without backtracking, whatever the pattern. */
function isLike(text: string, pattern: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

/** A parameter or header by its own name, or else by Cerb's: case aside, `_` for `-`. */
function named(values: unknown, name: unknown): string {
  const wanted = textOf(name) ?? '';
  const entries = isObject(values) ? Object.entries(values) : [];
  const found =
    entries.find(([one]) => one === wanted) ?? entries.find(([one]) => plainName(one) === plainName(wanted));
  return textOf(found?.[1]) ?? '';
}

function plainName(name: string): string {
  return name.trim().toLowerCase().replaceAll('-', '_');
}

/** Whole numbers are compared by every digit: ids do not fit into doubles. */
function numberHolds(value: number | bigint, oper: unknown, wanted: unknown): boolean {
  const order = compareValues(value, numberOf(wanted));
  switch ((textOf(oper) || 'is').replace(/^!/, '')) {
    case 'is':
      return negated(oper) !== (order === 0);
    case 'gt':
      return negated(oper) !== order > 0;
    case 'lt':
      return negated(oper) !== order < 0;
    default:
      return false;
  }
}

/** Between two times of Cerb's words; a range that ends before it begins goes into the next day. */
async function dateHolds(
  seconds: number,
  { oper, from, to }: JsonObject,
  tools: ConditionTools,
): Promise<boolean> {
  const at = async (text: unknown, otherwise: number) => {
    const words = textOf(text)?.trim();
    if (!words) return otherwise;
    // The template's own date filter reads what people write: "yesterday 8am", "+2 days".
    const literal = words.replace(/[\\']/g, '\\$&');
    const read = Number((await tools.render(`{{'${literal}'|date('U')}}`)).trim());
    return Number.isFinite(read) ? read : otherwise;
  };
  const begin = await at(from, 0);
  const end = await at(to, tools.now / 1000);
  const last = end < begin ? end + 86_400 : end;
  return negated(oper) !== (seconds >= begin && seconds <= last);
}

/** One of the values, or with `!` none of them. */
function chosen(value: string, oper: unknown, wanted: unknown): boolean {
  const values = (Array.isArray(wanted) ? wanted : [wanted]).map((one) => textOf(one) ?? '');
  return negated(oper) !== values.includes(value);
}

/** `is`: all of the values; `in`: at least one. */
function listHolds(value: unknown, { oper, values, value: one }: JsonObject): boolean {
  const list = (Array.isArray(value) ? value : []).map((item) => textOf(item) ?? '');
  const wanted = (Array.isArray(values) ? values : [one]).map((item) => textOf(item) ?? '');
  const isAll = (textOf(oper) || 'in').replace(/^!/, '') === 'is';
  const holds = isAll
    ? wanted.every((item) => list.includes(item))
    : wanted.some((item) => list.includes(item));
  return negated(oper) !== holds;
}

function negated(oper: unknown): boolean {
  return (textOf(oper) ?? '').startsWith('!');
}

/** Text as PHP takes it for a number, with every digit: what does not begin with one is 0. */
function numberOf(value: unknown): number | bigint {
  const found = /^\s*[+-]?\d+(\.\d+)?/.exec(textOf(value) ?? '');
  return found ? toNumber(found[0]) : 0;
}

function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

type Part = 'month' | 'day' | 'hour' | 'minute';

function partOf({ now, timeZone }: ConditionTools, part: Part): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(now);
  return Number(parts.find(({ type }) => type === part)?.value ?? 0);
}

/** Monday is 1, Sunday 7. */
function weekday({ now, timeZone }: ConditionTools): number {
  const name = new Intl.DateTimeFormat('en', { timeZone, weekday: 'short' }).format(now);
  return ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(name) + 1;
}

/** Minutes since midnight of `8:00`, `17:30`, `8am`, `5:30 pm`; undefined for none. */
function minutesOf(text: unknown): number | undefined {
  const found = /^\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\s*$/i.exec(textOf(text) ?? '');
  if (!found) return undefined;
  const [, hour = '0', minute = '0', half] = found;
  const base = half ? Number(hour) % 12 : Number(hour);
  return (base + (half?.toLowerCase() === 'pm' ? 12 : 0)) * 60 + Number(minute);
}

/** A range that ends before it begins goes over midnight. */
function isBetween(value: number, from: number, to: number): boolean {
  return from <= to ? value >= from && value <= to : value >= from || value <= to;
}
