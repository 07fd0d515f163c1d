/** The pages of channels: the tables of the other files here. */
import type { PageRoute } from '../http/route.ts';
import type { ChannelDeps } from './channels.ts';
import { botChannelPages } from './pages-bot.ts';
import { channelPages } from './pages-channel.ts';
import { type Deps as InboxDeps, inboxPages } from './pages-inbox.ts';
import { type Deps as TrialDeps, trialPages } from './pages-trial.ts';

export type Deps = ChannelDeps & InboxDeps & TrialDeps;

export function channelsPages(deps: Deps): PageRoute[] {
  return [...botChannelPages(deps), ...channelPages(deps), ...trialPages(deps), ...inboxPages(deps)];
}
