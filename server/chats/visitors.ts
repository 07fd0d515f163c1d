/** Visitors of a chat portal: nobody knows them, so their conversations are short-lived and limited. */
import type { Knex } from 'knex';
import type { BehaviorRecord } from '../bots/behavior.ts';
import type { BotRecord } from '../bots/bot.ts';
import { eventChatPortal, eventInteractionPortal } from '../bots/chat-events.ts';
import { remarksOnBehavior } from '../bots/remarks.ts';
import { findBot, listBehaviors } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import { hashSecret } from '../people/secret-hash.ts';
import type { Chat } from './chat.ts';
import { beginChat, type Deps as ConverseDeps, type Person, reply, type Thinking } from './converse.ts';
import type { PortalRecord } from './portal.ts';
import { findChat } from './store-chats.ts';
import { findPortal } from './store-portals.ts';

const minute = 60_000;
/** Of one address of the network, over all portals; and of one conversation. */
export const visitorLimits = {
  begun: { limit: 20, windowMs: 10 * minute },
  said: { limit: 60, windowMs: minute },
  inChat: { limit: 20, windowMs: minute },
  /** Replies of one conversation in all. */
  turns: 300,
};

export interface Deps extends ConverseDeps {
  randomBytes(size: number): Uint8Array;
  /** Counts one of so many in the window, for an address; throws `rate_limited`. */
  count(
    what: string,
    of: { ip?: string; key?: string },
    limit: { limit: number; windowMs: number },
  ): Promise<void>;
}

/** The portal at an address. Throws `not_found` for one that is off, as for one that never was. */
export async function openPortal(
  db: Knex,
  token: string,
): Promise<{ portal: PortalRecord; bot: BotRecord; behavior: BehaviorRecord | undefined }> {
  const portal = await findPortal(db, { token });
  const bot = portal?.isEnabled ? await findBot(db, portal.botId) : undefined;
  if (!portal || !bot) throw new HubError('not_found', 'There is no chat at this address.');
  return { portal, bot, behavior: bot.isDisabled ? undefined : await behaviorFor(db, bot, portal) };
}

/** Begins a visitor's conversation. `token` names it from here on; it is kept nowhere but in the visitor's page. */
export async function beginWithVisitor(
  deps: Deps,
  { portalToken, ip }: { portalToken: string; ip: string },
): Promise<Thinking & { token: string }> {
  const { portal, bot, behavior } = await openPortal(deps.db, portalToken);
  if (!behavior) throw closed();
  await deps.count('chat begun', { ip }, visitorLimits.begun);
  const token = Buffer.from(deps.randomBytes(32)).toString('base64url');
  const thinking = await beginChat(deps, asPerson(portal, bot), {
    botId: bot.id,
    botName: bot.name,
    behaviorId: behavior.id,
    title: portal.name,
    interaction: portal.interaction === '' ? null : { name: portal.interaction, params: {} },
    workerId: null,
    portalId: portal.id,
    tokenHash: hashSecret(token),
  });
  return { ...thinking, token };
}

/** The conversation of this token at this portal. Throws `not_found`. */
export async function chatOfVisitor(
  deps: Deps,
  { portalToken, token }: { portalToken: string; token: string },
): Promise<{ chat: Chat; portal: PortalRecord; bot: BotRecord; isOpen: boolean }> {
  const { portal, bot, behavior } = await openPortal(deps.db, portalToken);
  const chat = await findChat(deps, { token_hash: hashSecret(token), portal_id: portal.id }, deps.now());
  if (!chat) throw new HubError('not_found', 'This conversation is over. Begin a new one.');
  return { chat, portal, bot, isOpen: behavior !== undefined };
}

/** As `reply`. Throws `rate_limited` too. */
export async function replyOfVisitor(
  deps: Deps,
  { ip, turn, text, ...at }: { portalToken: string; token: string; ip: string; turn: number; text: string },
): Promise<Thinking> {
  const { chat, portal, bot, isOpen } = await chatOfVisitor(deps, at);
  if (!isOpen) throw closed();
  if (chat.turn >= visitorLimits.turns) {
    throw new HubError('conflict', 'This conversation has become too long. Begin a new one.');
  }
  await deps.count('chat said', { ip }, visitorLimits.said);
  await deps.count('chat', { key: chat.id }, visitorLimits.inChat);
  return reply(deps, asPerson(portal, bot), chat, { turn, text });
}

/** The first behavior, by priority, that can take visitors of the portal. */
async function behaviorFor(
  db: Knex,
  bot: BotRecord,
  portal: PortalRecord,
): Promise<BehaviorRecord | undefined> {
  const event = portal.interaction === '' ? eventChatPortal : eventInteractionPortal;
  const all = await listBehaviors(db, { botId: bot.id }, { limit: 500 });
  return all
    .filter((one) => one.event.key === event && !one.isPrivate && !one.isDisabled)
    .sort((a, b) => a.priority - b.priority)
    .find((one) => remarksOnBehavior(one, bot).length === 0);
}

/** Runs act as the bot: with its owner's rights, and nobody else's. */
function asPerson(portal: PortalRecord, bot: BotRecord): Person {
  const actor = { kind: 'bot' as const, id: bot.id, name: bot.name, owner: bot.owner };
  return { actor, name: 'You', scope: { portal_name: portal.name }, isVisitor: true };
}

function closed(): HubError {
  return new HubError('behavior_not_runnable', 'The chat is closed at the moment. Please try again later.');
}
