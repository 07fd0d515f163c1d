/** The type of a channel that is stored, in the version its settings name. Pure. */
import { HubError } from '../errors.ts';
import type { ChannelType } from './channel.ts';
import type { Channel } from './records.ts';
import { type ChannelTypes, findChannelType } from './types.ts';

export type { ChannelTypes };

/** Throws `conflict` for a type or version that this program does not know. */
export function typeOf(
  types: ChannelTypes,
  { type, settings }: Pick<Channel, 'type' | 'settings'>,
): ChannelType {
  const found = findChannelType(types, type, settings.version);
  if (found) return found;
  const what = settings.version === null ? type : `${type} ${settings.version}`;
  throw new HubError('conflict', `Channels of the type '${what}' are not known here.`);
}
