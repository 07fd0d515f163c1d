/** Why nothing goes out on a channel. Pure. */
import type { ChannelType, Outgoing } from './channel.ts';
import type { Channel } from './records.ts';

/** Undefined where it may go. A token without direct messages still posts, if it may. */
export function obstacleOf(
  channel: Pick<Channel, 'name' | 'isEnabled' | 'state' | 'accessLevel'>,
  type: Pick<ChannelType, 'mayPost'>,
  kind: Outgoing['kind'],
): string | undefined {
  const { name, isEnabled, state, accessLevel } = channel;
  if (!isEnabled) return `The channel '${name}' is disabled. It goes when the channel is enabled.`;
  if (state === 'active') return undefined;
  if (state !== 'needs_permission') {
    return `The channel '${name}' cannot send (${state.replaceAll('_', ' ')}). It goes when that is mended.`;
  }
  if (kind === 'post' && type.mayPost(accessLevel)) return undefined;
  const what = kind === 'post' ? 'posts' : 'direct messages';
  return `The access token of the channel '${name}' may not use ${what}. It goes once a token with that permission is authorized.`;
}
