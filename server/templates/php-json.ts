/** JSON between templates and text, with the bytes PHP writes. Pure. */
import { JsonError, parseJson } from '../json.ts';
import { maxTextLength, tooLong } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import { type TemplateValue, toTemplateValue } from './template-value.ts';

export interface JsonStyle {
  indent?: string;
  keepsSlashes?: boolean;
  keepsUnicode?: boolean;
}

/** Reads JSON; integers keep every digit. `undefined` for what is no JSON. */
export function readJson(text: string): TemplateValue | undefined {
  try {
    return toTemplateValue(parseJson(text), 'JSON');
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Writes as json_encode: `/` and all beyond ASCII are escaped unless the style says otherwise. */
export function writePhpJson(value: TemplateValue, style: JsonStyle = {}): string {
  const budget = { left: maxTextLength };
  return write(value, style, '\n', budget);
}

function write(value: TemplateValue, style: JsonStyle, line: string, budget: { left: number }): string {
  budget.left -= typeof value === 'string' ? value.length : 2;
  if (budget.left < 0) throw tooLong();
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'string') return writeText(value, style);
  const isList = Array.isArray(value);
  const inner = style.indent === undefined ? '' : line + style.indent;
  const between = style.indent === undefined ? ':' : ': ';
  const members = isList
    ? value.map((item) => inner + write(item, style, inner, budget))
    : [...value].map(
        ([key, item]) => inner + writeText(key, style) + between + write(item, style, inner, budget),
      );
  const end = style.indent === undefined || members.length === 0 ? '' : line;
  return (isList ? '[' : '{') + members.join(',') + end + (isList ? ']' : '}');
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TemplateError('Infinity and NaN cannot be written as JSON.');
  return String(value + 0);
}

function writeText(text: string, style: JsonStyle): string {
  let json = JSON.stringify(text);
  if (!style.keepsSlashes) json = json.replaceAll('/', '\\/');
  if (!style.keepsUnicode) json = json.replace(/[\u007f-\uffff]/g, escapeUnit);
  return json;
}

function escapeUnit(unit: string): string {
  return unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
