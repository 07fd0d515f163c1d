/** The table of channel types, by id. Nothing else names one. */
import { twitterChannel } from './twitter/twitter.ts';
import type { ChannelTypes } from './type-of.ts';

export const channelTypes: ChannelTypes = new Map([twitterChannel()].map((type) => [type.id, type]));
