/** What a person has to be told of a channel, most urgent first. Pure. */
import type { ChannelType } from './channel.ts';
import type { Channel, Stream } from './records.ts';

export interface Notice {
  kind: 'info' | 'warn' | 'bad';
  text: string;
  /** Where it is mended. */
  link?: { href: string; text: string };
}

export interface Circumstances {
  channel: Channel;
  type: ChannelType;
  bot: { id: string; name: string; isDisabled: boolean };
  /** Some enabled behavior of the bot, or a program, answers a received message. */
  isAnswered: boolean;
  /** Undefined where another channel has the address. */
  stream: Stream | undefined;
}

const suspicious = 5;

export function noticesOf(circumstances: Circumstances): Notice[] {
  return [
    ...noticesOfAddress(circumstances),
    ...noticesOfState(circumstances),
    ...noticesOfBot(circumstances),
  ];
}

function noticesOfAddress({ channel, type, stream }: Circumstances): Notice[] {
  if (channel.transport === 'polling') return [];
  if (!stream) {
    const text = `Another channel took over the address of this one: it has the same app and ${type.label.name}. Give this one another app or label, save, then press Authorize.`;
    return [{ kind: 'bad', text: channel.lastError ?? text }];
  }
  const notices: Notice[] = [];
  if (stream.isPaused) {
    const text = 'The address is paused: challenges are answered, all else is refused.';
    notices.push({ kind: 'warn', text });
  }
  if (stream.badSignaturesInRow >= suspicious) {
    const text = `The last ${stream.badSignaturesInRow} requests on the address were not signed with the app's secret. Either the secret here is not the app's any more, or somebody else calls the address; an admin can replace it.`;
    notices.push({ kind: 'bad', text });
  }
  return notices;
}

function noticesOfState({ channel, type, stream }: Circumstances): Notice[] {
  const why = channel.lastError === null ? '' : ` ${channel.lastError}`;
  switch (channel.state) {
    case 'needs_authorize':
      if (!stream && channel.transport === 'webhook') return [];
      return [{ kind: 'warn', text: `Press Authorize: nothing is sent or registered before.${why}` }];
    case 'needs_permission': {
      const posts = type.mayPost(channel.accessLevel) ? ' Posts may be sent.' : '';
      const text = `The access token may not use direct messages.${posts} Change the permission of the app first, then make a new access token, enter it here and press Authorize: a token keeps the permission it was made with.`;
      return [{ kind: 'bad', text }];
    }
    case 'awaiting_provider_access': {
      const text = `${type.title} has not granted the app its access yet. That may take a while; press Authorize again then.${why}`;
      return [{ kind: 'warn', text }];
    }
    case 'blocked':
      return [{ kind: 'bad', text: `${type.title} locked the account or the app.${why}` }];
    case 'error':
      return [{ kind: 'bad', text: channel.lastError ?? 'Something failed. Press Authorize again.' }];
    default:
      if (channel.isValid !== false) return [];
      return [
        {
          kind: 'bad',
          text: `${type.title} holds the callback URL for invalid. Press Authorize to have it checked again.`,
        },
      ];
  }
}

function noticesOfBot({ channel, bot, isAnswered }: Circumstances): Notice[] {
  if (!channel.isEnabled) return [];
  if (bot.isDisabled) {
    const text = `The channel is enabled, but its bot '${bot.name}' is disabled: only people answer.`;
    return [{ kind: 'warn', text, link: { href: `/bots/${bot.id}/edit`, text: 'Edit the bot' } }];
  }
  if (isAnswered) return [];
  const text = `The channel is enabled, but the bot '${bot.name}' has no behavior for the event "Message received on a channel": only people answer.`;
  return [{ kind: 'warn', text, link: { href: `/behaviors/new?bot=${bot.id}`, text: 'New behavior' } }];
}
