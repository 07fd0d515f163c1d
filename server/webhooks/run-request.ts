/** Runs the behavior of a listener for a request that was kept: once, whoever comes first. */
import type { Knex } from 'knex';
import type { EndedRun, RunInput, RunResult } from '../bots/run.ts';
import { findBehavior, findBot } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import type { Vault } from '../vault.ts';
import { accepted, answerOfRun, type HookAnswer, refusal } from './answer.ts';
import { type Received, readReceived, scopeOfRequest } from './received.ts';
import { findListener } from './store.ts';
import { findRequest, noteRequest, takeRequest } from './store-requests.ts';
import type { WebhookListener } from './webhook-listener.ts';

export interface RunRequestDeps {
  db: Knex;
  vault: Vault;
  now(): number;
  /** Resolves with an EndedRun, or as `running` when its patience is over. */
  runBehavior(input: RunInput): Promise<RunResult | EndedRun>;
}

export const requestJob = 'answer webhook';

/** Job: a request that was answered 202, or whose process died before its run began. */
export async function workOnRequest(deps: RunRequestDeps, requestId: string): Promise<void> {
  const request = await findRequest(deps.db, requestId);
  if (request?.state !== 'new' || request.sealedRequest === null) return;
  const listener = await findListener(deps.db, request.listenerId);
  if (!listener) return;
  const received = readReceived(deps.vault.open(request.sealedRequest, placeOfRequest(request.id)));
  await runRequest(deps, { requestId, listener, received, isAwaited: false });
}

/**
 * Takes the request and runs the listener's behavior as its bot. Undefined when the request was taken before. What
 * died with its process in the middle of a run is not run again: nobody knows how far it came.
 */
export async function runRequest(
  deps: RunRequestDeps,
  {
    requestId,
    listener,
    received,
    isAwaited,
  }: {
    requestId: string;
    listener: WebhookListener;
    received: Received;
    /** The sender gets the answer; else it got its 202, or went away. */
    isAwaited: boolean;
  },
): Promise<HookAnswer | undefined> {
  if (!(await takeRequest(deps.db, requestId))) return undefined;
  const answered = (status: number) => (isAwaited ? { status, answeredAt: deps.now() } : {});
  try {
    const run = await deps.runBehavior(await inputOf(deps.db, listener, received));
    const answer = 'answer' in run ? answerOfRun(run) : accepted(requestId);
    await noteRequest(deps.db, requestId, { runId: run.run_id, ...answered(answer.status) });
    return answer;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    // Nothing ran, so the sender may try again under the same id.
    const status = error.status >= 500 ? 503 : 500;
    const failed = { state: 'failed', fault: error.message, replayKey: null } as const;
    await noteRequest(deps.db, requestId, { ...failed, ...answered(status) });
    return refusal(status, 'The behavior of this address could not run.');
  }
}

/** The run as the behavior's bot. Throws `not_found` when behavior or bot is gone. */
export async function inputOf(
  db: Knex,
  { behaviorId }: Pick<WebhookListener, 'behaviorId'>,
  received: Received,
): Promise<RunInput> {
  const behavior = behaviorId === null ? undefined : await findBehavior(db, behaviorId);
  const bot = behavior && (await findBot(db, behavior.botId));
  if (!behavior || !bot) throw new HubError('not_found', 'The behavior of this listener is gone.');
  const actor = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner } as const;
  return { actor, behavior: behavior.id, variables: {}, mode: 'live', scope: scopeOfRequest(received) };
}

/** Where the vault believes a kept request to be. */
export function placeOfRequest(id: string): { table: string; id: string; field: string } {
  return { table: 'webhook_requests', id, field: 'sealed_request' };
}
