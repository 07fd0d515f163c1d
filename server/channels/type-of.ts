/** Finding a channel's type in the registry. Pure. */
import { HubError } from '../errors.ts';
import type { ChannelType } from './channel.ts';
import type { Channel } from './records.ts';

/** By id; `types.ts` is the table. */
export type ChannelTypes = ReadonlyMap<string, ChannelType>;

/** The type by its id. Throws `bad_request` for one that is not known. */
export function getType(types: ChannelTypes, id: string): ChannelType {
  const type = types.get(id);
  if (type) return type;
  throw new HubError(
    'bad_request',
    `There is no channel type '${id}'; known are ${[...types.keys()].join(', ')}.`,
  );
}

/** The type of a channel, in the version its settings name. Throws `conflict` for one that is not known any more. */
export function typeOf(
  types: ChannelTypes,
  channel: Pick<Channel, 'type' | 'name' | 'settings'>,
): ChannelType {
  const { version } = channel.settings;
  const type = types.get(channel.type);
  const found = version === null ? type : type?.versions?.get(version);
  if (found) return found;
  const what = version === null ? channel.type : `${channel.type} ${version}`;
  throw new HubError(
    'conflict',
    `The channel '${channel.name}' is of the type '${what}', which is not known here.`,
  );
}
