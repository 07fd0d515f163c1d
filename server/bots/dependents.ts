/** What hangs on a record, among bots and behaviors; and its removal. */
import type { Knex } from 'knex';
import type { Owner } from '../people/actor.ts';
import { actionsOf, behaviorContext, eachNode } from './behavior.ts';
import { botContext } from './bot.ts';
import { accountContext, boundAccount } from './bound-accounts.ts';
import type { JsonObject } from './json-value.ts';
import {
  deleteBehavior,
  deleteBehaviorsOf,
  deleteBot,
  listBehaviors,
  listBehaviorsNaming,
  listBots,
} from './store.ts';

const workerContext = 'cerberusweb.contexts.worker';

export interface Dependent {
  /** Cerb's full id of its type. */
  context: string;
  id: string;
  label: string;
}

/**
 * Behaviors of a bot, behaviors whose actions are bound to an account (by id, or by its uri), behaviors
 * that name a behavior, bots of a worker; empty for other contexts. `uri` is the record's own, if it has one.
 */
export async function dependentsOf(
  db: Knex,
  context: string,
  id: string,
  uri: string | null = null,
): Promise<Dependent[]> {
  switch (context) {
    case botContext:
      return asDependents(await listBehaviors(db, { botId: id }, everything));
    case accountContext:
      return naming(db, [id, uri], (action) => boundAccount(action)?.id);
    case behaviorContext:
      return (await naming(db, [id, uri], (action) => action.behavior_id)).filter((one) => one.id !== id);
    case workerContext:
      return botsOwnedBy(db, { context: 'worker', id });
    default:
      return [];
  }
}

export async function botsOwnedBy(db: Knex, owner: Owner): Promise<Dependent[]> {
  const bots = await listBots(db, [owner], everything);
  return bots.map((bot) => ({ context: botContext, id: bot.id, label: bot.name }));
}

/** Deletes a bot with its behaviors, or a behavior; nothing for other contexts. */
export async function removeDependent(trx: Knex, { context, id }: Dependent): Promise<void> {
  if (context === behaviorContext) await deleteBehavior(trx, id);
  if (context === botContext) {
    await deleteBehaviorsOf(trx, id);
    await deleteBot(trx, id);
  }
}

const everything = { limit: 10_000 };

async function naming(
  db: Knex,
  names: readonly (string | null)[],
  nameOf: (action: JsonObject) => unknown,
): Promise<Dependent[]> {
  const found = new Map<string, Dependent>();
  for (const name of names) {
    if (!name) continue;
    const behaviors = (await listBehaviorsNaming(db, name)).filter((behavior) =>
      eachNode(behavior.nodes)
        .flatMap(actionsOf)
        .some((action) => nameOf(action.value) === name),
    );
    for (const one of asDependents(behaviors)) found.set(one.id, one);
  }
  return [...found.values()];
}

function asDependents(behaviors: readonly { id: string; title: string }[]): Dependent[] {
  return behaviors.map(({ id, title }) => ({ context: behaviorContext, id, label: title }));
}
