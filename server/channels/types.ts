/** The table of channel types, by id. Nothing else names one. */
import type { ChannelType } from './channel.ts';
import { twitterChannel } from './twitter/twitter.ts';

export type ChannelTypes = ReadonlyMap<string, ChannelType>;

export const channelTypes: ChannelTypes = new Map([twitterChannel()].map((type) => [type.id, type]));

/** A type, by the version of its interface that a channel's settings name; undefined for one that is not known. */
export function findChannelType(
  types: ChannelTypes,
  id: string,
  version: string | null = null,
): ChannelType | undefined {
  const type = types.get(id);
  return version === null ? type : type?.versions?.get(version);
}
