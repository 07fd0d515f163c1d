/** The job behind a request on a channel's address: reads it, applies its events, gives up after five tries. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { enqueueJob } from '../jobs.ts';
import { JsonError, parseJson } from '../json.ts';
import type { Actor } from '../people/actor.ts';
import type { RemotePerson } from './channel.ts';
import { getChannel } from './channels.ts';
import { applyEvents, type Deps as EventDeps } from './events.ts';
import type { Channel, HookOutcome, HookRequest } from './records.ts';
import { findChannel, noteOnChannel } from './store-channels.ts';
import { deleteOldHooks, findHook, finishHook, noteHookFault, renewHook, takeHook } from './store-hooks.ts';
import { typeOf } from './type-of.ts';

export const hookJob = 'process hook';

const maxTries = 5;
const dayMs = 86_400_000;
const batchSize = 500;

/** Payload `{hookId}`. A process that dies over a request has used up one of its tries. */
export async function processHook(deps: EventDeps, { hookId }: { hookId: string }): Promise<void> {
  const isTaken = await takeHook(deps.db, hookId, maxTries);
  const hook = await findHook(deps.db, hookId);
  if (hook?.outcome !== 'new') return;
  if (!isTaken) return giveUp(deps, hook, hook.lastError ?? 'The process ended while it was at work on it.');
  try {
    await finishHook(deps.db, hook.id, await apply(deps, hook), deps.now());
  } catch (error) {
    const reason = reasonOf(error);
    if (hook.tries >= maxTries || error instanceof JsonError) return giveUp(deps, hook, reason);
    await noteHookFault(deps.db, hook.id, reason);
    throw error;
  }
}

/** Has a request that failed, or came while the channel was disabled, processed after all. */
export async function replayHook(
  deps: { db: Knex; now(): number; newId(): string },
  actor: Actor,
  input: { channel: string; hook: string },
): Promise<void> {
  const channel = await getChannel(deps.db, actor, input.channel);
  const hook = await findHook(deps.db, input.hook);
  if (hook?.channelId !== channel.id) throw new HubError('not_found', 'There is no such request.');
  if (!(await renewHook(deps.db, hook.id))) {
    throw new HubError('conflict', 'This request was processed, or its body was not kept.');
  }
  const now = deps.now();
  await enqueueJob(deps.db, {
    id: deps.newId(),
    kind: hookJob,
    payload: { hookId: hook.id },
    runAt: now,
    now,
  });
}

/** Deletes requests and events older than the days kept, in batches that hold no lock for long. */
export async function pruneHooks(deps: {
  db: Knex;
  config: Pick<Config, 'keepDeliveriesDays'>;
  now(): number;
}): Promise<void> {
  const before = deps.now() - deps.config.keepDeliveriesDays * dayMs;
  while ((await deleteOldHooks(deps.db, before, batchSize)) >= batchSize);
}

/** The channel's own account, as events are read for it; undefined before the keys were verified. */
export function selfOf({ remoteUserId, remoteUserName }: Channel): RemotePerson | undefined {
  if (remoteUserId === null) return undefined;
  return { id: remoteUserId, name: remoteUserName, handle: remoteUserName, imageUrl: null };
}

async function apply(deps: EventDeps, hook: HookRequest): Promise<HookOutcome> {
  const channel = hook.channelId === null ? undefined : await findChannel(deps.db, hook.channelId);
  const self = channel && selfOf(channel);
  if (!channel || !self || hook.body === null) return 'unroutable';
  const type = typeOf(deps.types, channel);
  const body = parseJson(hook.body);
  const user = type.forUser(body);
  if (user !== undefined && user !== self.id) return 'unroutable';
  await applyEvents(deps, channel, type.parse(body, self));
  return 'done';
}

async function giveUp(deps: EventDeps, hook: HookRequest, reason: string): Promise<void> {
  await finishHook(deps.db, hook.id, 'poison', deps.now(), reason);
  if (hook.channelId === null) return;
  const lastError = `A request on the channel's address could not be processed and was set aside: ${reason}`;
  await noteOnChannel(deps.db, hook.channelId, { lastError, lastErrorAt: deps.now() });
}

/** Words of ours, or the kind of the fault: the message of another error may hold what was received. */
function reasonOf(error: unknown): string {
  if (error instanceof HubError || error instanceof JsonError) return error.message;
  return error instanceof Error ? `${error.name} while processing.` : 'A fault while processing.';
}
