/** The simulator: parameters and conditions as a form, and what a run of the behavior told. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { TemplateError } from '../templates/template-error.ts';
import { readTime } from './actions/read-time.ts';
import type { BehaviorRecord } from './behavior.ts';
import { seen } from './behavior-pages.ts';
import { readScope } from './event.ts';
import { formText, workerOf } from './form.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior, titleOfEvent } from './remarks.ts';
import { type Deps as RunDeps, runBehavior } from './run.ts';
import { readOutcome } from './run-outcome.ts';
import { findSeenRun } from './runs.ts';
import { pathTrees, shownBlocks, shownError, shownValues } from './runs-view.ts';
import { type Given, noInput, placeholderInputs, readGiven, variableInputs } from './simulator-form.ts';

export interface Deps extends RunDeps {}

export function simulatorPages(deps: Deps): PageRoute[] {
  const show = (visit: Visit) => page(deps, visit, noInput, visit.query.get('run') ?? undefined, undefined);
  const run = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const given = readGiven(visit.form, behavior.event.key, behavior.variables);
    const isLive = formText(visit.form, 'mode') === 'live';
    const shared = { actor: workerOf(visit), behavior: behavior.id, variables: given.variables };
    try {
      // A run for real answers no message, so it gets no made-up one.
      const result = isLive
        ? await runBehavior(deps, { ...shared, mode: 'live' })
        : await runBehavior(deps, {
            ...shared,
            mode: 'simulate',
            scope: await madeUp(deps, behavior, given),
          });
      return await page(deps, visit, given, result.run_id, undefined);
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

/** The event's placeholders as typed, and the time that conditions take for now. */
async function madeUp(deps: Deps, { event }: BehaviorRecord, { scope, time }: Given): Promise<JsonObject> {
  const placeholders = readScope(event.key, scope);
  if (time === 'now') return placeholders;
  const { templateMs: timeoutMs, maxOutputBytes } = deps.config.runLimits;
  const render = (template: string) => deps.templates.render(template, {}, { timeoutMs, maxOutputBytes });
  try {
    return { ...placeholders, _current_time: Math.floor((await readTime(time, render)) / 1000) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new HubError('bad_request', `'${time}' is no time such as "tomorrow 8am" or 2026-01-31 12:00.`);
  }
}

async function page(
  deps: Deps,
  visit: Visit,
  given: Given,
  runId: string | undefined,
  refusal: HubError | undefined,
): Promise<PageAnswer> {
  const { behavior, bot } = await seen(deps, visit);
  const result = runId === undefined ? null : await resultOf(deps, visit, behavior, runId);
  return {
    view: 'bots/simulator',
    status: refusal?.status ?? 200,
    model: {
      title: `Simulate: ${behavior.title}`,
      behavior: { id: behavior.id, title: behavior.title, event: titleOfEvent(behavior.event.key) },
      bot: { id: bot.id, name: bot.name },
      reasons: remarksOnBehavior(behavior, bot).map((remark) => remark.message),
      refusal: refusal?.message ?? null,
      inputs: variableInputs(behavior.variables, given.variables),
      currentTime: given.time,
      placeholders: placeholderInputs(behavior.event.key, given.scope),
      result,
    },
  };
}

/** What came of a run: the path through the tree, one block for each action, placeholders. */
async function resultOf(
  deps: Deps,
  visit: Visit,
  behavior: BehaviorRecord,
  runId: string,
): Promise<JsonObject> {
  const worker = workerOf(visit);
  const { run } = await findSeenRun(deps.db, worker, runId);
  const { told, shown } = readOutcome(run.outcome);
  return {
    id: run.id,
    isRunning: run.status === 'running',
    isSuspended: run.status === 'suspended',
    error: shownError(told.error, worker),
    trees: pathTrees([behavior], shown, told),
    blocks: shownBlocks(shown, told),
    values: shownValues(told.values),
  };
}
