/** A behavior's variables: what a caller gives, by type, and how it is coerced (Cerb's types). Pure. */
import { digitsOf, parseJson } from '../json.ts';
import type { Remark } from '../packages/record-type.ts';
import { readTime } from '../templates/date-text.ts';
import { below, flagOf, isObject, type JsonObject, objectOf, textOf } from './json-value.ts';

/** Types a value can be given for; others of Cerb (files, record lists) are kept and remarked. */
export const variableTypes: ReadonlyMap<string, string> = new Map([
  ['S', 'Text'],
  ['T', 'Text (multiple lines)'],
  ['U', 'URL'],
  ['N', 'Number'],
  ['O', 'Decimal'],
  ['Y', 'Currency'],
  ['C', 'Yes/No'],
  ['D', 'Picklist'],
  ['E', 'Date'],
  ['L', 'Record'],
  ['W', 'Worker'],
  ['M', 'List'],
  ['X', 'Multiple choice'],
]);

export interface Variable {
  /** `var_` and a name; also the placeholder's name. */
  key: string;
  label: string;
  type: string;
  /** Private: set within the behavior, never asked of a caller. */
  isPrivate: boolean;
  params: JsonObject;
}

/** Reads `variables` of a behavior: an object keyed by name, or `[]`. */
export function parseVariables(value: unknown, path: string): { value: Variable[]; faults: Remark[] } {
  const entries = objectOf(value);
  if (!entries)
    return { value: [], faults: [{ path, message: 'Variables must be an object keyed by name.' }] };
  const faults: Remark[] = [];
  const variables: Variable[] = [];
  for (const [key, entry] of Object.entries(entries)) {
    const at = below(path, key);
    if (!/^var_[A-Za-z0-9_]{1,60}$/.test(key)) {
      faults.push({
        path: at,
        message: `A variable's name is var_ and letters, digits or _: "${key}" is not.`,
      });
    } else if (!isObject(entry)) {
      faults.push({ path: at, message: 'A variable is an object with label and type.' });
    } else {
      const type = textOf(entry.type) || 'S';
      const params = objectOf(entry.params);
      if (!params) faults.push({ path: below(at, 'params'), message: 'Params of a variable are an object.' });
      const label = textOf(entry.label) || key.slice(4);
      variables.push({ key, label, type, isPrivate: flagOf(entry.is_private), params: params ?? {} });
    }
  }
  return { value: variables, faults };
}

/** The shape in which packages, database and API hold variables. */
export function variablesJson(variables: readonly Variable[]): JsonObject {
  return Object.fromEntries(
    variables.map(({ key, label, type, isPrivate, params }) => [
      key,
      { key, label, type, is_private: isPrivate ? '1' : '0', params },
    ]),
  );
}

/** Options of a picklist or multiple choice, one a line in its params. */
export function optionsOf(variable: Variable): string[] {
  const options = variable.params.options;
  const lines = Array.isArray(options) ? options.map(textOf) : (textOf(options) ?? '').split(/\r?\n/);
  return lines.flatMap((line) => line?.trim() || []);
}

/**
 * Every variable's value at the start of a run: the caller's, coerced, or its type's empty one. What cannot be
 * taken as given is named in `problems`, where Cerb drops it in silence. `now` in milliseconds, for dates.
 */
export function readInputs(
  variables: readonly Variable[],
  inputs: JsonObject,
  now: number,
): { values: JsonObject; problems: string[] } {
  const problems: string[] = [];
  const open = variables.filter((variable) => !variable.isPrivate).map((variable) => variable.key);
  for (const key of Object.keys(inputs)) {
    if (open.includes(key)) continue;
    const known = open.length > 0 ? `it takes ${open.join(', ')}` : 'it takes none';
    problems.push(`${key} is no public variable of this behavior: ${known}.`);
  }
  const values: JsonObject = {};
  for (const variable of variables) {
    const given = variable.isPrivate ? undefined : inputs[variable.key];
    const reading = readVariable(variable, given, now);
    if ('problem' in reading) problems.push(reading.problem);
    else values[variable.key] = reading.value;
  }
  return { values, problems };
}

/** One variable's value, coerced by its type; what is empty gives the type's empty one. */
export function readVariable(
  variable: Variable,
  given: unknown,
  now: number,
): { value: unknown } | { problem: string } {
  if (given === undefined || given === null || given === '') return { value: emptyValue(variable) };
  const value = coerce(variable, given, now);
  return value === undefined ? { problem: `${variable.key} must be ${wanted(variable)}.` } : { value };
}

function emptyValue(variable: Variable): unknown {
  switch (variable.type) {
    case 'C':
      return flagOf(variable.params.checkbox_default_on) ? 1 : 0;
    case 'N':
    case 'O':
    case 'Y':
    case 'E':
      return null;
    case 'M':
    case 'X':
      return [];
    default:
      return '';
  }
}

function coerce(variable: Variable, given: unknown, now: number): unknown {
  switch (variable.type) {
    case 'N':
    case 'O':
    case 'Y':
    case 'E': {
      const whole = wholeNumber(given);
      return whole === undefined && variable.type === 'E' ? secondsOf(textOf(given) ?? '', now) : whole;
    }
    case 'C':
      return flagOf(given) || given === 'yes' ? 1 : isNo(given) ? 0 : undefined;
    case 'D':
      return optionsOf(variable).find((option) => option === textOf(given));
    case 'X': {
      const chosen = listOf(given);
      return chosen?.every((item) => optionsOf(variable).includes(item)) ? chosen : undefined;
    }
    case 'M':
      return listOf(given);
    default:
      return textOf(given);
  }
}

/** As a JSON number; beyond 2^53 it keeps its digits. Decimals are cut, as Cerb does for all number types. */
function wholeNumber(given: unknown): unknown {
  const match = /^\s*([+-]?)0*(\d+)(?:\.\d*)?\s*$/.exec(textOf(given) ?? '');
  return match ? parseJson(`${match[1] === '-' && match[2] !== '0' ? '-' : ''}${match[2]}`) : undefined;
}

/** A date as people write it: "tomorrow 8am", "2026-01-31 12:00". Without a zone of its own it is in UTC. */
function secondsOf(text: string, now: number): number | undefined {
  const found = readTime(text, Math.floor(now / 1000), 'UTC');
  return found === undefined ? undefined : Math.floor(found);
}

function isNo(given: unknown): boolean {
  return given === false || given === 'false' || given === 'no' || digitsOf(given) === '0' || given === '0';
}

function listOf(given: unknown): string[] | undefined {
  if (typeof given === 'string') return given.split(/\r?\n/).flatMap((line) => line.trim() || []);
  if (!Array.isArray(given)) return undefined;
  const items = given.map(textOf);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function wanted(variable: Variable): string {
  switch (variable.type) {
    case 'N':
    case 'O':
    case 'Y':
      return 'a number';
    case 'C':
      return '1 or 0';
    case 'D':
      return `one of: ${optionsOf(variable).join(', ')}`;
    case 'X':
      return `a list of: ${optionsOf(variable).join(', ')}`;
    case 'M':
      return 'a list of texts';
    case 'E':
      return 'a date such as 2026-01-31 12:00, "tomorrow 8am", or seconds since 1970';
    default:
      return 'a text';
  }
}
