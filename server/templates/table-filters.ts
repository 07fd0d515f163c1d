/** Filters between texts with a structure of their own and values: CSV, URLs, browsers' names. Pure. */
import type { CallableTable } from './callable.ts';
import { checkLength } from './list-filters.ts';
import { maxTextLength, toList, tooLong, toText } from './php-value.ts';
import type { TemplateValue } from './template-value.ts';

export const tableFilters: CallableTable = {
  csv: { parameters: [], call: (_, value) => writeCsv(toList(value)) },
  parse_csv: {
    parameters: ['delimiter?', 'enclosure?'],
    call: (_, value, delimiter, enclosure) =>
      readCsv(toText(value), toText(delimiter) || ',', toText(enclosure) || '"'),
  },
  parse_url: { parameters: [], call: (_, value) => readUrl(toText(value).slice(0, 65_536)) },
  parse_user_agent: { parameters: [], call: (_, value) => readUserAgent(toText(value).slice(0, 2048)) },
};

/** As fputcsv: a field is quoted if it holds a separator, a quote, a backslash or a blank. */
function writeCsv(rows: TemplateValue[]): string {
  let text = '';
  for (const row of rows) {
    if (row === null || typeof row !== 'object') continue;
    const fields = toList(row).map(toText);
    text += `${fields.map((field) => (/[,"\\\s]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}\n`;
    if (text.length > maxTextLength) throw tooLong();
  }
  return text;
}

function readCsv(text: string, delimiter: string, enclosure: string): TemplateValue[] {
  const rows: string[][] = [];
  let [row, field, isQuoted, isNew]: [string[], string, boolean, boolean] = [[], '', false, true];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (isQuoted) {
      if (char !== enclosure) field += char;
      else if (text.charAt(at + 1) === enclosure) field += text.charAt(++at);
      else isQuoted = false;
    } else if (char === enclosure && field === '') isQuoted = true;
    else if (char === delimiter) [row, field] = [[...row, field], ''];
    else if (char === '\n' || char === '\r') {
      if (char === '\r' && text.charAt(at + 1) === '\n') at++;
      if (!isNew) rows.push([...row, field]);
      [row, field] = [[], ''];
    } else field += char;
    isNew = !isQuoted && (char === '\n' || char === '\r');
  }
  if (!isNew) rows.push([...row, field]);
  return checkLength(rows);
}

/** As PHP's parse_url: only the parts that are there. */
function readUrl(text: string): TemplateValue {
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::(\d{1,5}))?)?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/.exec(
      text,
    );
  if (!match) return new Map();
  const [, scheme, user, pass, host, port, path, query, fragment] = match;
  const parts = { scheme, host, port, user, pass, path, query, fragment };
  const present = Object.entries(parts).filter(([, part]) => part !== undefined && part !== '');
  return new Map(present.map(([name, part]) => [name, name === 'port' ? Number(part) : (part ?? '')]));
}

const platforms = [
  ['Windows', /Windows/],
  ['iPad', /iPad/],
  ['iPhone', /iPhone/],
  ['Android', /Android/],
  ['Macintosh', /Macintosh|Mac OS X/],
  ['Chrome OS', /CrOS/],
  ['Linux', /Linux|X11/],
] as const;

/** The first that fits counts: most browsers name others behind themselves. */
const browsers = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/([\d.]+)/],
  ['Opera', /\b(?:OPR|Opera)\/([\d.]+)/],
  ['Vivaldi', /\bVivaldi\/([\d.]+)/],
  ['SamsungBrowser', /\bSamsungBrowser\/([\d.]+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/([\d.]+)/],
  ['Chrome', /\b(?:Chrome|CriOS)\/([\d.]+)/],
  ['Safari', /\bVersion\/([\d.]+).*\bSafari\//],
  ['MSIE', /\bMSIE ([\d.]+)|\bTrident\/.*rv:([\d.]+)/],
  ['curl', /\bcurl\/([\d.]+)/],
] as const;

/** {platform, browser, version}; null for what the name does not tell. A name of one word and version is the browser. */
function readUserAgent(text: string): TemplateValue {
  const platform = platforms.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
  const found = browsers.find(([, pattern]) => pattern.test(text));
  const version = found?.[1].exec(text);
  const own = /^(\w[\w.-]{0,99})\/([\d.]+)/.exec(text);
  const named = own && own[1] !== 'Mozilla' ? own : undefined;
  return new Map<string, TemplateValue>([
    ['platform', platform],
    ['browser', found?.[0] ?? named?.[1] ?? null],
    ['version', version?.[1] ?? version?.[2] ?? named?.[2] ?? null],
  ]);
}
