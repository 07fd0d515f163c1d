/** Trying a channel: a message to somebody, and what the bot would say to a received one. */
import { eventMessageReceived } from '../bots/event.ts';
import type { RunInput, RunResult } from '../bots/run.ts';
import { listBehaviors } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { conversationWith, sayAndSend } from './bot-port.ts';
import type { ChannelType } from './channel.ts';
import { getBotOf, getChannel } from './channels.ts';
import { obstacleOf } from './obstacle.ts';
import type { Channel, Message } from './records.ts';
import type { Deps as SendDeps } from './send.ts';
import { findContact } from './store-contacts.ts';
import { listConversations } from './store-conversations.ts';
import { typeOf } from './type-of.ts';

export interface Deps extends SendDeps {
  runBehavior(input: RunInput): Promise<RunResult>;
}

/** What the bot would do about a received message, one for each of its behaviors. */
export interface SimulatedAnswer extends Pick<RunResult, 'run_id' | 'status' | 'transcript' | 'error'> {
  behavior: { id: string; title: string };
}

/**
 * Sends a direct message, to whoever wrote last unless `to` names somebody by the remote service's id. It counts
 * like any other. Throws `conflict` where the channel cannot send, `bad_request` where nobody is to be written to.
 */
export async function sendTest(
  deps: Deps,
  actor: Actor,
  id: string,
  { to = '', text }: { to?: string; text: string },
): Promise<Message> {
  const channel = await getChannel(deps.db, actor, id);
  const obstacle = obstacleToTest(channel, typeOf(deps.types, channel));
  if (obstacle !== undefined) throw new HubError('conflict', obstacle);
  const remoteId = to.trim() || (await lastWriter(deps, channel));
  if (remoteId === undefined) {
    const message = 'Nobody wrote on this channel yet: name whom to write to, by the ID there.';
    throw new HubError('bad_request', message, { extra: { faults: [{ path: '/to', message }] } });
  }
  const conversation = await conversationWith(deps, channel, remoteId);
  const outgoing = { kind: 'direct', to: remoteId, text, buttons: [] } as const;
  const speech = { channel, conversation, outgoing };
  const token = `test:${deps.newId()}`;
  return sayAndSend(deps, { speech, author: 'agent', authorName: actor.name, token });
}

/** Why no test can be sent; undefined where one can. */
export function obstacleToTest(channel: Channel, type: ChannelType): string | undefined {
  if (obstacleOf(channel, type, 'direct') === undefined) return undefined;
  return channel.state === 'needs_permission'
    ? `The access token of the channel '${channel.name}' may not use direct messages.`
    : `Authorize and enable the channel '${channel.name}' first.`;
}

/** Simulates every behavior that a message with this text would start. Nothing is sent, no conversation begins. */
export async function simulateInbound(
  deps: Deps,
  actor: Actor,
  id: string,
  { text }: { text: string },
): Promise<SimulatedAnswer[]> {
  const channel = await getChannel(deps.db, actor, id);
  const bot = await getBotOf(deps.db, channel);
  const behaviors = (await listBehaviors(deps.db, { botId: bot.id }, { limit: 10_000 }))
    .filter(({ event, isDisabled }) => event.key === eventMessageReceived && !isDisabled)
    .sort((a, b) => a.priority - b.priority);
  const runAs = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner } as const;
  const scope = {
    message_text: text,
    message_at: Math.floor(deps.now() / 1000),
    channel_id: channel.id,
    channel_name: channel.name,
  };
  const answers: SimulatedAnswer[] = [];
  for (const behavior of behaviors) {
    const input = { actor: runAs, behavior: behavior.id, variables: {}, mode: 'simulate', scope } as const;
    const { run_id, status, transcript, error } = await deps.runBehavior(input);
    answers.push({ behavior: { id: behavior.id, title: behavior.title }, run_id, status, transcript, error });
  }
  return answers;
}

async function lastWriter({ db }: Deps, channel: Channel): Promise<string | undefined> {
  const conversations = await listConversations(db, { channelIds: [channel.id] }, { limit: 20 });
  const last = conversations.find(({ kind, lastInboundAt }) => kind === 'direct' && lastInboundAt !== null);
  return last && (await findContact(db, last.contactId))?.remoteId;
}
