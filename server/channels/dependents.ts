/** Channels as what hangs on a bot or on an account, in the words other features agree on. */
import type { Knex } from 'knex';
import { botContext } from '../bots/bot.ts';
import { accountContext } from '../connections/account.ts';
import type { Dependent } from '../connections/dependents.ts';
import { discardPasted } from '../connections/pasted-keys.ts';
import type { Vault } from '../vault.ts';
import { buryChannel, findChannel, listChannels } from './store-channels.ts';
import { eraseHooksOf } from './store-hooks.ts';
import { failPending } from './store-messages.ts';
import { endStreams } from './store-streams.ts';

/** Ours: Cerb has no channels of this kind. */
export const channelContext = 'countersign.contexts.channel';

export interface Deps {
  vault: Vault;
  now(): number;
  eraseDeliveriesOf(db: Knex, accountId: string): Promise<void>;
}

/** Channels of a bot, or of an account; empty for other contexts. */
export async function channelsOn(db: Knex, context: string, id: string): Promise<Dependent[]> {
  if (context !== botContext && context !== accountContext) return [];
  const channels = await listChannels(db, context === botContext ? { botId: id } : { accountId: id });
  return channels.map((channel) => ({ context: channelContext, id: channel.id, label: channel.name }));
}

/**
 * Deletes a channel with what it hangs on; its conversations stay. No network is asked here: the remote webhook
 * ends by itself, because its address answers 404 from now on.
 */
export async function removeChannelRows(
  deps: Deps,
  trx: Knex,
  { context, id }: Pick<Dependent, 'context' | 'id'>,
): Promise<void> {
  const channel = context === channelContext ? await findChannel(trx, id) : undefined;
  if (!channel) return;
  const now = deps.now();
  await failPending(trx, id, 'The channel was deleted before the message could be sent.');
  await buryChannel(trx, id, now);
  await endStreams(trx, id, now);
  await eraseHooksOf(trx, id);
  if (channel.ownsAccount && channel.accountId !== null) {
    await discardPasted(deps, trx, channel.accountId, { keepRecords: true });
  }
}
