/** Forms drawn from a provider's fields: what to show, and what was sent. Pure. */
import { JsonError, parseJson, writeJson } from '../json.ts';
import type { Remark } from '../packages/record-type.ts';
import type { ProviderField } from './provider.ts';
import { isPlainObject } from './reading.ts';

/** One field for the partials `field` and `select`. Secrets have no value, only whether they are set. */
export interface FieldModel {
  name: string;
  label: string;
  type: 'text' | 'url' | 'password' | 'textarea' | 'select';
  value: string;
  aka: string;
  help: string;
  error: string;
  required: boolean;
  options: { value: string; label: string; selected: boolean }[];
}

const inputName = (key: string) => `param_${key}`;

/** Fields with the values of `params`, or what was typed before a fault. */
export function fieldModels(
  fields: readonly ProviderField[],
  params: Readonly<Record<string, unknown>>,
  faults: readonly Remark[],
): FieldModel[] {
  return fields.map((field) => {
    const isSecret = field.kind === 'secret';
    const isSet = isSecret && isPlainObject(params[field.key]);
    const value = isSecret ? '' : asText(field.kind, params[field.key]);
    return {
      name: inputName(field.key),
      label: field.label,
      type: inputTypes[field.kind],
      value,
      aka: (field.alsoKnownAs ?? []).join(', '),
      help: [isSet ? 'It is set. Leave this empty to keep it.' : '', field.help ?? '']
        .filter(Boolean)
        .join(' '),
      error: faults.find(({ path }) => path.startsWith(`/params/${field.key}`))?.message ?? '',
      required: field.required && !isSet,
      options: optionsOf(field, value),
    };
  });
}

/** What a form sent, as changes of params: null removes what was emptied, a blank secret is left as it is. */
export function readParams(form: FormData, fields: readonly ProviderField[]): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const { key, kind } of fields) {
    if (!form.has(inputName(key))) continue;
    const text = formText(form, inputName(key)).trim();
    if (kind === 'secret') params[key] = text;
    else if (text === '') params[key] = null;
    else params[key] = readText(kind, text);
  }
  return params;
}

/** What has not the form that it should stays text, so that the provider's check finds the fault and the form shows it. */
function readText(kind: ProviderField['kind'], text: string): unknown {
  if (kind === 'lines') return text.split(/\r?\n/).flatMap((line) => line.trim() || []);
  if (kind === 'pairs') return readPairs(text);
  return kind === 'json' ? readJsonField(text) : text;
}

/** A form's text; files and absent fields read as ''. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

export function linesOf(text: string): string[] {
  return text.split(/[\r\n,]+/).flatMap((line) => line.trim() || []);
}

/** The fault at a field of the form, '' when there is none. */
export function faultAt(faults: readonly Remark[], path: string): string {
  return faults.find((fault) => fault.path === path || fault.path.startsWith(`${path}/`))?.message ?? '';
}

const inputTypes = {
  text: 'text',
  secret: 'password',
  url: 'url',
  select: 'select',
  prose: 'textarea',
  lines: 'textarea',
  pairs: 'textarea',
  json: 'textarea',
} as const;

/** A choice that need not be made begins with none, so that saving the form does not make it. */
function optionsOf({ options = [], required }: ProviderField, value: string): FieldModel['options'] {
  const choices = options.map((option) => ({ value: option, label: option, selected: option === value }));
  return required ? choices : [{ value: '', label: '(not set)', selected: value === '' }, ...choices];
}

function asText(kind: ProviderField['kind'], value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('\n');
  if (kind === 'pairs' && isPlainObject(value) && Object.values(value).every(isOneLine)) {
    return Object.entries(value)
      .map(([name, text]) => `${name}=${text}`)
      .join('\n');
  }
  return writeJson(value, 2);
}

function isOneLine(value: unknown): boolean {
  return typeof value === 'string' && !/[\r\n]|^\s|\s$/.test(value);
}

/** `name=value` a line, or JSON for values that a line cannot hold. */
function readPairs(text: string): unknown {
  if (text.startsWith('{')) return readJsonField(text);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(line));
  if (pairs.some((pair) => pair === null)) return text;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

function readJsonField(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return text;
    throw error;
  }
}
