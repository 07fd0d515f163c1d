/** The set-up list of a channel: which of its items are done, as far as the channel itself can tell. Pure. */
import type { ChannelType, SetUpItem } from './channel.ts';
import type { Channel } from './records.ts';

/** `open`: nobody but a person at the remote service can tell. */
export interface SetUpState extends SetUpItem {
  state: 'done' | 'to_do' | 'open' | 'not_needed';
}

export function setUpState(
  type: ChannelType,
  channel: Pick<
    Channel,
    'accountId' | 'label' | 'transport' | 'state' | 'isEnabled' | 'remoteUserId' | 'accessLevel'
  >,
): SetUpState[] {
  return type.setUp.map((item) => ({ ...item, state: stateOf(item.id, type, channel) }));
}

function stateOf(
  id: string,
  type: ChannelType,
  channel: Parameters<typeof setUpState>[1],
): SetUpState['state'] {
  const { accountId, label, transport, state, isEnabled, remoteUserId, accessLevel } = channel;
  const answered = remoteUserId !== null;
  switch (id) {
    case 'app':
    case 'oauth1':
      return answered ? 'done' : 'open';
    case 'permission':
      return answered ? done(type.mayDirect(accessLevel)) : 'open';
    case 'access':
      if (state === 'awaiting_provider_access') return 'to_do';
      return state === 'active' ? 'done' : 'open';
    case 'label':
      return transport === 'polling' ? 'not_needed' : done(label !== '');
    case 'keys':
      return done(accountId !== null);
    case 'authorize':
      return done(state === 'active');
    case 'enable':
      return done(isEnabled);
    default:
      return 'open';
  }
}

function done(isDone: boolean): 'done' | 'to_do' {
  return isDone ? 'done' : 'to_do';
}
