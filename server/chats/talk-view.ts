/** A conversation as pages draw it, the same for workers and visitors. Pure. */
import { writeJson } from '../json.ts';
import { type Chat, type ChatMessage, maxSaid } from './chat.ts';
import { richText } from './rich-text.ts';

/** `address` takes replies, `again` begins anew. */
export function talkModel(
  chat: Chat,
  messages: readonly ChatMessage[],
  {
    address,
    again,
    isVisitor,
    typed,
  }: { address: string; again: string; isVisitor: boolean; typed?: string },
): Record<string, unknown> {
  const { question } = chat;
  const last = messages.at(-1)?.position;
  return {
    state: chat.state,
    turn: chat.turn,
    botName: chat.botName,
    address,
    again,
    isVisitor,
    maxSaid,
    isThinking: chat.state === 'thinking',
    isWaiting: chat.state === 'waiting',
    isEnded: chat.state === 'ended',
    isWait: question?.type === 'wait',
    options: question?.type === 'buttons' ? question.options : null,
    isLong: question?.type === 'text' && question.isLong,
    placeholder: question?.type === 'text' ? question.placeholder : '',
    value: typed ?? (question?.type === 'text' ? question.value : ''),
    begun: {
      behavior: chat.behaviorId,
      name: chat.title,
      interaction: chat.interaction?.name ?? '',
      params: chat.interaction ? writeJson(chat.interaction.params) : '',
    },
    messages: messages.map((message) => ({
      position: message.position,
      name: message.name,
      isPerson: message.author === 'person',
      isNote: message.author === 'note',
      isError: message.isError,
      isLast: message.position === last,
      delayMs: message.author === 'bot' ? message.delayMs : 0,
      at: message.at,
      nodes: richText(message.text, message.format),
    })),
  };
}
