/** Pages of runs: lists, one run with its path and what each action did, and running it again. */

import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { isAdmin, mayUse } from '../people/actor.ts';
import type { BehaviorRecord } from './behavior.ts';
import { findSeen } from './behaviors.ts';
import { choices, workerOf } from './form.ts';
import type { Deps as RunDeps } from './run.ts';
import { openInputs } from './run-inputs.ts';
import { readOutcome } from './run-outcome.ts';
import { findSeenRun, listSeenRuns } from './runs.ts';
import { rerun } from './runs-rerun.ts';
import { pathTrees, shownBlocks, shownError, shownRun, shownValues, statusWords } from './runs-view.ts';
import { findBehavior, findBot } from './store.ts';
import type { RunStatus } from './store-runs.ts';

export interface Deps extends RunDeps {}

const pageSize = 50;
/** Of behaviors that call each other, so many trees are shown. */
const mostTrees = 10;

export function runsPages(deps: Deps): PageRoute[] {
  const { db } = deps;
  const list = async (visit: Visit): Promise<PageAnswer> => listPage(visit, undefined);
  const listOfBehavior = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await findSeen(db, workerOf(visit), visit.params.id ?? '');
    return listPage(visit, behavior);
  };
  const listPage = async (visit: Visit, behavior: BehaviorRecord | undefined): Promise<PageAnswer> => {
    const asked = visit.query.get('status') ?? '';
    const status = asked in statusWords ? asked : undefined;
    const after = visit.query.get('after') ?? undefined;
    const page = { limit: pageSize + 1, after };
    const found = await listSeenRuns(db, workerOf(visit), { behaviorId: behavior?.id, status }, page);
    const runs = found.slice(0, pageSize);
    const titles = new Map(
      await Promise.all(
        [...new Set(runs.map((run) => run.behaviorId))].map(
          async (id) => [id, (await findBehavior(db, id))?.title ?? ''] as const,
        ),
      ),
    );
    const address = behavior ? `/behaviors/${behavior.id}/runs` : '/runs';
    const filter = status === undefined ? '' : `status=${status}&`;
    const last = runs.at(-1);
    return {
      view: 'bots/runs',
      model: {
        title: behavior ? `Runs of ${behavior.title}` : 'Runs',
        address,
        behavior: behavior ? { id: behavior.id, title: behavior.title } : null,
        statuses: choices(
          [
            { value: '', label: 'Any' },
            ...Object.entries(statusWords).map(([value, { title }]) => ({ value, label: title })),
          ],
          status ?? '',
        ),
        isFiltered: status !== undefined,
        runs: runs.map((run) => shownRun(run, titles.get(run.behaviorId) ?? '')),
        next: found.length > pageSize && last ? `${address}?${filter}after=${last.id}` : null,
      },
    };
  };
  const show = async (visit: Visit): Promise<PageAnswer> => runPage(visit, null);
  const again = async (visit: Visit): Promise<PageAnswer> => {
    try {
      const result = await rerun(deps, { actor: workerOf(visit), run: visit.params.id ?? '' });
      return { redirect: `/runs/${result.run_id}`, notice: 'The behavior was run again.' };
    } catch (error) {
      if (!(error instanceof HubError) || error.status >= 500 || error.code === 'not_found') throw error;
      return runPage(visit, error);
    }
  };
  const runPage = async (visit: Visit, refusal: HubError | null): Promise<PageAnswer> => {
    const worker = workerOf(visit);
    const { run, behavior, bot } = await findSeenRun(db, worker, visit.params.id ?? '');
    const { told, shown } = readOutcome(run.outcome);
    const inputs = openInputs(deps.vault, run);
    const limits = deps.config.runLimits;
    const behaviors = await behaviorsOf(visit, behavior, shown.path);
    const isChanged = behaviors.some((one) => one.updatedAt > run.startedAt);
    return {
      view: 'bots/run',
      status: refusal?.status ?? 200,
      model: {
        title: `Run of ${behavior.title}`,
        run: shownRun(run, behavior.title),
        bot: { id: bot.id, name: bot.name },
        behavior: { id: behavior.id, title: behavior.title },
        refusal: refusal?.message ?? null,
        isUnderWay: (['running', 'suspended'] satisfies RunStatus[]).some((one) => one === run.status),
        isRunning: run.status === 'running',
        isLive: run.mode === 'live',
        isChanged,
        mayRerun: inputs !== undefined && !(run.mode === 'live' && inputs.answersMessage),
        inputs: inputs ? shownValues(inputs.variables) : [],
        event: inputs ? shownValues(inputs.scope) : [],
        waits: run.status === 'suspended' ? shown.waits : null,
        usage: { ...shown.usage, mostNodes: limits.maxNodes, mostTurns: limits.maxLoopTurns },
        error: shownError(told.error, worker),
        isAdmin: isAdmin(worker),
        trees: pathTrees(behaviors, shown, told),
        blocks: shownBlocks(shown, told),
        values: shownValues(told.values),
      },
    };
  };
  /** The behavior that was started, then those it called and this worker may see. */
  const behaviorsOf = async (visit: Visit, first: BehaviorRecord, path: readonly string[]) => {
    const ids = new Set(path.map((one) => one.split('/')[0] ?? ''));
    ids.delete(first.id);
    const others: BehaviorRecord[] = [];
    for (const id of [...ids].slice(0, mostTrees - 1)) {
      const behavior = await findBehavior(db, id);
      const bot = behavior && (await findBot(db, behavior.botId));
      if (bot && mayUse(workerOf(visit), bot.owner)) others.push(behavior);
    }
    return [first, ...others];
  };
  return [
    { method: 'GET', path: '/runs', access: 'worker', handle: list },
    { method: 'GET', path: '/runs/:id', access: 'worker', handle: show },
    { method: 'POST', path: '/runs/:id/rerun', access: 'worker', handle: again },
    { method: 'GET', path: '/behaviors/:id/runs', access: 'worker', handle: listOfBehavior },
  ];
}
