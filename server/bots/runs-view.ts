/** What the page of a run shows: its trees with the path taken, and one block for each action. Pure. */

import { writeJson } from '../json.ts';
import type { Actor } from '../people/actor.ts';
import { isAdmin } from '../people/actor.ts';
import type { BehaviorRecord } from './behavior.ts';
import { type ShownNode, shownTree } from './behavior-view.ts';
import type { JsonObject } from './json-value.ts';
import { titleOfAction, titleOfEvent } from './remarks.ts';
import type { Shown, Told } from './run-outcome.ts';
import type { RunRecord, RunStatus } from './store-runs.ts';

export const statusWords: Readonly<Record<RunStatus, { title: string; badge: string }>> = {
  running: { title: 'Under way', badge: 'badge-info' },
  suspended: { title: 'Waits', badge: 'badge-info' },
  done: { title: 'Done', badge: 'badge-ok' },
  failed: { title: 'Failed', badge: 'badge-bad' },
};

const kindWords: Readonly<Record<string, string>> = {
  worker: 'worker',
  api_key: 'API key',
  bot: 'bot',
  cli: 'command',
};

/** One line of a list. */
export function shownRun(run: RunRecord, behaviorTitle: string): JsonObject {
  const { id, behaviorId, status, askedBy, actorKind, startedAt, finishedAt } = run;
  return {
    id,
    behavior: { id: behaviorId, title: behaviorTitle },
    mode: run.mode === 'live' ? 'Live' : 'Simulated',
    status: statusWords[status],
    askedBy,
    askedAs: kindWords[actorKind] ?? actorKind,
    startedAt,
    took: finishedAt === null ? null : tookWords(finishedAt - startedAt),
  };
}

/** The tree of each behavior that the run went through, the path marked. */
export function pathTrees(
  behaviors: readonly BehaviorRecord[],
  { path, steps }: Shown,
  { transcript }: Told,
): { title: string; event: string; id: string; nodes: ShownNode[] }[] {
  return behaviors.map((behavior) => {
    const own = path
      .filter((one) => one.startsWith(`${behavior.id}/`))
      .map((one) => one.slice(behavior.id.length));
    const taken = new Map(own.map((node) => [node, 'taken']));
    for (const [index, { node, status }] of transcript.entries()) {
      const isOwn = (steps[index]?.behavior ?? behavior.id) === behavior.id;
      if (isOwn && status === 'failed') taken.set(node, 'failed');
    }
    const nodes = shownTree(behavior, [], taken);
    return { title: behavior.title, event: titleOfEvent(behavior.event.key), id: behavior.id, nodes };
  });
}

/** What each action was given and told. */
export function shownBlocks({ steps }: Shown, { transcript }: Told): JsonObject[] {
  return transcript.map((entry, index) => ({
    title: entry.title,
    action: entry.action === '' ? null : titleOfAction(entry.action),
    text: entry.text,
    isDone: entry.status === 'done',
    isFailed: entry.status === 'failed',
    input: steps[index]?.input ?? [],
    took: steps[index] ? tookWords(steps[index].tookMs) : null,
  }));
}

/** Placeholders as text. */
export function shownValues(values: JsonObject): { name: string; text: string }[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    text: typeof value === 'string' ? value : writeJson(value, 2),
  }));
}

/** Why it failed, with the host that an admin may allow. */
export function shownError(error: Told['error'], worker: Actor): JsonObject | null {
  if (!error) return null;
  const { code, message, refused } = error;
  return { code, message, refused: isAdmin(worker) ? (refused ?? null) : null };
}

function tookWords(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
