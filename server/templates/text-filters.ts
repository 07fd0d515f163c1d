/** Filters over text, with PHP's output. Pure. */
import type { CallableTable } from './callable.ts';
import { maxTextLength, toDouble, toMap, tooLong, toText } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';

export const textFilters: CallableTable = {
  upper: { parameters: [], call: (_, value) => toText(value).toUpperCase() },
  lower: { parameters: [], call: (_, value) => toText(value).toLowerCase() },
  capitalize: { parameters: [], call: (_, value) => capitalize(toText(value).toLowerCase()) },
  title: {
    parameters: [],
    call: (_, value) =>
      toText(value)
        .toLowerCase()
        .replace(/[\p{L}\p{N}']+/gu, capitalize),
  },
  trim: { parameters: ['character_mask?', 'side?'], call: (_, value, mask, side) => trim(value, mask, side) },
  replace: { parameters: ['from'], call: (_, value, pairs) => replacePairs(toText(value), toMap(pairs)) },
  nl2br: { parameters: [], call: (_, value) => toText(value).replace(/\r\n|\n\r|\n|\r/g, '<br />$&') },
  striptags: { parameters: [], call: (_, value) => toText(value).replace(/<[^<>]*>/g, '') },
  alphanum: {
    parameters: ['also?', 'replace?'],
    call: (_, value, also, replacement) => keepAlphanumeric(toText(value), toText(also), toText(replacement)),
  },
  escape: {
    parameters: ['strategy?', 'charset?'],
    call: (_, value, strategy) => escapeText(value, strategy),
  },
  e: { parameters: ['strategy?', 'charset?'], call: (_, value, strategy) => escapeText(value, strategy) },
  raw: { parameters: [], call: (_, value) => value },
  number_format: {
    parameters: ['decimal?', 'decimal_point?', 'thousand_sep?'],
    call: (_, value, decimals, point, separator) => formatNumber(value, decimals, point, separator),
  },
  parse_emails: { parameters: [], call: (_, value) => parseEmails(toText(value)) },
};

function capitalize(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 32);
  return text === '' ? '' : first.toUpperCase() + text.slice(first.length);
}

function trim(value: TemplateValue, mask: TemplateValue, side: TemplateValue): string {
  const text = toText(value);
  const drop = new Set(mask === null ? ' \t\n\r\0\x0b' : toText(mask));
  let [start, end] = [0, text.length];
  if (side !== 'right') while (start < end && drop.has(text.charAt(start))) start++;
  if (side !== 'left') while (end > start && drop.has(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** As strtr: the longest key that fits is replaced, what was replaced is not looked at again. */
function replacePairs(text: string, pairs: ReadonlyMap<string, TemplateValue>): string {
  const keys = [...pairs.keys()].filter((key) => key !== '').sort((a, b) => b.length - a.length);
  if (keys.length === 0) return text;
  const pattern = new RegExp(keys.map((key) => key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
  let length = text.length;
  return text.replace(pattern, (key) => {
    const replacement = toText(pairs.get(key));
    length += replacement.length;
    if (length > maxTextLength) throw tooLong();
    return replacement;
  });
}

function keepAlphanumeric(text: string, also: string, replacement: string): string {
  if (text.length * (replacement.length + 1) > maxTextLength) throw tooLong();
  const kept = new Set(also);
  return Array.from(text, (char) => (/[a-zA-Z0-9]/.test(char) || kept.has(char) ? char : replacement)).join(
    '',
  );
}

/** htmlspecialchars with both quotes; "js" and "url" as Twig names them. */
function escapeText(value: TemplateValue, strategy: TemplateValue): string {
  const text = toText(value);
  const name = strategy === null ? 'html' : toText(strategy);
  if (name === 'url') return encodeRaw(text);
  if (name === 'js') return text.replace(/[^a-zA-Z0-9,._]/g, escapeScript);
  if (name !== 'html' && name !== 'html_attr')
    throw new TemplateError(`The escaping "${name}" is not available here.`);
  return text.replace(
    /[&<>"']/g,
    (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[char] ?? '#039'};`,
  );
}

function escapeScript(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** rawurlencode (RFC 3986): all but letters, digits and `-._~`. */
export function encodeRaw(text: string): string {
  const encoded = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
  return encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** As number_format: grouped by thousands, rounded half away from zero. */
export function formatNumber(
  value: TemplateValue,
  decimals: TemplateValue,
  point: TemplateValue,
  separator: TemplateValue,
): string {
  const places = Math.min(Math.max(toDouble(decimals), 0), 50);
  const fixed =
    typeof value === 'bigint'
      ? `${value}${places ? `.${'0'.repeat(places)}` : ''}`
      : roundTo(toDouble(value), places).toFixed(places);
  const [whole = '', fraction] = fixed.replace(/^-(0(?:\.0*)?)$/, '$1').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, separator === null ? ',' : toText(separator));
  return fraction === undefined ? grouped : grouped + (point === null ? '.' : toText(point)) + fraction;
}

/** Rounds half away from zero on the decimal digits, as PHP does: 1.005 to 2 places is 1.01. */
export function roundTo(value: number, places: number): number {
  const [mantissa = '0', exponent = '0'] = String(Math.abs(value)).split('e');
  const scaled = Math.round(Number(`${mantissa}e${Number(exponent) + places}`));
  const [digits = '0', back = '0'] = String(scaled).split('e');
  const rounded = Number(`${digits}e${Number(back) - places}`);
  return Number.isFinite(rounded) ? Math.sign(value) * rounded : value;
}

/** Addresses of a header line, by address: {full_email, email, mailbox, host, personal}. */
export function parseEmails(text: string): Map<string, TemplateValue> {
  const found = new Map<string, TemplateValue>();
  for (const entry of text.slice(0, 65_536).split(/[,;\n]/)) {
    const match = /^(?:"?([^"<>]*)"? ?<)?([^\s<>@]+)@([^\s<>@]+?)>?$/.exec(entry.replace(/\s+/g, ' ').trim());
    if (!match) continue;
    const [mailbox, host] = [(match[2] ?? '').toLowerCase(), (match[3] ?? '').toLowerCase()];
    const [personal, email] = [(match[1] ?? '').trim(), `${mailbox}@${host}`];
    const full = personal === '' ? email : `${personal} <${email}>`;
    found.set(email, new Map(Object.entries({ full_email: full, email, mailbox, host, personal })));
  }
  return found;
}
