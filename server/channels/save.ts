/** Saving a channel: its keys or its account, label, transport and settings, and who gets the address. */
import type { Knex } from 'knex';
import type { BotRecord } from '../bots/bot.ts';
import { consumerOf } from '../connections/account-facts.ts';
import { getUsableAccount } from '../connections/accounts.ts';
import { changePasted, discardPasted, insertPasted, isUsedElsewhere } from '../connections/pasted-keys.ts';
import { openServiceOf } from '../connections/services.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import type { ChannelType, KeyField } from './channel.ts';
import { type ChannelDeps, changedMeanwhile, getBotOf, getChannel, newStreamId } from './channels.ts';
import type { Channel } from './records.ts';
import { releaseRemote, type Step } from './release.ts';
import { callRemote } from './remote.ts';
import { changeSettings, readLabel, readName, readTransport, type SettingsInput } from './settings.ts';
import { type ChannelChanges, changeChannel, findChannel } from './store-channels.ts';
import { findStreamOf, insertStream } from './store-streams.ts';
import { findHolder, takeOver } from './take-over.ts';
import { typeOf } from './type-of.ts';

/** The four keys by the names of `keyFields`; a blank one is not given, and keeps what is stored. */
export type Keys = Partial<Record<KeyField['key'], string>>;

/** What is absent stays as it is. `accountId` names a linked account in place of the keys, by id or uri. */
export interface ChannelInput {
  name?: string;
  label?: string;
  transport?: string;
  keys?: Keys;
  accountId?: string;
  settings?: SettingsInput;
}

export interface Saved {
  channel: Channel;
  /** Sentences for the person who saved. */
  notices: string[];
  /** What was ended at the remote service because keys, label or transport changed. */
  report: Step[];
}

/**
 * Saves. Other keys, another account, label or transport leave the old webhook, and the channel needs Authorize
 * again. Throws `bad_request` with the faults by field, `conflict`, `forbidden`.
 */
export async function saveChannel(
  deps: ChannelDeps,
  actor: Actor,
  id: string,
  input: ChannelInput,
): Promise<Saved> {
  const before = await getChannel(deps.db, actor, id);
  const bot = await getBotOf(deps.db, before);
  const type = typeOf(deps.types, before);
  const keys = readKeys(type, before, input);
  const accountId = await readAccount(deps, actor, bot, type, before, input);
  const changes: ChannelChanges = {
    name: readName(input.name ?? before.name),
    label: readLabel(input.label ?? before.label, type),
    transport: readTransport(input.transport ?? before.transport),
    settings: changeSettings(before.settings, input.settings ?? {}, type),
  };
  const isOther =
    keys !== undefined ||
    accountId !== before.accountId ||
    changes.label !== before.label ||
    changes.transport !== before.transport;
  const report = isOther ? await releaseRemote(deps, before) : [];
  const isDiscarding = before.ownsAccount && keys === undefined && accountId !== before.accountId;
  const keepRecords =
    isDiscarding && before.accountId !== null && (await isUsedElsewhere(deps, before.accountId, id));
  const taken = await inTransaction(deps.db, async (trx) => {
    const kept = keys === undefined ? accountId : await keepKeys(deps, trx, bot, type, before, keys);
    const account: ChannelChanges = {
      accountId: kept,
      ownsAccount: keys !== undefined || (before.ownsAccount && kept === before.accountId),
    };
    const changed = { ...changes, ...account, ...(isOther && fresh(kept)) };
    if (!(await changeChannel(trx, before, changed, deps.now()))) throw changedMeanwhile(before);
    if (isDiscarding && before.accountId !== null)
      await discardPasted(deps, trx, before.accountId, { keepRecords });
    return settleAddress(deps, trx, id, isOther);
  });
  const notices = taken ? [await announce(deps, type, taken)] : [];
  return { channel: await getChannel(deps.db, actor, id), notices, report };
}

/** What a channel knows of the remote service is void once it speaks with other keys. */
function fresh(accountId: string | null): ChannelChanges {
  return {
    state: accountId === null ? 'draft' : 'needs_authorize',
    remoteUserId: null,
    remoteUserName: null,
    accessLevel: null,
    remoteWebhookId: null,
    isValid: null,
    lastError: null,
    lastErrorAt: null,
    pollCursors: {},
  };
}

