/** Deleting a channel, for good: remote webhook, address, keys, and the conversations if that was chosen. */

import { consumerOf } from '../connections/account-facts.ts';
import { discardPasted, isUsedElsewhere } from '../connections/pasted-keys.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../people/actor.ts';
import { type ChannelDeps, changedMeanwhile, getChannel } from './channels.ts';
import { releaseRemote, type Step } from './release.ts';
import { buryChannel, eraseChannel } from './store-channels.ts';
import { eraseHooksOf } from './store-hooks.ts';
import { failPending } from './store-messages.ts';
import { endStreams } from './store-streams.ts';

/**
 * What cannot be ended at the remote service is told, and does not stop the rest. The address answers 404 for ever.
 * An account that was made of the channel's keys goes too, unless something else uses it: then only its keys go.
 */
export async function deleteChannel(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
  { conversations }: { conversations: 'keep' | 'erase' },
): Promise<{ report: Step[] }> {
  const channel = await getChannel(deps.db, actor, id);
  const { accountId } = channel;
  const report = await releaseRemote(deps, channel);
  const consumer = accountId === null ? undefined : await consumerOf(deps, accountId);
  const keepRecords = accountId !== null && (await isUsedElsewhere(deps, accountId, id));
  const now = deps.now();
  await inTransaction(deps.db, async (trx) => {
    if (!(await buryChannel(trx, id, now))) throw changedMeanwhile(channel);
    await endStreams(trx, id, now);
    await eraseHooksOf(trx, id);
    await failPending(trx, id, 'The channel was deleted before the message could be sent.');
    if (conversations === 'erase') await eraseChannel(trx, id);
    if (accountId !== null && channel.ownsAccount) await discardPasted(deps, trx, accountId, { keepRecords });
  });
  if (consumer) deps.appTokens.delete(consumer.key);
  return { report };
}
