/** Searches as behaviors write them: the part of Cerb's search words that is kept here. Pure. */
import { HubError } from '../errors.ts';
import { type JsonObject, textOf } from './json-value.ts';

export interface RecordQuery {
  /** Values of each word, any of which may hold; all words must. */
  filters: ReadonlyMap<string, readonly string[]>;
  /** Words without a field; each is in the record's label. */
  text: readonly string[];
  limit: number;
}

const defaultLimit = 10;
const mostRecords = 200;

/** Reads `name:"Ana*" id:[1,2] limit:5 some text`. Throws `bad_request` for words that are not known to this kind. */
export function readRecordQuery(query: string, words: readonly string[]): RecordQuery {
  const filters = new Map<string, readonly string[]>();
  const text: string[] = [];
  let limit = defaultLimit;
  const pattern = /\s*(?:([^\s:"[\]()]+):)?("[^"]*"|\[[^\]]*\]|[^\s"[\]()]+)/gy;
  const given = query.trim();
  for (let at = 0; at < given.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const [, word, value = ''] =
      pattern.exec(given) ?? refuse(`'${given.slice(at, at + 50)}' cannot be read`);
    if (word === undefined) text.push(unquote(value));
    else if (word === 'limit') limit = readLimit(value);
    else if (!words.includes(word)) {
      refuse(
        `'${word}:' is not known here; there are ${[...words, 'limit'].map((one) => `${one}:`).join(', ')}`,
      );
    } else filters.set(word, valuesOf(value));
  }
  return { filters, text, limit };
}

/** Whether a record, by Cerb's keys, is one that the query asks for. */
export function isAskedFor(record: JsonObject, { filters, text }: RecordQuery): boolean {
  const label = (textOf(record._label) ?? '').toLowerCase();
  if (!text.every((word) => label.includes(word.toLowerCase()))) return false;
  return [...filters].every(([word, values]) => values.some((value) => holds(record, word, value)));
}

function holds(record: JsonObject, word: string, value: string): boolean {
  switch (word) {
    case 'name':
    case 'title':
      return isLike(textOf(record._label) ?? '', value);
    case 'owner':
      return [record.owner_id, shortContext(record.owner__context)].includes(value);
    case 'bot':
    case 'service':
      return record[`${word}_id`] === value;
    default:
      return textOf(record[word]) === value;
  }
}

/** With a `*` the whole label, else a part of it; case does not matter. */
function isLike(label: string, pattern: string): boolean {
  const [shown, wanted] = [label.toLowerCase(), pattern.toLowerCase()];
  if (!wanted.includes('*')) return shown.includes(wanted);
  const [first = '', ...rest] = wanted.split('*');
  const last = rest.pop() ?? '';
  if (!shown.startsWith(first) || !shown.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = shown.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= shown.length - last.length;
}

function shortContext(context: unknown): string {
  return (textOf(context) ?? '').replace('cerberusweb.contexts.', '');
}

function valuesOf(value: string): string[] {
  if (!value.startsWith('[')) return [unquote(value)];
  const items = value.slice(1, -1).match(/"[^"]*"|[^,\s]+/g) ?? [];
  return items.map(unquote);
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

function readLimit(value: string): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostRecords) return limit;
  return refuse(`limit: is a whole number from 1 to ${mostRecords}`);
}

function refuse(why: string): never {
  throw new HubError('bad_request', `The search cannot be made: ${why}.`);
}
