/** Runs a behavior, or simulates it: checks, a row, the walk, and what came of it. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError, traceOf } from '../errors.ts';
import { parseJson, writeJson } from '../json.ts';
import type { Actor } from '../people/actor.ts';
import type { Vault } from '../vault.ts';
import type { RunMode } from './action.ts';
import { findSeen } from './behaviors.ts';
import type { MessageOrigin } from './channels.ts';
import { endRun } from './end-run.ts';
import { sampleScope } from './event.ts';
import type { GroupCommit } from './group-commit.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior } from './remarks.ts';
import { sealInputs } from './run-inputs.ts';
import { nothingTold, outcomeOf, readOutcome, saidIn, type Told } from './run-outcome.ts';
import { beginState, type Prompt, type RunState } from './run-state.ts';
import { findSeenRun } from './runs.ts';
import {
  deleteExpiredBotKeys,
  deleteOldRuns,
  endForgottenRuns,
  failRunningRuns,
  insertRun,
  suspendRun,
  takeSuspendedRun,
} from './store-runs.ts';
import { readInputs } from './variable.ts';
import { type Walk, type Deps as WalkDeps, walk } from './walk.ts';

/** After this the caller is told that the run goes on. */
const patienceMs = 60_000;
const pruneBatch = 200;
/** How long a run waits for a reply. */
const waitMs = 24 * 60 * 60_000;

export interface Deps extends WalkDeps {
  db: Knex;
  vault: Vault;
  now(): number;
  newId(): string;
  commit: GroupCommit;
  log: { error(fields: object, message: string): void };
  /** How long a caller waits, in ms; 60 s. */
  patienceMs?: number;
}

export interface RunInput {
  actor: Actor;
  /** Id or uri. */
  behavior: string;
  variables: JsonObject;
  mode: RunMode;
  /** Placeholders of the behavior's event; a simulation fills the missing ones with samples. */
  scope?: JsonObject;
  /** The received message that is answered. */
  origin?: MessageOrigin;
}

/** As the API answers it. */
export interface RunResult extends Told {
  run_id: string;
  status: 'done' | 'failed' | 'suspended' | 'running';
}

/** A run that ended or waits, with what only features that talk with people need. */
export interface EndedRun extends RunResult {
  shown: JsonObject[];
  prompt: Prompt | null;
  answer: RunState['answer'];
}

/**
 * Resolves with the result, or after 60 s with status `running` while the run goes on. Throws `not_found` for what
 * the actor may not run, `behavior_not_runnable` with every reason, `bad_request` for variables; then nothing ran.
 */
export async function runBehavior(
  deps: Deps,
  { actor, behavior: name, variables, mode, scope = {}, origin }: RunInput,
): Promise<RunResult | EndedRun> {
  const { bot, behavior } = await findSeen(deps.db, actor, name);
  if (behavior.isPrivate && actor.kind === 'bot' && actor.id !== bot.id) {
    throw new HubError('forbidden', `The behavior '${behavior.title}' is private to its bot '${bot.name}'.`);
  }
  refuseDisabled(bot, behavior);
  const unsupported = remarksOnBehavior(behavior, bot);
  if (unsupported.length > 0) {
    const reasons = unsupported.map((remark) => remark.message).join(' ');
    throw new HubError('behavior_not_runnable', `The behavior '${behavior.title}' cannot run: ${reasons}`, {
      extra: { unsupported },
    });
  }
  const inputs = readInputs(behavior.variables, variables, deps.now());
  if (inputs.problems.length > 0) throw new HubError('bad_request', inputs.problems.join(' '));

  const id = deps.newId();
  const asker = { askedBy: actor.name, actorKind: actor.kind, actorId: actor.id };
  const sealedInputs = sealInputs(deps.vault, id, { variables, scope, answersMessage: origin !== undefined });
  const run = { id, behaviorId: behavior.id, mode, ...asker, sealedInputs };
  await deps.commit((db) => insertRun(db, run, deps.now()));
  const placeholders = mode === 'simulate' ? { ...sampleScope(behavior.event.key), ...scope } : scope;
  const state = beginState(behavior.id, inputs.values, placeholders);
  return resultOf(deps, id, walk(deps, { runId: id, asker: actor, mode, state, origin }), undefined);
}

/**
 * Goes on with a run that waits, with what a person replied. Throws `not_found` for what the actor may not run, and
 * `conflict` when the run does not wait (any more), `behavior_not_runnable` when it was disabled meanwhile.
 */
