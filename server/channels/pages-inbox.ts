/** The inbox: conversations by state, a thread with its reply box, and what happens live. */
import { parseButtonLines } from '../bots/actions/channel-message.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { listSeenChannels } from './channels.ts';
import { isBotPaused } from './conversation.ts';
import {
  type Deps as ConversationDeps,
  type ConversationSummary,
  type ConversationView,
  closeConversation,
  getConversation,
  listConversations,
  listThread,
  reopenConversation,
  replyAsWorker,
  resumeBot,
} from './conversations.ts';
import { changesSeenBy } from './live.ts';
import { obstacleOf } from './obstacle.ts';
import { type Failure, failureOf, formText, idOf, worker } from './pages-visit.ts';
import { messageBadge, messageRemark } from './pages-words.ts';
import type { Contact, Message } from './records.ts';
import { typeOf } from './type-of.ts';

export type Deps = ConversationDeps;

const pageSize = 50;
const threadSize = 50;

export function inboxPages(deps: Deps): PageRoute[] {
  const path = '/conversations/:id';
  const back = (visit: Visit, notice: string) => ({ redirect: `/conversations/${idOf(visit)}`, notice });
  return [
    worker('GET', '/inbox', (visit, me) => inbox(deps, visit, me)),
    // Stands before the path with an id: the first that fits is taken.
    worker('GET', '/conversations/events', async (visit, me) => ({
      events: changesSeenBy(deps, me, visit.signal),
    })),
    worker('GET', path, (visit, me) => thread(deps, visit, me)),
    worker('POST', path, (visit, me) => reply(deps, visit, me)),
    worker('POST', `${path}/close`, async (visit, me) => {
      await closeConversation(deps, { actor: me, id: idOf(visit) });
      return back(visit, 'The conversation is closed.');
    }),
    worker('POST', `${path}/reopen`, async (visit, me) => {
      try {
        await reopenConversation(deps, { actor: me, id: idOf(visit) });
      } catch (error) {
        return back(visit, failureOf(error).message);
      }
      return back(visit, 'The conversation is open again.');
    }),
    worker('POST', `${path}/resume`, async (visit, me) => {
      await resumeBot(deps, { actor: me, id: idOf(visit) });
      return back(visit, 'The bot answers again.');
    }),
  ];
}

async function inbox(deps: Deps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const state = visit.query.get('state') === 'closed' ? 'closed' : 'open';
  const channelId = visit.query.get('channel') ?? '';
  const after = visit.query.get('after') ?? '';
  const found = await listConversations(deps, {
    actor: me,
    state,
    limit: pageSize + 1,
    channelId: channelId || undefined,
    after: after || undefined,
  });
  const shown = found.slice(0, pageSize);
  const last = shown.at(-1);
  const address = (query: Record<string, string>) =>
    `/inbox?${new URLSearchParams({ state, ...(channelId && { channel: channelId }), ...query })}`;
  const channels = (await listSeenChannels(deps.db, me)).map(({ id, name }) => ({ value: id, label: name }));
  return {
    view: 'channels/inbox',
    model: {
      title: 'Inbox',
      state,
      tabs: [
        { href: address({ state: 'open' }), text: 'Open', isCurrent: state === 'open' },
        { href: address({ state: 'closed' }), text: 'Closed', isCurrent: state === 'closed' },
      ],
      channels: [{ value: '', label: 'All channels' }, ...channels].map((option) => ({
        ...option,
        selected: option.value === channelId,
      })),
      conversations: shown.map(rowOf),
      next: found.length > pageSize && last ? address({ after: last.conversation.id }) : null,
    },
  };
}

function rowOf({ conversation, contact, channelName }: ConversationSummary): Record<string, unknown> {
  const { id, kind, lastMessageAt, lastInboundAt } = conversation;
  return {
    id,
    who: nameOf(contact),
    handle: contact?.handle ?? null,
    channelName,
    isPublic: kind === 'mention',
    // Spoken in last by the other person.
    isWaiting: lastInboundAt !== null && lastInboundAt >= lastMessageAt,
    lastMessageAt,
  };
}

