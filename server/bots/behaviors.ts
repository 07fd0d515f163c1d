/** Behaviors made, changed and deleted by hand: who may, and what must hold. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, mayUse, ownersSeen } from '../people/actor.ts';
import { type BehaviorRecord, behaviorContext, behaviorJson, parseBehavior } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import { accept, type Deps as BotDeps, getBot } from './bots.ts';
import { dependentsOf, removeDependent } from './dependents.ts';
import type { JsonObject } from './json-value.ts';
import {
  findBehavior,
  findBot,
  insertBehavior,
  type ListPage,
  listBehaviors,
  updateBehavior,
} from './store.ts';

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
}

export interface RemovalDeps extends Deps {
  /** Records of other features that hang on a behavior. */
  otherDependents: BotDeps['otherDependents'];
}

/** A behavior by id or uri, with its bot. Throws `not_found`, also when the actor may not see it. */
export async function findSeen(
  db: Knex,
  actor: Actor,
  idOrUri: string,
): Promise<{ behavior: BehaviorRecord; bot: BotRecord }> {
  const behavior = await findBehavior(db, idOrUri);
  const bot = behavior && (await findBot(db, behavior.botId));
  if (!behavior || !bot || !mayUse(actor, bot.owner)) {
    throw new HubError('not_found', 'There is no such behavior, or you may not see it.');
  }
  return { behavior, bot };
}

/** The behaviors the actor may see, all or of one bot (by id or uri; none for a bot it may not see). */
export async function listSeenBehaviors(
  db: Knex,
  actor: Actor,
  botName: string | undefined,
  page: ListPage,
): Promise<BehaviorRecord[]> {
  const owners = ownersSeen(actor);
  if (botName === undefined) return listBehaviors(db, { owners }, page);
  const bot = await findBot(db, botName);
  return bot ? listBehaviors(db, { owners, botId: bot.id }, page) : [];
}

/** Makes a behavior from the fields parseBehavior reads; `bot_id` takes a uri too. */
export async function createBehavior(
  deps: Deps,
  { actor, fields }: { actor: Actor; fields: JsonObject },
): Promise<string> {
  const behavior = accept(parseBehavior(fields, ''));
  const bot = await getBot(deps.db, actor, behavior.botId);
  const id = deps.newId();
  await insertBehavior(deps.db, id, { ...behavior, botId: bot.id }, deps.now());
  return id;
}

/**
 * Changes the fields that are given. With `version`, the time of the change that whoever asks has seen, throws
 * `conflict` when the behavior was changed since.
 */
export async function changeBehavior(
  deps: Deps,
  {
    actor,
    behavior: name,
    fields,
    version,
  }: { actor: Actor; behavior: string; fields: JsonObject; version?: number | undefined },
): Promise<void> {
  const { behavior: old } = await findSeen(deps.db, actor, name);
  const behavior = accept(parseBehavior({ ...behaviorJson(old), ...fields }, ''));
  const bot = await getBot(deps.db, actor, behavior.botId);
  const seen = version ?? old.updatedAt;
  if (seen === old.updatedAt) {
    const isSaved = await updateBehavior(deps.db, old.id, { ...behavior, botId: bot.id }, deps.now(), seen);
    if (isSaved) return;
  }
  throw new HubError('conflict', changedMeanwhile(old.title), { extra: { version: true } });
}

/** Deletes a behavior with its runs. Throws `in_use` while others name it, unless they shall go with it. */
export async function removeBehavior(
  deps: RemovalDeps,
  { actor, behavior: name, withDependents }: { actor: Actor; behavior: string; withDependents: boolean },
): Promise<void> {
  const { behavior } = await findSeen(deps.db, actor, name);
  await inTransaction(deps.db, async (trx) => {
    const others = await deps.otherDependents.of(trx, behaviorContext, behavior.id);
    const by = [...(await dependentsOf(trx, behaviorContext, behavior.id, behavior.uri)), ...others];
    if (by.length > 0 && !withDependents) {
      const titles = by.map((one) => `'${one.label}'`).join(', ');
      throw new HubError(
        'in_use',
        `The behavior '${behavior.title}' is used by ${titles}. Change them first.`,
        {
          extra: { by },
        },
      );
    }
    for (const one of by) await deps.otherDependents.remove(trx, one);
    await removeDependent(trx, { context: behaviorContext, id: behavior.id, label: behavior.title });
  });
}

/** What is said when somebody else was quicker. */
export function changedMeanwhile(title: string): string {
  return `The behavior '${title}' was changed meanwhile. Look at it as it is now, and make your change again.`;
}
