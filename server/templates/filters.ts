/** Every filter and test that a template may use; what is not here is refused by name. Pure. */
import type { CallableTable, TemplateTools } from './callable.ts';
import { dataFilters } from './data-filters.ts';
import { readTime } from './date-text.ts';
import { lineFilters } from './line-filters.ts';
import { isEmpty, listFilters } from './list-filters.ts';
import { numberFilters } from './number-filters.ts';
import { formatTime } from './php-date.ts';
import { isNumericText, isTruthy, toDouble, toList, toNumber, toText } from './php-value.ts';
import { tableFilters } from './table-filters.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';
import { textFilters } from './text-filters.ts';
import { likeAny } from './wildcard.ts';

export const filters: CallableTable = {
  ...textFilters,
  ...listFilters,
  ...dataFilters,
  ...lineFilters,
  ...numberFilters,
  ...tableFilters,
  date: {
    parameters: ['format?', 'timezone?'],
    call: (tools, value, format, zone) =>
      formatTime(
        toTime(tools, value, zone),
        format === null ? 'F j, Y H:i' : toText(format),
        toText(zone) || tools.timeZone,
      ),
  },
  date_modify: {
    parameters: ['modifier'],
    call: (tools, value, modifier) => timeOf(toText(modifier), toTime(tools, value, null), tools.timeZone),
  },
  date_pretty: {
    parameters: ['is_delta?'],
    call: (tools, value, isDelta) => {
      if (isEmpty(value) || toText(value) === '0') return '';
      if (isTruthy(isDelta)) return tellTime(Math.trunc(toDouble(value)), true);
      return tellTime(Math.floor(tools.now() / 1000) - Math.trunc(toTime(tools, value, null)), false);
    },
  },
};

export const tests: CallableTable = {
  defined: { parameters: [], call: (_, isDefined) => isDefined === true },
  empty: { parameters: [], call: (_, value) => isEmpty(value) },
  iterable: { parameters: [], call: (_, value) => value !== null && typeof value === 'object' },
  numeric: {
    parameters: [],
    call: (_, value) =>
      typeof value === 'number' ||
      typeof value === 'bigint' ||
      (typeof value === 'string' && isNumericText(value)),
  },
  null: { parameters: [], call: (_, value) => value === null },
  none: { parameters: [], call: (_, value) => value === null },
  even: { parameters: [], call: (_, value) => Number(toNumber(value)) % 2 === 0 },
  odd: { parameters: [], call: (_, value) => Math.abs(Number(toNumber(value)) % 2) === 1 },
  pattern: {
    parameters: ['...'],
    call: (_, value, ...patterns) =>
      itemsOf(value ?? null).some((item) => likeAny(toText(item), patterns.map(toText))),
  },
  prefixed: {
    parameters: ['...'],
    call: (_, value, ...starts) => starts.some((start) => toText(value).startsWith(toText(start))),
  },
  suffixed: {
    parameters: ['...'],
    call: (_, value, ...ends) => ends.some((end) => toText(value).endsWith(toText(end))),
  },
  'same as': { parameters: ['other'], call: (_, value, other) => value === other },
  'divisible by': { parameters: ['by'], call: (_, value, by) => toDouble(value) % toDouble(by) === 0 },
};

/** The members of a list, or the value itself. */
function itemsOf(value: TemplateValue): TemplateValue[] {
  return value !== null && typeof value === 'object' ? toList(value) : [value];
}

/** A time in seconds: numbers are seconds since 1970, texts are read, "" and null are now. */
export function toTime(tools: TemplateTools, value: TemplateValue, zone: TemplateValue): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return timeOf(toText(value) || 'now', tools.now() / 1000, toText(zone) || tools.timeZone);
}

function timeOf(text: string, now: number, zone: string): number {
  const seconds = readTime(text, Math.floor(now), zone);
  if (seconds === undefined) throw new TemplateError(`"${text.slice(0, 60)}" cannot be read as a date.`);
  return seconds;
}

/** "5 mins ago", "2 days", "just now"; as a span of time "+5 mins". `seconds` ago, so the future is negative. */
function tellTime(seconds: number, isSpan: boolean): string {
  if (seconds === 0) return 'just now';
  const size = Math.abs(seconds);
  const scale = [
    [31_557_600, 'year', Math.round],
    [2_592_000, 'month', Math.round],
    [86_400, 'day', Math.round],
    [3600, 'hour', Math.floor],
    [60, 'min', Math.floor],
    [1, 'sec', Math.round],
  ] as const;
  const [length, unit, cut] = scale.find(([least]) => size >= least) ?? [1, 'sec', Math.round];
  const count = cut(size / length);
  const told = `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (isSpan) return (seconds > 0 ? '+' : '-') + told;
  return seconds > 0 ? `${told} ago` : told;
}