/** The keys that were typed; undefined when none was. New ones have to be complete. */
function readKeys(type: ChannelType, before: Channel, { keys = {} }: ChannelInput): Keys | undefined {
  const given = type.keyFields.filter(({ key }) => (keys[key] ?? '').trim() !== '');
  if (given.length === 0) return undefined;
  const missing = before.ownsAccount ? [] : type.keyFields.filter((field) => !given.includes(field));
  if (missing.length > 0) {
    const faults = missing.map(({ key, label }) => ({
      path: `/keys/${key}`,
      message: `${label} is missing.`,
    }));
    const message = faults.map((fault) => fault.message).join(' ');
    throw new HubError('bad_request', message, { extra: { faults } });
  }
  return Object.fromEntries(given.map(({ key }) => [key, keys[key]?.trim() ?? '']));
}

/** The account chosen in place of keys, or the one there is. The bot has to be allowed to use it, and the actor. */
async function readAccount(
  deps: ChannelDeps,
  actor: Actor,
  bot: BotRecord,
  type: ChannelType,
  before: Channel,
  { accountId }: ChannelInput,
): Promise<string | null> {
  if (accountId === undefined || accountId === '' || accountId === before.accountId) return before.accountId;
  const account = await getUsableAccount(deps, actor, accountId);
  await getUsableAccount(deps, { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner }, account.id);
  const { service } = await openServiceOf(deps, account.serviceId);
  const wanted = type.service('key', 'secret').extension_id;
  if (service.extensionId === wanted) return account.id;
  const message = `A ${type.title} channel needs an account of a service by '${wanted}'; '${service.name}' is one by '${service.extensionId}'.`;
  throw new HubError('bad_request', message, { extra: { faults: [{ path: '/account_id', message }] } });
}

async function keepKeys(
  deps: ChannelDeps,
  trx: Knex,
  bot: BotRecord,
  type: ChannelType,
  channel: Channel,
  keys: Keys,
): Promise<string> {
  const { client_id: clientId = '', client_secret: clientSecret = '', ...credentials } = keys;
  if (channel.ownsAccount && channel.accountId !== null) {
    const service = {
      ...(clientId && { client_id: clientId }),
      ...(clientSecret && { client_secret: clientSecret }),
    };
    await changePasted(deps, trx, channel.accountId, { service, credentials });
    return channel.accountId;
  }
  return insertPasted(deps, trx, {
    name: `${type.title} of ${bot.name}`.slice(0, 255),
    owner: bot.owner,
    service: type.service(clientId, clientSecret),
    credentials,
  });
}

/** One address for an app and a label: the channel saved last gets the one of the channel before, which is told. */
async function settleAddress(
  deps: ChannelDeps,
  trx: Knex.Transaction,
  id: string,
  isOther: boolean,
): Promise<{ from: Channel; to: Channel } | undefined> {
  const channel = await findChannel(trx, id);
  if (!channel) return undefined;
  const stream = await findStreamOf(trx, id);
  const holder =
    isOther || !stream
      ? await findHolder(trx, channel, (accountId) => consumerOf({ ...deps, db: trx }, accountId))
      : undefined;
  if (holder && isOther) {
    await takeOver(trx, holder, channel, deps.now());
    return { from: holder, to: channel };
  }
  if (!stream && !holder) await insertStream(trx, newStreamId(deps), id, deps.now());
  return undefined;
}

/** Ends the subscription of the channel that lost its address, as far as that goes. */
async function announce(
  deps: ChannelDeps,
  type: ChannelType,
  { from, to }: { from: Channel; to: Channel },
): Promise<string> {
  if (from.remoteUserId !== null) {
    await callRemote(deps, from, type.registration.unsubscribe(from.label, from.remoteUserId));
  }
  return `'${to.name}' took over the address of the channel '${from.name}', which has the same app and ${type.label.name}: an address names one bot. To use '${from.name}' again, give it another app or label.`;
}
