/** Every filter and test that a template may use; what is not here is refused by name. Pure. */
import type { CallableTable, TemplateTools } from './callable.ts';
import { dataFilters } from './data-filters.ts';
import { readTime } from './date-text.ts';
import { isEmpty, listFilters } from './list-filters.ts';
import { formatTime } from './php-date.ts';
import { isNumericText, toDouble, toNumber, toText } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';
import { textFilters } from './text-filters.ts';

export const filters: CallableTable = {
  ...textFilters,
  ...listFilters,
  ...dataFilters,
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
    call: (tools, value) => tellTime(toTime(tools, value, null) - tools.now() / 1000),
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
  'same as': { parameters: ['other'], call: (_, value, other) => value === other },
  'divisible by': { parameters: ['by'], call: (_, value, by) => toDouble(value) % toDouble(by) === 0 },
};

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

/** "5 mins ago", "2 days", "just now". */
function tellTime(seconds: number): string {
  const size = Math.abs(seconds);
  const scale = [
    [31_536_000, 'year'],
    [2_592_000, 'month'],
    [604_800, 'week'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'min'],
    [1, 'sec'],
  ] as const;
  const found = scale.find(([length]) => size >= length);
  if (!found) return 'just now';
  const count = Math.floor(size / found[0]);
  return `${count} ${found[1]}${count === 1 ? '' : 's'}${seconds < 0 ? ' ago' : ''}`;
}
