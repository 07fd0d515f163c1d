/** Handlers in code: a program that embeds the hub answers received messages itself, with Botmaster's words. */
import { HubError } from '../errors.ts';
import { outgoingTo, placeOfReply, sayAndSend } from './bot-port.ts';
import type { ChannelAnswer, ChannelType } from './channel.ts';
import { findReceived, type Received } from './received.ts';
import type { Message } from './records.ts';
import type { Deps as SendDeps } from './send.ts';
import { findMessageByRemoteId } from './store-messages.ts';
import { typeOf } from './type-of.ts';
import { toUpdate, type Update } from './update.ts';

/** Kind of the job; only processes that have handlers take it. */
export const inCodeJob = 'answer in code';

/** The bot that received an update, as a handler gets it. */
export interface BotInCode {
  id: string;
  /** Id of its channel's type. */
  type: string;
  name: string;
  /**
   * Answers whoever sent the update. Resolves once the remote service took it, or once it is known to go later.
   * Called again for the same update, after the handler failed, it sends nothing twice.
   */
  reply(update: Update, text: string): Promise<Reply>;
}

export interface Reply {
  /** The remote service's answer as JSON; null where none came, or where it was sent in an earlier try. */
  raw: unknown;
  recipient_id: string;
  /** The remote service's id; null while the message is not sent yet. */
  message_id: string | null;
  /** `held` and `queued` go by themselves; `unknown` may have arrived. */
  state: 'sent' | 'held' | 'queued' | 'unknown';
  sentOutgoingMessage: { recipient: { id: string }; message: { text: string } };
  /** The body as it is sent to the remote service, parsed where it is JSON. */
  sentRawMessage: unknown;
}

export type UpdateHandler = (bot: BotInCode, update: Update) => unknown;
export type ErrorHandler = (error: unknown, update?: Update) => void;

/** Who listens in this process. */
export interface Listeners {
  update: UpdateHandler[];
  error: ErrorHandler[];
}

export interface Deps extends SendDeps {
  listeners: Listeners;
  log: { error(fields: object, message: string): void };
}

/** Whether a bot's messages are answered in code. */
export function isInCode(bot: { params: Readonly<Record<string, unknown>> }): boolean {
  return typeof bot.params.in_code === 'string';
}

/** Job `answer in code`. A handler that throws is told to the listeners of `error`, and the job is tried again. */
export async function answerInCode(deps: Deps, messageId: string): Promise<void> {
  const received = await findReceived(deps.db, messageId);
  if (!received) return;
  const update = toUpdate(received.message, received);
  for (const [index, handle] of deps.listeners.update.entries()) {
    try {
      await handle(botFor(deps, received, `code:${messageId}:${index}`), update);
    } catch (error) {
      tellError(deps, error, update);
      throw error;
    }
  }
}

/** Without a listener the log tells it: the kind of error alone, because its text may hold anything. */
export function tellError(
  { listeners, log }: Pick<Deps, 'listeners' | 'log'>,
  error: unknown,
  update?: Update,
): void {
  for (const listener of listeners.error) listener(error, update);
  if (listeners.error.length > 0) return;
  log.error(
    { cause: error instanceof Error ? error.name : typeof error },
    'a handler failed; see hub.on("error")',
  );
}

function botFor(deps: Deps, { channel, message }: Received, stem: string): BotInCode {
  let count = 0;
  return {
    id: channel.botId,
    type: channel.type,
    name: channel.name,
    async reply(update, text) {
      const token = `${stem}:${++count}`;
      const isThis = update.message.mid === message.remoteId;
      const answered = isThis
        ? message
        : await findMessageByRemoteId(deps.db, channel.id, update.message.mid);
      const place = await placeOfReply(deps, answered?.conversationId ?? '', answered?.id ?? '');
      if ('ok' in place) throw new HubError('not_found', place.message);
      const answers: ChannelAnswer[] = [];
      const sent = await sayAndSend(deps, {
        speech: outgoingTo(place, { text, buttons: [] }),
        authorName: channel.name,
        token,
        onAnswer: (answer) => answers.push(answer),
      });
      return replyOf(typeOf(deps.types, channel), sent, place.to, answers[0]);
    },
  };
}

function replyOf(type: ChannelType, sent: Message, to: string, answer: ChannelAnswer | undefined): Reply {
  const { state } = sent;
  if (state === 'failed' || state === 'received') {
    throw new HubError('remote_failed', sent.error ?? 'The message could not be sent.', {
      extra: { provider_code: sent.errorCode, message_id: sent.id },
    });
  }
  return {
    raw: answer?.json ?? null,
    recipient_id: to,
    message_id: sent.remoteId,
    state: state === 'sending' ? 'queued' : state,
    sentOutgoingMessage: { recipient: { id: to }, message: { text: sent.text } },
    sentRawMessage: sent.outgoing ? bodyOf(type.send(sent.outgoing).request.body) : null,
  };
}

function bodyOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
