/** The kinds of records that behaviors reach, each from its room. Of services and accounts the facts, never a secret. */

import type { JsonObject } from './bots/json-value.ts';
import {
  type Deps as BotRecordDeps,
  behaviorKind,
  botKind,
  ownerKeys,
  type RecordKind,
  searchPages,
  seconds,
} from './bots/record-kinds.ts';
import type { RecordQuery } from './bots/record-query.ts';
import { findBehavior, findBot } from './bots/store.ts';
import { conversationJson, messageJson } from './channels/api-words.ts';
import {
  type Deps as ConversationDeps,
  getConversation,
  listConversations,
  listThread,
} from './channels/conversations.ts';
import { accountContext, type ConnectedAccount } from './connections/account.ts';
import { getUsableAccount } from './connections/accounts.ts';
import { type ConnectedService, serviceContext } from './connections/service.ts';
import { listAccounts } from './connections/store-accounts.ts';
import { findService, listServices } from './connections/store-services.ts';
import { HubError } from './errors.ts';
import { type Actor, mayUse, ownersSeen } from './people/actor.ts';
import { findListener, listListeners } from './webhooks/store.ts';
import { type ListenerRecord, listenerContext } from './webhooks/webhook-listener.ts';

export type Deps = BotRecordDeps & { conversations: ConversationDeps };

export function recordKinds(deps: Deps): RecordKind[] {
  return [
    botKind(deps),
    behaviorKind(deps),
    accountKind(deps),
    serviceKind(deps),
    listenerKind(deps),
    conversationKind(deps),
    messageKind(deps),
  ];
}

function accountKind(deps: Deps): RecordKind {
  return {
    context: accountContext,
    names: ['connected_account', 'connected account', 'connected accounts'],
    one: 'connected account',
    words: ['id', 'uri', 'name', 'owner', 'service', 'status'],
    search: (actor, query) =>
      searchPages(query, async ({ limit, after }) => {
        const owners = ownersSeen(actor);
        const filter = owners === 'all' ? owners : { owners };
        const { items } = await listAccounts(deps.db, filter, { limit, ...(after && { after }) });
        return items.map(accountRecord);
      }),
    find: async (actor, ref) => accountRecord(await getUsableAccount(deps, actor, ref)),
  };
}

/** Services belong to admins, so the application's bots alone see them. */
function serviceKind({ db }: Deps): RecordKind {
  const isSeen = (actor: Actor) => mayUse(actor, { context: 'app', id: '0' });
  return {
    context: serviceContext,
    names: ['connected_service', 'connected service', 'connected services'],
    one: 'connected service',
    words: ['id', 'uri', 'name'],
    search: (actor, query) =>
      searchPages(query, async ({ limit, after }) => {
        if (!isSeen(actor)) return [];
        const { items } = await listServices(db, { limit, ...(after && { after }) });
        return items.map(serviceRecord);
      }),
    async find(actor, ref) {
      const service = isSeen(actor) ? await findService(db, ref) : undefined;
      return serviceRecord(service ?? notFound('connected service'));
    },
  };
}

/** Of the behaviors whose bot's owner is the asking bot's; without the secret part of their addresses. */
function listenerKind({ db }: Deps): RecordKind {
  const isSeen = async (actor: Actor, { behaviorId }: ListenerRecord) => {
    const behavior = behaviorId === null ? undefined : await findBehavior(db, behaviorId);
    const bot = behavior && (await findBot(db, behavior.botId));
    return bot !== undefined && mayUse(actor, bot.owner);
  };
  return {
    context: listenerContext,
    names: ['webhook_listener', 'webhook listener', 'webhook listeners'],
    one: 'webhook listener',
    words: ['id', 'name'],
    async search(actor, query) {
      const found = await searchPages({ ...query, limit: 200 }, async ({ limit, after }) => {
        const { items } = await listListeners(db, { limit, ...(after && { after }) });
        return items.map(listenerRecord);
      });
      const seen: JsonObject[] = [];
      for (const record of found) {
        const listener = await findListener(db, String(record.id));
        if (listener && (await isSeen(actor, listener))) seen.push(record);
      }
      return seen.slice(0, query.limit);
    },
    async find(actor, id) {
      const listener = await findListener(db, id);
      if (!listener || !(await isSeen(actor, listener))) return notFound('webhook listener');
      return listenerRecord(listener);
    },
  };
}

function conversationKind({ conversations }: Deps): RecordKind {
  const record = (found: Parameters<typeof conversationJson>[0]) => {
    const label = found.contact?.name ?? found.conversation.id;
    return { _context: 'conversation', _label: label, ...conversationJson(found) };
  };
  return {
    context: 'countersign.contexts.conversation',
    names: ['conversation', 'conversations'],
    one: 'conversation',
    words: ['channel', 'state'],
    async search(actor, query) {
      const state = only(query, 'state');
      if (state !== undefined && state !== 'open' && state !== 'closed') {
        throw new HubError('bad_request', 'A conversation is state:open or state:closed.');
      }
      const channelId = only(query, 'channel');
      return (await listConversations(conversations, { actor, channelId, state, limit: query.limit })).map(
        record,
      );
    },
    find: async (actor, id) => record(await getConversation(conversations, { actor, id })),
  };
}

/** Newest first, of one conversation. */
function messageKind({ conversations }: Deps): RecordKind {
  return {
    context: 'countersign.contexts.message',
    names: ['message', 'messages'],
    one: 'message',
    words: ['conversation'],
    async search(actor, query) {
      const id = only(query, 'conversation');
      if (id === undefined) {
        throw new HubError('bad_request', 'Messages are searched within a conversation: conversation:ID.');
      }
      const messages = await listThread(conversations, { actor, id, limit: query.limit });
      return messages.map((message) => ({
        _context: 'message',
        _label: message.text.slice(0, 100),
        ...messageJson(message),
      }));
    },
    find: async () => {
      throw new HubError('bad_request', 'Search messages by conversation:ID.');
    },
  };
}

/** The one value of a word; texts without a word are refused where nothing could be looked for. */
function only(query: RecordQuery, word: string): string | undefined {
  const values = query.filters.get(word) ?? [];
  if (values.length <= 1 && query.text.length === 0) return values[0];
  throw new HubError('bad_request', `This search takes one ${word}: and no other text.`);
}

function accountRecord(account: ConnectedAccount): JsonObject {
  return {
    _context: accountContext,
    _label: account.name,
    id: account.id,
    uri: account.uri,
    name: account.name,
    service_id: account.serviceId,
    ...ownerKeys(account.owner),
    status: account.status,
    created_at: seconds(account.createdAt),
    updated_at: seconds(account.updatedAt),
  };
}

function serviceRecord(service: ConnectedService): JsonObject {
  return {
    _context: serviceContext,
    _label: service.name,
    id: service.id,
    uri: service.uri,
    name: service.name,
    extension_id: service.extensionId,
    allowed_hosts: service.allowedHosts,
    created_at: seconds(service.createdAt),
    updated_at: seconds(service.updatedAt),
  };
}

function listenerRecord(listener: ListenerRecord): JsonObject {
  return {
    _context: listenerContext,
    _label: listener.name,
    id: listener.id,
    name: listener.name,
    behavior_id: listener.behaviorId,
    is_disabled: listener.isDisabled ? 1 : 0,
    created_at: seconds(listener.createdAt),
    updated_at: seconds(listener.updatedAt),
  };
}

function notFound(what: string): never {
  throw new HubError('not_found', `There is no such ${what}, or the bot may not see it.`);
}
