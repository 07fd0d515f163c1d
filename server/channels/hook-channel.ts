/** Which channel an address names, and the secret that its requests are signed with. Reads only. */
import type { Knex } from 'knex';
import { consumerOf } from '../connections/account-facts.ts';
import type { Providers } from '../connections/service.ts';
import type { Vault } from '../vault.ts';
import type { ChannelType } from './channel.ts';
import type { Channel, Stream } from './records.ts';
import { findChannel } from './store-channels.ts';
import { findStream } from './store-streams.ts';
import { type ChannelTypes, typeOf } from './type-of.ts';

export interface Deps {
  db: Knex;
  vault: Vault;
  providers: Providers;
  types: ChannelTypes;
}

export interface HookChannel {
  stream: Stream;
  channel: Channel;
  type: ChannelType;
  /** The consumer secret; '' while the channel has no account, and nothing is proved by that. */
  secret: string;
}

/**
 * Undefined for an address that never was, has ended, or names no channel any more. Nothing is remembered: a
 * challenge that comes while keys are being changed is answered with the new ones, in every process.
 */
export async function findHookChannel(deps: Deps, streamId: string): Promise<HookChannel | undefined> {
  if (!/^[\w-]{22,64}$/.test(streamId)) return undefined;
  const stream = await findStream(deps.db, streamId);
  if (!stream || stream.endedAt !== null || stream.channelId === null) return undefined;
  const channel = await findChannel(deps.db, stream.channelId);
  if (!channel) return undefined;
  const consumer = channel.accountId === null ? undefined : await consumerOf(deps, channel.accountId);
  return { stream, channel, type: typeOf(deps.types, channel), secret: consumer?.secret ?? '' };
}
