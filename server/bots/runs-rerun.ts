/** Starting a behavior again with what an earlier run was started with. */
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { type Deps, type RunResult, runBehavior } from './run.ts';
import { openInputs } from './run-inputs.ts';
import { findSeenRun } from './runs.ts';

/**
 * Live or simulated, as the earlier run was. Throws `conflict` for one whose inputs were not kept, and for a live one
 * that answered a received message: its answer would find none.
 */
export async function rerun(
  deps: Deps,
  { actor, run: id }: { actor: Actor; run: string },
): Promise<RunResult> {
  const { run } = await findSeenRun(deps.db, actor, id);
  const inputs = openInputs(deps.vault, run);
  if (!inputs) {
    throw new HubError('conflict', 'What this run was started with is not kept. Start it anew.');
  }
  const mode = run.mode === 'live' ? 'live' : 'simulate';
  if (mode === 'live' && inputs.answersMessage) {
    throw new HubError(
      'conflict',
      'This run answered a received message, which happens once. Simulate it instead.',
    );
  }
  const { variables, scope } = inputs;
  return runBehavior(deps, { actor, behavior: run.behaviorId, variables, scope, mode });
}
