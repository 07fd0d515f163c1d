/** Reading the form of an action into its params. Pure. */
import type { ActionField, ActionType } from './action.ts';
import { formText } from './form.ts';
import { flagOf, isObject, type JsonObject, textOf } from './json-value.ts';

/** A parameter of an action by a field's key, as text; flags as '1' or '', lists one a line. */
export function paramOf(action: JsonObject, field: ActionField): string {
  const value = field.key
    .split('.')
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), action);
  if (field.kind === 'flag') return flagOf(value) ? '1' : '';
  return Array.isArray(value) ? value.map((one) => textOf(one) ?? '').join('\n') : (textOf(value) ?? '');
}

/** The action's params with what a form sent; parameters the form does not show stay. */
export function readActionForm(type: ActionType, form: FormData, action: JsonObject): JsonObject {
  const params: JsonObject = { ...action, action: type.id };
  for (const field of type.fields) {
    const sent = formText(form, field.key);
    const value = field.kind === 'flag' ? (sent === '' ? '0' : '1') : asBefore(action[field.key], sent);
    const [outer = '', inner] = field.key.split('.');
    if (inner === undefined) params[outer] = value;
    else params[outer] = { ...(isObject(params[outer]) ? params[outer] : {}), [inner]: value };
  }
  return type.fields.some(({ kind }) => kind === 'behavior') ? readInputs(type, form, params) : params;
}

/** Inputs of another behavior, `var_…`; an empty one is not handed on. */
function readInputs(type: ActionType, form: FormData, params: JsonObject): JsonObject {
  const own = new Set(type.fields.map(({ key }) => key));
  const sent = [...form.keys()].filter((key) => key.startsWith('var_') && !own.has(key));
  const left = Object.entries(params).filter(([key]) => !sent.includes(key));
  const given = sent
    .filter((key) => formText(form, key) !== '')
    .map((key) => [key, asBefore(params[key], formText(form, key))]);
  return { ...Object.fromEntries(left), ...Object.fromEntries(given) };
}

/** A list stays a list, one item a line. */
function asBefore(old: unknown, sent: string): unknown {
  return Array.isArray(old) ? sent.split(/\r?\n/).filter((line) => line !== '') : sent;
}
