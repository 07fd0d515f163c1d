/** What programs ask of channels: the tables of the other files here. */
import type { ApiRoute } from '../http/route.ts';
import { type Deps as ChannelRouteDeps, channelRoutes } from './api-channels.ts';
import { type Deps as ConversationDeps, conversationRoutes } from './api-conversations.ts';

export type Deps = ChannelRouteDeps & ConversationDeps;

export function channelsApi(deps: Deps): ApiRoute[] {
  return [...channelRoutes(deps), ...conversationRoutes(deps)];
}
