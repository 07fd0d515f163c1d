/** Channels: find, make, enable, disable, and their addresses. Who may use the bot may use its channels. */
import type { Knex } from 'knex';
import type { BotRecord } from '../bots/bot.ts';
import { getBot } from '../bots/bots.ts';
import { findBot, listBots } from '../bots/store.ts';
import type { Config } from '../config.ts';
import type { Dependents } from '../connections/dependents.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isAdmin, mayUse, ownersSeen } from '../people/actor.ts';
import { enqueueSending } from './outbox.ts';
import { type Channel, defaultSettings, type Stream, streamUrl } from './records.ts';
import { releaseRemote, type Step } from './release.ts';
import type { RemoteDeps } from './remote.ts';
import { readName } from './settings.ts';
import { changeChannel, findChannel, insertChannel, listChannels, setEnabled } from './store-channels.ts';
import { releaseParked } from './store-messages.ts';
import { endStreams, findStreamOf, insertStream, setPaused } from './store-streams.ts';

export interface ChannelDeps extends RemoteDeps {
  config: Pick<Config, 'url'>;
  newId(): string;
  dependents: Pick<Dependents, 'of'>;
  eraseDeliveriesOf(db: Knex, accountId: string): Promise<void>;
}

/** Throws `not_found`, also for a channel of a bot that the actor may not use. */
export async function getChannel(db: Knex, actor: Actor, id: string): Promise<Channel> {
  const channel = await findChannel(db, id);
  const bot = channel && (await findBot(db, channel.botId));
  if (channel && bot && mayUse(actor, bot.owner)) return channel;
  throw new HubError('not_found', 'There is no such channel, or you may not see it.');
}

/** By name. Throws `not_found` for a bot that the actor may not use. */
export async function listChannelsOfBot(db: Knex, actor: Actor, bot: string): Promise<Channel[]> {
  return listChannels(db, { botId: (await getBot(db, actor, bot)).id });
}

/** Every channel the actor may see, by name. */
export async function listSeenChannels(db: Knex, actor: Actor): Promise<Channel[]> {
  const owners = ownersSeen(actor);
  if (owners === 'all') return listChannels(db);
  const bots = await listBots(db, owners, { limit: 10_000 });
  return listChannels(db, { botIds: bots.map(({ id }) => id) });
}

/** A channel without keys, whose address is there at once: people have to enter it elsewhere before they get keys. */
export async function createDraft(
  deps: ChannelDeps,
  actor: Actor,
  { bot: botName, type: typeId, name }: { bot: string; type: string; name?: string },
): Promise<Channel> {
  const bot = await getBot(deps.db, actor, botName);
  const type = deps.types.get(typeId);
  if (!type) {
    const known = [...deps.types.keys()].join(', ');
    throw new HubError('bad_request', `There is no channel type '${typeId}'; known are: ${known}.`);
  }
  const now = deps.now();
  const channel: Channel = {
    ...blank,
    id: deps.newId(),
    botId: bot.id,
    type: type.id,
    name: readName(name ?? type.title),
    createdAt: now,
    updatedAt: now,
  };
  await inTransaction(deps.db, async (trx) => {
    await insertChannel(trx, channel);
    await insertStream(trx, newStreamId(deps), channel.id, now);
  });
  return channel;
}

/** False when it was enabled already. Throws `conflict` while the channel has no account. */
export async function enableChannel(deps: ChannelDeps, actor: Actor, id: string): Promise<boolean> {
  const channel = await getChannel(deps.db, actor, id);
  if (channel.accountId === null) {
    const message = 'Enter the keys of the channel, or choose a linked account, and press Authorize first.';
    throw new HubError('conflict', message);
  }
  return inTransaction(deps.db, async (trx) => {
    await releaseOutbox(deps, trx, channel.id);
    return setEnabled(trx, id, true, deps.now());
  });
}

