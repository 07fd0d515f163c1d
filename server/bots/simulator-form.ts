/** Variables and placeholders as fields of the simulator's form, and what was sent of them. Pure. */
import { eventTypes } from './event.ts';
import { formText } from './form.ts';
import { type JsonObject, textOf } from './json-value.ts';
import { optionsOf, type Variable } from './variable.ts';

/** What the form is filled with. */
export interface Given {
  variables: JsonObject;
  scope: JsonObject;
  /** Words for the time that conditions take for now. */
  time: string;
}

export const noInput: Given = { variables: {}, scope: {}, time: 'now' };

export function variableInputs(variables: readonly Variable[], given: JsonObject): JsonObject[] {
  return variables
    .filter((variable) => !variable.isPrivate)
    .map((variable) => inputOf(variable, given[variable.key]));
}

/** Placeholders of the event, filled with samples. */
export function placeholderInputs(event: string, given: JsonObject): JsonObject[] {
  return (eventTypes.get(event)?.placeholders ?? []).map(({ name, title, sample }) => ({
    name: fieldOf(name),
    label: `${title} ({{${name}}})`,
    value: textOf(given[name]) || sample,
  }));
}

export function readGiven(form: FormData, event: string, variables: readonly Variable[]): Given {
  const names = (eventTypes.get(event)?.placeholders ?? []).map(({ name }) => name);
  return {
    variables: readInputsForm(form, variables),
    scope: Object.fromEntries(names.map((name) => [name, formText(form, fieldOf(name))])),
    time: formText(form, 'current_time').trim() || 'now',
  };
}

/** How a variable is asked for, by its type. */
function inputOf(variable: Variable, given: unknown): JsonObject {
  const { key, label, type } = variable;
  const text = typeof given === 'string' ? given : '';
  const shared = { name: key, label, value: text };
  const isLong = type === 'T' || type === 'M' || variable.params.widget === 'multiple';
  const pick = (options: { value: string; label: string }[]) => ({
    ...shared,
    select: true,
    options: options.map((option) => ({ ...option, selected: option.value === text })),
  });
  const options = optionsOf(variable).map((option) => ({ value: option, label: option }));
  switch (type) {
    case 'C':
      return pick([
        { value: '', label: 'As set in the behavior' },
        { value: '1', label: 'Yes' },
        { value: '0', label: 'No' },
      ]);
    case 'D':
      return pick([{ value: '', label: '(none)' }, ...options]);
    case 'X': {
      const chosen: readonly unknown[] = Array.isArray(given) ? given : [];
      const marked = options.map((option) => ({ ...option, checked: chosen.includes(option.value) }));
      return { ...shared, multiple: true, options: marked };
    }
    default:
      return { ...shared, textbox: true, type: isLong ? 'textarea' : 'text', help: helpFor(type) };
  }
}

function helpFor(type: string): string | undefined {
  switch (type) {
    case 'N':
    case 'O':
    case 'Y':
      return 'A whole number';
    case 'E':
      return 'A date such as 2026-01-31 12:00, or seconds since 1970, or "now"';
    case 'M':
      return 'One a line';
    default:
      return undefined;
  }
}

/** Apart from variables' names, which begin with var_. */
function fieldOf(placeholder: string): string {
  return `event_${placeholder}`;
}

function readInputsForm(form: FormData, variables: readonly Variable[]): JsonObject {
  return Object.fromEntries(
    variables
      .filter((variable) => !variable.isPrivate)
      .map(({ key, type }) => [key, type === 'X' ? form.getAll(key).map(String) : formText(form, key)]),
  );
}
