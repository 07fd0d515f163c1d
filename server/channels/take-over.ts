/** One address for one app and label: which channel holds it, and handing it on. */
import type { Knex } from 'knex';
import type { Channel } from './records.ts';
import { listChannels, moveChannel, noteOnChannel } from './store-channels.ts';
import { endStreams, findStreamOf, moveStream } from './store-streams.ts';

/** The other channel with the same app and label that has an address; undefined when there is none. */
export async function findHolder(
  db: Knex,
  channel: Channel,
  consumerOf: (accountId: string) => Promise<{ key: string } | undefined>,
): Promise<Channel | undefined> {
  if (channel.transport !== 'webhook' || channel.label === '' || channel.accountId === null) return undefined;
  const mine = await consumerOf(channel.accountId);
  const others = await listChannels(db, { type: channel.type, label: channel.label, transport: 'webhook' });
  for (const other of others) {
    if (other.id === channel.id || other.accountId === null || !mine) continue;
    const theirs = await consumerOf(other.accountId);
    if (theirs?.key === mine.key && (await findStreamOf(db, other.id))) return other;
  }
  return undefined;
}

/** Gives the address of one channel to another, whose own ends for ever. */
export async function takeOver(trx: Knex, from: Channel, to: Channel, now: number): Promise<void> {
  const stream = await findStreamOf(trx, from.id);
  if (!stream || !(await moveStream(trx, stream.id, from.id, to.id))) return;
  await endStreams(trx, to.id, now, stream.id);
  await moveChannel(trx, from.id, 'any', 'needs_authorize', now);
  await noteOnChannel(trx, from.id, {
    remoteWebhookId: null,
    isValid: null,
    lastErrorAt: now,
    lastError: `The channel '${to.name}' took over this channel's address: it has the same app and label. Give this one another app or label, then press Authorize.`,
  });
}