/** The webhook stays and is answered; nothing that comes in is acted upon, nothing goes out. */
export async function disableChannel(deps: ChannelDeps, actor: Actor, id: string): Promise<boolean> {
  await getChannel(deps.db, actor, id);
  return setEnabled(deps.db, id, false, deps.now());
}

/** What was parked goes to be sent; what may not go yet is held again. */
export async function releaseOutbox(
  deps: Pick<ChannelDeps, 'now' | 'newId'>,
  trx: Knex.Transaction,
  channelId: string,
): Promise<void> {
  for (const messageId of await releaseParked(trx, channelId)) {
    await enqueueSending(deps, trx, messageId, deps.now());
  }
}

/** The channel's address as the remote service calls it; undefined when another channel took it over. */
export async function addressOf(
  { db, config }: Pick<ChannelDeps, 'db' | 'config'>,
  channelId: string,
): Promise<{ stream: Stream; url: string } | undefined> {
  const stream = await findStreamOf(db, channelId);
  return stream && { stream, url: streamUrl(config, stream.id) };
}

/** 256 random bits. */
export function newStreamId({ randomBytes }: Pick<ChannelDeps, 'randomBytes'>): string {
  return Buffer.from(randomBytes(32)).toString('base64url');
}

/** Stops or resumes accepting on the channel's address; challenges are answered all the same. Admins only. */
export async function pauseStream(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
  isPaused: boolean,
): Promise<boolean> {
  const { stream } = await getAddress(deps, actor, id);
  return setPaused(deps.db, stream.id, isPaused);
}

/** Ends the channel's address for ever and gives it a new one, which Authorize has to register. Admins only. */
export async function replaceStream(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
): Promise<{ url: string; report: Step[] }> {
  const { channel } = await getAddress(deps, actor, id);
  const report = await releaseRemote(deps, channel);
  const streamId = newStreamId(deps);
  const now = deps.now();
  await inTransaction(deps.db, async (trx) => {
    await endStreams(trx, id, now);
    await insertStream(trx, streamId, id, now);
    const isWaiting = channel.accountId !== null && channel.transport === 'webhook';
    const changes = {
      remoteWebhookId: null,
      isValid: null,
      ...(isWaiting && { state: 'needs_authorize' as const }),
    };
    if (!(await changeChannel(trx, channel, changes, now))) throw changedMeanwhile(channel);
  });
  return { url: streamUrl(deps.config, streamId), report };
}

export function changedMeanwhile({ name }: Pick<Channel, 'name'>): HubError {
  return new HubError(
    'conflict',
    `The channel '${name}' was changed meanwhile. Look at it again, then save.`,
  );
}

/** The bot of a channel. */
export async function getBotOf(db: Knex, channel: Channel): Promise<BotRecord> {
  const bot = await findBot(db, channel.botId);
  if (bot) return bot;
  throw new HubError('not_found', `The bot of the channel '${channel.name}' is gone.`);
}

async function getAddress(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
): Promise<{ channel: Channel; stream: Stream }> {
  const channel = await getChannel(deps.db, actor, id);
  if (!isAdmin(actor)) throw new HubError('forbidden', 'Only admins may pause or replace an address.');
  const stream = await findStreamOf(deps.db, id);
  if (stream) return { channel, stream };
  throw new HubError(
    'conflict',
    `The address of the channel '${channel.name}' was taken over by another one.`,
  );
}

const blank: Omit<Channel, 'id' | 'botId' | 'type' | 'name' | 'createdAt' | 'updatedAt'> = {
  accountId: null,
  ownsAccount: false,
  label: '',
  transport: 'webhook',
  state: 'draft',
  isEnabled: false,
  enabledAt: null,
  settings: defaultSettings,
  remoteUserId: null,
  remoteUserName: null,
  accessLevel: null,
  remoteWebhookId: null,
  isValid: null,
  lastCrcAt: null,
  lastEventAt: null,
  lastErrorAt: null,
  lastError: null,
  pollCursors: {},
};
