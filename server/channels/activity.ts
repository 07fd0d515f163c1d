/** Tells a bot what happened on its channel beside messages: follows, likes, blocks; each event once. */
import type { Knex } from 'knex';
import { eventChannelActivity } from '../bots/event.ts';
import { findBot } from '../bots/store.ts';
import { enqueueJob } from '../jobs.ts';
import { behaviorsFor, type Deps, runBehaviors } from './answer.ts';
import type { ChannelEvent } from './channel.ts';
import type { Channel } from './records.ts';
import { findChannel } from './store-channels.ts';

export const activityJob = 'tell activity';

export interface Activity {
  /** Ours; the same however often the job runs. */
  id: string;
  channelId: string;
  type: string;
  at: number;
}

/** Enqueues the job where some behavior waits for it: typing and reading alone would make very many. */
export async function enqueueActivity(
  { now, newId }: Pick<Deps, 'now' | 'newId'>,
  trx: Knex.Transaction,
  channel: Channel,
  { type, at }: Extract<ChannelEvent, { kind: 'other' }>,
): Promise<void> {
  if (!channel.isEnabled) return;
  if ((await behaviorsFor(trx, channel.botId, eventChannelActivity)).length === 0) return;
  const payload: Activity = { id: newId(), channelId: channel.id, type, at };
  await enqueueJob(trx, { id: newId(), kind: activityJob, payload, runAt: now(), now: now() });
}

/** Job `tell activity`: every enabled behavior of the channel's bot that has the event runs, as the bot. */
export async function tellActivity(deps: Deps, { id, channelId, type, at }: Activity): Promise<void> {
  const channel = await findChannel(deps.db, channelId);
  const bot = channel && (await findBot(deps.db, channel.botId));
  if (!channel?.isEnabled || !bot || bot.isDisabled) return;
  await runBehaviors(deps, { bot, channel, event: eventChannelActivity }, (behavior, actor) => ({
    actor,
    behavior,
    variables: {},
    mode: 'live',
    scope: {
      activity_type: type,
      activity_at: Math.floor(at / 1000),
      channel_id: channel.id,
      channel_name: channel.name,
    },
    // It belongs to no conversation: there is nobody to reply to.
    origin: { conversationId: '', eventKey: id },
  }));
}
