/** A channel with all that pages and programs show of it. */
import type { BotRecord } from '../bots/bot.ts';
import { eventMessageReceived } from '../bots/event.ts';
import { listBehaviors } from '../bots/store.ts';
import type { ChannelType } from './channel.ts';
import { addressOf, type ChannelDeps, getBotOf } from './channels.ts';
import { isInCode } from './in-code.ts';
import { type Notice, noticesOf } from './notices.ts';
import type { Channel, Stream } from './records.ts';
import { typeOf } from './type-of.ts';

export interface ChannelOverview {
  channel: Channel;
  type: ChannelType;
  bot: BotRecord;
  /** Undefined where another channel took the address over. */
  address: { stream: Stream; url: string } | undefined;
  notices: Notice[];
}

export type Deps = Pick<ChannelDeps, 'db' | 'config' | 'types'>;

export async function overviewOf(deps: Deps, channel: Channel): Promise<ChannelOverview> {
  const type = typeOf(deps.types, channel);
  const bot = await getBotOf(deps.db, channel);
  const address = await addressOf(deps, channel.id);
  const isAnswered = isInCode(bot) || (await hasBehavior(deps, bot.id));
  const notices = noticesOf({ channel, type, bot, isAnswered, stream: address?.stream });
  return { channel, type, bot, address, notices };
}

async function hasBehavior({ db }: Deps, botId: string): Promise<boolean> {
  const behaviors = await listBehaviors(db, { botId }, { limit: 10_000 });
  return behaviors.some(({ event, isDisabled }) => event.key === eventMessageReceived && !isDisabled);
}
