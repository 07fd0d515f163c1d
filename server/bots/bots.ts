/** Bots made, changed and deleted by hand: who may, and what must hold. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Remark } from '../packages/record-type.ts';
import { type Actor, isSameOwner, mayGiveTo, mayUse, type Owner, ownersSeen } from '../people/actor.ts';
import type { Owners } from './accounts.ts';
import { type Bot, type BotRecord, botContext, botJson, parseBot } from './bot.ts';
import { type Dependent, dependentsOf, removeDependent } from './dependents.ts';
import type { JsonObject } from './json-value.ts';
import { findBot, insertBot, type ListPage, listBots, updateBot } from './store.ts';

export interface Deps {
  db: Knex;
  owners: Owners;
  /** Records of other features that hang on a bot. */
  otherDependents: {
    of(db: Knex, context: string, id: string): Promise<Dependent[]>;
    remove(trx: Knex, dependent: Dependent): Promise<void>;
  };
  now(): number;
  newId(): string;
}

/** The bot by id or uri. Throws `not_found`, also when the actor may not see it. */
export async function getBot(db: Knex, actor: Actor, idOrUri: string): Promise<BotRecord> {
  const bot = await findBot(db, idOrUri);
  if (!bot || !mayUse(actor, bot.owner))
    throw new HubError('not_found', 'There is no such bot, or you may not see it.');
  return bot;
}

/** The bots the actor may see: admins all, workers their own and their groups', others none. */
export async function listSeenBots(db: Knex, actor: Actor, page: ListPage): Promise<BotRecord[]> {
  return listBots(db, ownersSeen(actor), page);
}

/** Makes a bot from the fields parseBot reads. Throws `bad_request` with the faults. */
export async function createBot(
  deps: Deps,
  { actor, fields }: { actor: Actor; fields: JsonObject },
): Promise<string> {
  const bot = accept(parseBot(fields, ''));
  await checkOwner(deps, actor, bot.owner);
  const id = deps.newId();
  await insertBot(deps.db, id, bot, deps.now());
  return id;
}

/** Changes the fields that are given. */
export async function changeBot(
  deps: Deps,
  { actor, bot: name, fields }: { actor: Actor; bot: string; fields: JsonObject },
): Promise<void> {
  const { id, ...old } = await getBot(deps.db, actor, name);
  const bot: Bot = accept(parseBot({ ...botJson(old), ...fields }, ''));
  if (!isSameOwner(bot.owner, old.owner)) await checkOwner(deps, actor, bot.owner);
  await updateBot(deps.db, id, bot, deps.now());
}

/** Deletes a bot. Throws `in_use` with its behaviors and channels unless they shall go with it. */
export async function removeBot(
  deps: Deps,
  { actor, bot: name, withDependents }: { actor: Actor; bot: string; withDependents: boolean },
): Promise<void> {
  const bot = await getBot(deps.db, actor, name);
  await inTransaction(deps.db, async (trx) => {
    const others = await deps.otherDependents.of(trx, botContext, bot.id);
    const by = [...(await dependentsOf(trx, botContext, bot.id)), ...others];
    if (by.length > 0 && !withDependents) {
      const titles = by.map((one) => `'${one.label}'`).join(', ');
      throw new HubError(
        'in_use',
        `The bot '${bot.name}' is used by ${titles}. Delete them first or with it.`,
        {
          extra: { by },
        },
      );
    }
    for (const other of others) await deps.otherDependents.remove(trx, other);
    await removeDependent(trx, { context: botContext, id: bot.id, label: bot.name });
  });
}

/** The value of a reading, or `bad_request` with every fault. */
export function accept<T>(reading: { value: T; faults: Remark[]; unsupported: Remark[] }): T {
  const faults = [...reading.faults, ...reading.unsupported];
  if (faults.length === 0) return reading.value;
  const message = faults.map((fault) => fault.message).join(' ');
  throw new HubError('bad_request', message, { extra: { faults } });
}

async function checkOwner(deps: Deps, actor: Actor, owner: Owner): Promise<void> {
  if (!(await deps.owners.exists(owner))) {
    const message = 'The owner does not exist: choose the application, a group or a worker.';
    throw new HubError('bad_request', message, { extra: { faults: [{ path: '/owner', message }] } });
  }
  if (!mayGiveTo(actor, owner)) {
    throw new HubError(
      'forbidden',
      'You may give a bot to yourself or to a group of yours; only admins give one to the application or to others.',
    );
  }
}