interface Shown {
  failure?: Failure;
  typed?: { text: string; buttons: string };
}

async function thread(deps: Deps, visit: Visit, me: WorkerActor, shown: Shown = {}): Promise<PageAnswer> {
  const view = await getConversation(deps, { actor: me, id: idOf(visit) });
  const { conversation, contact, channelName } = view;
  const after = visit.query.get('after') ?? undefined;
  const found = await listThread(deps, { actor: me, id: conversation.id, limit: threadSize + 1, after });
  const messages = found.slice(0, threadSize);
  const oldest = messages.at(-1);
  const { failure, typed } = shown;
  return {
    view: 'channels/conversation',
    ...(failure && { status: failure.status }),
    model: {
      title: `Conversation with ${nameOf(contact)}`,
      id: conversation.id,
      contact: contact && { name: nameOf(contact), handle: contact.handle, remoteId: contact.remoteId },
      channel: { id: view.channel?.id ?? null, name: channelName, botId: view.channel?.botId ?? null },
      isOpen: conversation.state === 'open',
      isPublic: conversation.kind === 'mention',
      botPausedUntil: isBotPaused(conversation, deps.now()) ? conversation.botPausedUntil : null,
      messages: messages.reverse().map(messageModel),
      older:
        found.length > threadSize && oldest ? `/conversations/${conversation.id}?after=${oldest.id}` : null,
      isOlder: after !== undefined,
      reply: replyModel(deps, view),
      token: deps.newId(),
      failure: failure?.message ?? null,
      typed: typed ?? { text: '', buttons: '' },
    },
  };
}

/** What the reply box counts against; null where the channel is gone. */
function replyModel(deps: Deps, { conversation, channel, allowance }: ConversationView) {
  if (!channel || !allowance) return null;
  const { limits, replyPolicy, answersLeft, answersUntil, dayLeft } = allowance;
  const type = typeOf(deps.types, channel);
  const isPost = conversation.kind === 'mention';
  const isWithin = answersUntil !== null && answersUntil > deps.now();
  return {
    count: isPost ? 'weighted' : 'code-points',
    limit: isPost ? limits.maxPostLength : limits.maxTextLength,
    maxButtons: limits.maxButtons,
    maxLabel: limits.maxButtonLabelLength,
    hasButtons: type.capabilities.buttons,
    isPost,
    answersLeft: !isPost && isWithin ? answersLeft : null,
    isStrict: replyPolicy === 'strict',
    dayLeft: isPost ? null : dayLeft,
    messagesPerDay: limits.messagesPerDay,
    obstacle: obstacleOf(channel, type, isPost ? 'post' : 'direct') ?? null,
  };
}

function messageModel(message: Message): Record<string, unknown> {
  const { id, direction, author, authorName, text, outgoing, attachments, at, heldUntil, payload } = message;
  return {
    id,
    isOut: direction === 'out',
    who: author === 'external' ? `${authorName}, from another client` : authorName,
    isBot: author === 'bot',
    text,
    buttons: outgoing?.kind === 'direct' ? outgoing.buttons.map(({ label }) => label) : [],
    payload,
    attachments: attachments.filter(({ url }) => url.startsWith('https://')),
    at,
    badge: messageBadge(message),
    remark: messageRemark(message),
    goesAt: message.state === 'held' ? heldUntil : null,
  };
}

async function reply(deps: Deps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const id = idOf(visit);
  const text = formText(visit.form, 'text').replaceAll('\r\n', '\n');
  const buttons = formText(visit.form, 'buttons');
  try {
    await replyAsWorker(deps, {
      actor: me,
      id,
      text,
      buttons: parseButtonLines(buttons),
      clientToken: `agent:${me.id}:${id}:${formText(visit.form, 'token').slice(0, 64)}`,
    });
  } catch (error) {
    return thread(deps, visit, me, { failure: failureOf(error), typed: { text, buttons } });
  }
  return { redirect: `/conversations/${id}#last` };
}

function nameOf(contact: Contact | undefined): string {
  return contact?.name ?? contact?.handle ?? contact?.remoteId ?? 'somebody';
}
