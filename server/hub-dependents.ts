/** What hangs on what: on a bot, a behavior or an account beside bots and behaviors themselves, and on an owner. */
import type { Knex } from 'knex';
import { botsOwnedBy, type Dependent } from './bots/dependents.ts';
import { channelsOn } from './channels/dependents.ts';
import { portalsOn, removePortal } from './chats/store-portals.ts';
import { accountsOwnedBy } from './connections/account-facts.ts';
import type { Owner } from './people/actor.ts';
import { listenersOn, removeListener } from './webhooks/store.ts';

/** Channels, webhook listeners and chat portals. */
export async function hangingOn(by: Knex, context: string, id: string): Promise<Dependent[]> {
  return [
    ...(await channelsOn(by, context, id)),
    ...(await listenersOn(by, context, id)),
    ...(await portalsOn(by, context, id)),
  ];
}

/** Deletes a listener or a portal; nothing for other contexts, channels among them. */
export async function removeHanging(trx: Knex, dependent: Dependent): Promise<void> {
  await removeListener(trx, dependent);
  await removePortal(trx, dependent);
}

/** Accounts and bots of an owner. */
export async function ownedBy(by: Knex, owner: Owner): Promise<Dependent[]> {
  return [...(await accountsOwnedBy(by, owner)), ...(await botsOwnedBy(by, owner))];
}
