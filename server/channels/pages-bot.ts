/** The Channels tab of a bot: its channels, and a tile for each type to add one. */
import { getBot } from '../bots/bots.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import {
  type ChannelDeps,
  createDraft,
  disableChannel,
  enableChannel,
  listChannelsOfBot,
} from './channels.ts';
import { type ChannelOverview, overviewOf } from './overview.ts';
import { failureOf, formText, idOf, worker } from './pages-visit.ts';
import { badgesOf } from './pages-words.ts';

export function botChannelPages(deps: ChannelDeps): PageRoute[] {
  return [
    worker('GET', '/bots/:id/channels', (visit, me) => list(deps, visit, me)),
    worker('POST', '/bots/:id/channels', async (visit, me) => {
      const type = formText(visit.form, 'type');
      const channel = await createDraft(deps, me, { bot: idOf(visit), type });
      return { redirect: `/channels/${channel.id}` };
    }),
    worker('POST', '/channels/:id/enable', (visit, me) => toggle(deps, visit, me, true)),
    worker('POST', '/channels/:id/disable', (visit, me) => toggle(deps, visit, me, false)),
  ];
}

async function list(deps: ChannelDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const bot = await getBot(deps.db, me, idOf(visit));
  const channels = await listChannelsOfBot(deps.db, me, bot.id);
  const overviews = await Promise.all(channels.map((channel) => overviewOf(deps, channel)));
  return {
    view: 'channels/bot-channels',
    model: {
      title: `Channels of ${bot.name}`,
      bot: { id: bot.id, name: bot.name },
      channels: overviews.map(summaryOf),
      types: Array.from(deps.types.values(), ({ id, title }) => ({ id, title })),
    },
  };
}

/** A channel as one tile of the list. */
function summaryOf({ channel, type, address, notices }: ChannelOverview): Record<string, unknown> {
  const { id, name, isEnabled, transport, isValid, lastCrcAt, lastEventAt, lastErrorAt, lastError } = channel;
  return {
    id,
    name,
    type: type.title,
    isEnabled,
    badges: badgesOf(channel),
    isPolling: transport === 'polling',
    valid: isValid === null ? 'not known yet' : isValid ? 'yes' : 'no',
    lastCrcAt,
    lastEventAt,
    lastErrorAt,
    lastError,
    accepted: address?.stream.accepted ?? 0,
    refused: address?.stream.refused ?? 0,
    notices,
  };
}

/** Enable or Disable, from the list or from the channel's own page. */
async function toggle(
  deps: ChannelDeps,
  visit: Visit,
  me: WorkerActor,
  isEnabled: boolean,
): Promise<PageAnswer> {
  const id = idOf(visit);
  const bot = formText(visit.form, 'bot');
  const back = /^[0-9A-Z]{26}$/.test(bot) ? `/bots/${bot}/channels` : `/channels/${id}`;
  try {
    await (isEnabled ? enableChannel : disableChannel)(deps, me, id);
  } catch (error) {
    return { redirect: back, notice: failureOf(error).message };
  }
  const notice = isEnabled
    ? 'The channel is enabled.'
    : 'The channel is disabled. Its address is answered all the same, and nothing is sent.';
  return { redirect: back, notice };
}
