/** Filters that cut, search and lay out texts, as Cerb has them beside Twig's own. Pure. */
import type { CallableTable } from './callable.ts';
import { decodeEntities, textOfHtml } from './html-text.ts';
import { readPattern } from './php-pattern.ts';
import { isTruthy, maxTextLength, toDouble, toList, tooLong, toText } from './php-value.ts';
import type { TemplateValue } from './template-value.ts';

export const lineFilters: CallableTable = {
  append: {
    parameters: ['suffix', 'delimiter?', 'trim?'],
    call: (_, value, suffix, delimiter, trim) =>
      append(
        toText(value),
        toText(suffix),
        toText(delimiter),
        trim === null ? toText(delimiter) : toText(trim),
      ),
  },
  html_to_text: {
    parameters: ['truncate?'],
    call: (_, value, length) =>
      textOfHtml(toText(value).slice(0, length === null ? 50_000 : toDouble(length))),
  },
  indent: {
    parameters: ['marker?', 'from_line?'],
    call: (_, value, marker, from) =>
      lines(toText(value))
        .map((line, index) => (index >= toDouble(from) ? toText(marker) : '') + line)
        .join('\n'),
  },
  permalink: {
    parameters: ['spaces_as?'],
    call: (_, value, as) => permalink(toText(value), as === null ? '-' : toText(as)),
  },
  quote: {
    parameters: ['wrap_to?'],
    call: (_, value, width) =>
      quote(toText(value).trim(), Math.max(width === null ? 76 : toDouble(width), 1)),
  },
  regexp: {
    parameters: ['pattern', 'group?'],
    call: (_, value, pattern, group) => {
      const match = readPattern(toText(pattern)).exec(toText(value));
      const found = typeof group === 'string' ? match?.groups?.[group] : match?.[toDouble(group)];
      return found ?? '';
    },
  },
  repeat: {
    parameters: ['times'],
    call: (_, value, times) => {
      const [text, count] = [toText(value), Math.max(toDouble(times), 0)];
      if (text.length * count > maxTextLength) throw tooLong();
      return text.repeat(count);
    },
  },
  split_crlf: {
    parameters: [],
    call: (_, value) => lines(toText(value)).flatMap((line) => line.trim() || []),
  },
  split_csv: {
    parameters: [],
    call: (_, value) =>
      toText(value)
        .split(',')
        .flatMap((item) => item.trim() || []),
  },
  str_pos: {
    parameters: ['needle', 'offset?', 'ignoreCase?'],
    call: (_, value, needle, offset, ignoreCase) => {
      const fold = (text: string) => (isTruthy(ignoreCase) ? text.toLowerCase() : text);
      return fold(toText(value)).indexOf(fold(toText(needle)), toDouble(offset));
    },
  },
  str_sub: {
    parameters: ['from', 'to'],
    call: (_, value, from, to) => between(toText(value), toDouble(from), toDouble(to) - toDouble(from)),
  },
  strip_lines: {
    parameters: ['prefixes'],
    call: (_, value, prefixes) => {
      const wanted = typeof prefixes === 'object' ? toList(prefixes).map(toText) : [toText(prefixes)];
      const isKept = (line: string) => !wanted.some((prefix) => prefix !== '' && line.startsWith(prefix));
      return lines(toText(value)).filter(isKept).join('\r\n');
    },
  },
  tokenize: {
    parameters: [],
    call: (_, value) =>
      toText(value)
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [],
  },
  truncate: {
    parameters: ['length?', 'preserve?', 'separator?'],
    call: (_, value, length, preserve, separator) =>
      truncate(toText(value), length === null ? 30 : toDouble(length), preserve, separator),
  },
  unescape: { parameters: ['mode?', 'flags?'], call: (_, value) => decodeEntities(toText(value)) },
};

function lines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

function append(text: string, suffix: string, delimiter: string, trim: string): string {
  let end = text.length;
  while (end > 0 && trim.includes(text.charAt(end - 1))) end--;
  const head = text.slice(0, end);
  return head + (head === '' || head === '0' ? '' : delimiter) + suffix;
}

/** Letters, digits and `+ . - _ ( )` stay, accents go, all else becomes one sign; case is kept. */
function permalink(text: string, sign: string): string {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').replace(/['"]/g, '');
  const words = plain.split(sign === '-' ? /[^a-zA-Z0-9+._()]+/ : /[^a-zA-Z0-9+.\-_()]+/);
  return words.filter((word, index) => word !== '' || index === 0).join(sign);
}

/** As answers quote mail: every line behind "> ", long ones wrapped at blanks. */
function quote(text: string, width: number): string {
  return lines(text)
    .flatMap((line) => wrap(line, width - 2))
    .map((line) => `> ${line}`)
    .join('\n');
}

function wrap(line: string, width: number): string[] {
  const wrapped: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      wrapped.push(current);
      current = word;
    } else current += (current === '' ? '' : ' ') + word;
  }
  return [...wrapped, current];
}

/** As substr, in characters: a negative start counts from the end. */
function between(text: string, from: number, length: number): string {
  const chars = Array.from(text);
  const start = from < 0 ? Math.max(chars.length + from, 0) : from;
  return chars.slice(start, length < 0 ? chars.length + length : start + length).join('');
}

function truncate(text: string, length: number, preserve: TemplateValue, separator: TemplateValue): string {
  const chars = Array.from(text);
  if (chars.length <= length) return text;
  const blank = isTruthy(preserve) ? chars.indexOf(' ', length) : -1;
  const end = blank < 0 ? length : blank;
  return chars.slice(0, end).join('') + (separator === null ? '...' : toText(separator));
}