export async function resumeRun(
  deps: Deps,
  { actor, run: id, reply }: { actor: Actor; run: string; reply: JsonObject },
): Promise<RunResult> {
  const { run, bot, behavior } = await findSeenRun(deps.db, actor, id);
  refuseDisabled(bot, behavior);
  if (run.sealedState === null || !(await takeSuspendedRun(deps.db, id, deps.now()))) {
    throw new HubError('conflict', 'The run does not wait for a reply.');
  }
  // Sealed by keepResult, from a state.
  const state = parseJson(deps.vault.open(run.sealedState, stateAt(id))) as RunState;
  const mode = run.mode === 'simulate' ? 'simulate' : 'live';
  const walking = walk(deps, { runId: id, asker: actor, mode, state, reply, origin: undefined });
  return resultOf(deps, id, walking, run.outcome);
}

/** What came of the walk, or after the caller's patience that it goes on. */
function resultOf(
  deps: Deps,
  id: string,
  walking: Promise<Walk>,
  earlier: JsonObject | undefined,
): Promise<RunResult> {
  const ending = walking.then((ended) => keepResult(deps, id, ended, earlier));
  const running: RunResult = { run_id: id, status: 'running', ...nothingTold };
  return firstOf(ending, running, deps.patienceMs ?? patienceMs, (error) =>
    deps.log.error({ ...traceOf(error), run: id }, 'the end of a run could not be stored'),
  );
}

function stateAt(id: string) {
  return { table: 'runs', id, field: 'sealed_state' };
}

/** A run as it stands now. Throws `not_found`, also for runs of what the actor may not run. */
export async function getRun(db: Knex, actor: Actor, id: string): Promise<RunResult> {
  const { run } = await findSeenRun(db, actor, id);
  return { run_id: run.id, status: run.status, ...readOutcome(run.outcome).told };
}

/** What has run longer than a run may was left by a process that is gone; it failed. Says how many there were. */
export async function settleInterruptedRuns(db: Knex, now: number, maxRunMs: number): Promise<number> {
  await endForgottenRuns(db, now);
  await deleteExpiredBotKeys(db, now);
  const message =
    'The hub stopped while this run was under way. Look at what it did before running it again.';
  const error = { code: 'internal', message, node: null };
  return failRunningRuns(
    db,
    { values: {}, transcript: [], error },
    { now, begunBefore: now - maxRunMs - 60_000 },
  );
}

/** Deletes runs older than the days that deliveries are kept, in small batches. */
export async function pruneRuns({
  db,
  config,
  now,
}: {
  db: Knex;
  config: Pick<Config, 'keepDeliveriesDays'>;
  now(): number;
}): Promise<void> {
  const before = now() - config.keepDeliveriesDays * 86_400_000;
  while ((await deleteOldRuns(db, before, pruneBatch)) === pruneBatch);
}

async function keepResult(
  deps: Deps,
  id: string,
  ended: Walk,
  earlier: JsonObject | undefined,
): Promise<EndedRun> {
  const { told, kept } = outcomeOf(ended, earlier);
  const { answer } = ended.state;
  const { shown, prompt } = saidIn(ended);
  if (prompt && !told.error) {
    const state = { ...ended.state, shown: [] };
    const sealed = deps.vault.seal(writeJson(state), stateAt(id));
    await suspendRun(deps.db, id, kept, sealed, deps.now() + waitMs);
    return { run_id: id, status: 'suspended', ...told, shown, prompt, answer };
  }
  const status = told.error ? 'failed' : 'done';
  await deps.commit((db) => endRun(db, id, status, kept, deps.now()));
  return { run_id: id, status, ...told, shown, prompt: null, answer };
}

function refuseDisabled(
  bot: { name: string; isDisabled: boolean },
  behavior: { title: string; isDisabled: boolean },
): void {
  if (bot.isDisabled) {
    throw new HubError('behavior_not_runnable', `The bot '${bot.name}' is disabled. Enable it first.`);
  }
  if (behavior.isDisabled) {
    throw new HubError(
      'behavior_not_runnable',
      `The behavior '${behavior.title}' is disabled. Enable it first.`,
    );
  }
}

/** What comes first: the end or the end of patience. A failure after that goes to `onLateError`. */
async function firstOf<T>(
  ending: Promise<T>,
  otherwise: T,
  waitMs: number,
  onLateError: (error: unknown) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  ending.catch((error) => {
    if (isLate) onLateError(error);
  });
  const patience = new Promise<T>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve(otherwise);
    }, waitMs);
  });
  try {
    return await Promise.race([ending, patience]);
  } finally {
    clearTimeout(timer);
  }
}
