/** Filters that encode, decode and hash, with PHP's output. Pure. */
import { createHash, createHmac, getHashes } from 'node:crypto';
import type { CallableTable } from './callable.ts';
import { checkLength } from './list-filters.ts';
import { readJson, writePhpJson } from './php-json.ts';
import { isTruthy, maxListLength, toDouble, tooLong, toText } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import type { TemplateValue } from './template-value.ts';
import { encodeRaw } from './text-filters.ts';
import { setAtPath } from './value-path.ts';

const prettySlashesUnicode = { pretty: 128, slashes: 64, unicode: 256 };

export const dataFilters: CallableTable = {
  json_encode: {
    parameters: ['options?'],
    call: (_, value, options) => encodeJson(value, toDouble(options)),
  },
  json_pretty: { parameters: [], call: (_, value) => prettifyJson(value) },
  json_decode: { parameters: [], call: (_, value) => readJson(toText(value)) ?? null },
  url_encode: {
    parameters: [],
    call: (_, value) => (isList(value) ? buildQuery(value) : encodeRaw(toText(value))),
  },
  url_decode: {
    parameters: ['as?'],
    call: (_, value, as) =>
      toText(as).toLowerCase() === 'json' ? writePhpJson(readQuery(toText(value))) : decodeRaw(toText(value)),
  },
  base64_encode: { parameters: [], call: (_, value) => Buffer.from(toText(value)).toString('base64') },
  base64_decode: { parameters: [], call: (_, value) => Buffer.from(toText(value), 'base64').toString() },
  base64url_encode: {
    parameters: [],
    call: (_, value) => Buffer.from(toText(value)).toString('base64url'),
  },
  base64url_decode: {
    parameters: [],
    call: (_, value) => Buffer.from(toText(value), 'base64url').toString(),
  },
  md5: { parameters: [], call: (_, value) => createHash('md5').update(toText(value)).digest('hex') },
  sha1: { parameters: [], call: (_, value) => createHash('sha1').update(toText(value)).digest('hex') },
  hash_hmac: {
    parameters: ['key', 'algo?', 'raw?'],
    call: (_, value, key, algorithm, raw) => {
      if (isTruthy(raw))
        throw new TemplateError(
          'The filter "hash_hmac" gives hexadecimal digits only: texts here hold no bytes.',
        );
      return toText(value) === '' ? '' : hmac(toText(value), toText(key), toText(algorithm) || 'sha256');
    },
  },
};

function encodeJson(value: TemplateValue, options: number): string {
  return writePhpJson(value, {
    ...(options & prettySlashesUnicode.pretty ? { indent: '    ' } : {}),
    keepsSlashes: (options & prettySlashesUnicode.slashes) !== 0,
    keepsUnicode: (options & prettySlashesUnicode.unicode) !== 0,
  });
}

/** Takes texts only, as in Cerb: "" for a list, "null" for a text that is no JSON. */
function prettifyJson(value: TemplateValue): string {
  if (typeof value !== 'string') return '';
  const data = readJson(value);
  return data === undefined ? 'null' : writePhpJson(data, { indent: '    ', keepsSlashes: true });
}

function isList(value: TemplateValue): value is TemplateValue[] | Map<string, TemplateValue> {
  return value !== null && typeof value === 'object';
}

/** http_build_query with RFC 3986 encoding: nested lists as a[b], null left out, true 1 and false 0. */
function buildQuery(value: TemplateValue[] | Map<string, TemplateValue>, prefix?: string): string {
  const pairs: string[] = [];
  for (const [key, item] of value instanceof Map ? value : value.entries()) {
    const name = prefix === undefined ? String(key) : `${prefix}[${key}]`;
    if (item === null) continue;
    const query = isList(item)
      ? buildQuery(item, name)
      : `${encodeRaw(name)}=${encodeRaw(item === false ? '0' : toText(item))}`;
    if (query !== '') pairs.push(query);
    if (pairs.length > maxListLength) throw tooLong();
  }
  return pairs.join('&');
}

/** rawurldecode: `+` stays, bytes that are no UTF-8 read as the replacement character. */
function decodeRaw(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

/** A query as a dictionary; `a[b]` and `a[]` lead into others. Here `+` is a blank. */
function readQuery(text: string): TemplateValue {
  let found: TemplateValue = new Map();
  for (const pair of checkLength(text.split('&'))) {
    const [name = '', ...value] = pair.split('=').map((part) => decodeRaw(part.replaceAll('+', ' ')));
    if (name === '') continue;
    const [head = '', ...keys] = name.replaceAll(']', '').split('[');
    found = setAtPath(found, [head, ...keys.map((key) => (key === '' ? '[]' : key))], value.join('='));
  }
  return found;
}

function hmac(text: string, key: string, algorithm: string): string {
  if (!getHashes().includes(algorithm)) throw new TemplateError(`"${algorithm}" is no hash algorithm.`);
  return createHmac(algorithm, key).update(text).digest('hex');
}
