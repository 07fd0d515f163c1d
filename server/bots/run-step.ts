/** What a run's page shows of an action beside the transcript: what it was given, and how long it took. Pure. */
import type { ActionField, ActionTools, ActionType } from './action.ts';
import { flagOf, isObject, type JsonObject, textOf } from './json-value.ts';

/** Stands at the same place in its list as its entry in the transcript. */
export interface RunStep {
  /** Id of the behavior that its node belongs to; one run may go through several. */
  behavior: string;
  tookMs: number;
  input: StepInput[];
}

/** A parameter of the action as it was when it ran, its template rendered. */
export interface StepInput {
  label: string;
  text: string;
}

/** Longest text that is kept of one parameter. */
const longestInput = 4_000;

/** The tools, with what they rendered noted by template. */
export function notingTools(tools: ActionTools, rendered: Map<string, string>): ActionTools {
  return {
    ...tools,
    async render(template) {
      const output = await tools.render(template);
      rendered.set(template, output);
      return output;
    },
  };
}

/** By the action's own fields, then the variables it hands on; what is empty or was never rendered is left out. */
export function stepInput(
  type: ActionType,
  params: JsonObject,
  rendered: ReadonlyMap<string, string>,
): StepInput[] {
  const own = type.fields.map((field) => ({ label: field.label, text: shownParam(field, params, rendered) }));
  const handed = Object.entries(params)
    .filter(([key]) => key.startsWith('var_') && !type.fields.some((field) => field.key === key))
    .map(([key, value]) => ({ label: key, text: rendered.get(textOf(value) ?? '') ?? '' }));
  return [...own, ...handed]
    .filter(({ text }) => text !== '')
    .map(({ label, text }) => ({ label, text: text.slice(0, longestInput) }));
}

function shownParam(field: ActionField, params: JsonObject, rendered: ReadonlyMap<string, string>): string {
  const value = field.key
    .split('.')
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), params);
  if (field.kind === 'flag') return flagOf(value) ? 'Yes' : '';
  const text = textOf(value) ?? '';
  if (field.kind === 'template') return rendered.get(text) ?? '';
  return field.options?.find((option) => option.value === text)?.label ?? text;
}
