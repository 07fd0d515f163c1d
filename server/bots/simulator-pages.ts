/** The simulator: a behavior's variables as a form, and what a run of it told. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { writeJson } from '../json.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { seen } from './behavior-pages.ts';
import { shownTree } from './behavior-view.ts';
import { eventTypes, readScope } from './event.ts';
import { formText, workerOf } from './form.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior, titleOfAction, titleOfEvent } from './remarks.ts';
import { getRun, type Deps as RunDeps, type RunResult, runBehavior } from './run.ts';
import { optionsOf, type Variable } from './variable.ts';

export interface Deps extends RunDeps {}

export function simulatorPages(deps: Deps): PageRoute[] {
  const show = async (visit: Visit): Promise<PageAnswer> => {
    const run = visit.query.get('run');
    const result = run ? await getRun(deps.db, workerOf(visit), run) : undefined;
    return page(deps, visit, noInput, result, undefined);
  };
  const run = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const variables = readInputsForm(visit.form, behavior.variables);
    const scope = readPlaceholdersForm(visit.form, behavior.event.key);
    const given = { variables, scope };
    const mode = formText(visit.form, 'mode') === 'live' ? 'live' : 'simulate';
    try {
      const shared = { actor: workerOf(visit), behavior: behavior.id, variables };
      // A run for real answers no message, so it gets no made-up one.
      const input =
        mode === 'live'
          ? ({ ...shared, mode } as const)
          : ({ ...shared, mode, scope: readScope(behavior.event.key, scope) } as const);
      return await page(deps, visit, given, await runBehavior(deps, input), undefined);
    } catch (error) {
      if (!(error instanceof HubError) || error.status >= 500) throw error;
      return page(deps, visit, given, undefined, error);
    }
  };
  return [
    { method: 'GET', path: '/behaviors/:id/simulator', access: 'worker', handle: show },
    { method: 'POST', path: '/behaviors/:id/simulator', access: 'worker', handle: run },
  ];
}

/** What the form was filled with. */
interface Given {
  variables: JsonObject;
  scope: JsonObject;
}

const noInput: Given = { variables: {}, scope: {} };

async function page(
  deps: Deps,
  visit: Visit,
  given: Given,
  result: RunResult | undefined,
  refusal: HubError | undefined,
): Promise<PageAnswer> {
  const { behavior, bot } = await seen(deps, visit);
  const remarks = remarksOnBehavior(behavior, bot);
  return {
    view: 'bots/simulator',
    status: refusal?.status ?? 200,
    model: {
      title: `Simulate: ${behavior.title}`,
      behavior: { id: behavior.id, title: behavior.title, event: titleOfEvent(behavior.event.key) },
      bot: { id: bot.id, name: bot.name },
      reasons: remarks.map((remark) => remark.message),
      refusal: refusal?.message ?? null,
      inputs: behavior.variables
        .filter((variable) => !variable.isPrivate)
        .map((variable) => inputOf(variable, given.variables[variable.key])),
      placeholders: (eventTypes.get(behavior.event.key)?.placeholders ?? []).map(
        ({ name, title, sample }) => ({
          name: fieldOf(name),
          label: `${title} ({{${name}}})`,
          value: given.scope[name] ?? sample,
        }),
      ),
      result: result ? shownResult(result, workerOf(visit)) : null,
      tree: shownTree(behavior, remarks, takenNodes(result)),
    },
  };
}

function shownResult(result: RunResult, worker: Actor): JsonObject {
  return {
    id: result.run_id,
    isRunning: result.status === 'running',
    isDone: result.status === 'done',
    error: result.error && {
      code: result.error.code,
      message: result.error.message,
      refused: isAdmin(worker) ? (result.error.refused ?? null) : null,
    },
    transcript: result.transcript.map((entry) => ({
      ...entry,
      action: titleOfAction(entry.action),
      isDone: entry.status === 'done',
      isFailed: entry.status === 'failed',
    })),
    values: Object.entries(result.values).map(([name, value]) => ({
      name,
      text: typeof value === 'string' ? value : writeJson(value, 2),
    })),
  };
}

/** Of every node that was entered: its worst action. */
function takenNodes(result: RunResult | undefined): Map<string, string> {
  const taken = new Map<string, string>();
  for (const { node, status } of result?.transcript ?? []) {
    if (taken.get(node) !== 'failed') taken.set(node, status === 'failed' ? 'failed' : 'taken');
  }
  return taken;
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

function readPlaceholdersForm(form: FormData, event: string): JsonObject {
  const names = (eventTypes.get(event)?.placeholders ?? []).map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, formText(form, fieldOf(name))]));
}

function readInputsForm(form: FormData, variables: readonly Variable[]): JsonObject {
  return Object.fromEntries(
    variables
      .filter((variable) => !variable.isPrivate)
      .map(({ key, type }) => [key, type === 'X' ? form.getAll(key).map(String) : formText(form, key)]),
  );
}
