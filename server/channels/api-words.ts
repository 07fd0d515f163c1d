/** Channels, conversations and messages as programs get them. Pure. */
import type { ChannelLimits } from './channel.ts';
import type { ConversationSummary } from './conversations.ts';
import type { ChannelOverview } from './overview.ts';
import { limitsOf, type Message } from './records.ts';

/** The limits by the API's names. */
export const limitNames = {
  messages_per_day: 'messagesPerDay',
  answers_per_message: 'answersPerMessage',
  answer_window_ms: 'answerWindowMs',
  max_text_length: 'maxTextLength',
  max_buttons: 'maxButtons',
  max_button_label_length: 'maxButtonLabelLength',
  max_button_payload_length: 'maxButtonPayloadLength',
  max_post_length: 'maxPostLength',
} as const satisfies Record<string, keyof ChannelLimits>;

/** ISO 8601, or null. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Keys are told as set or not, and never given out. `told`: sentences about what saving did. */
export function channelJson(
  { channel, type, address, notices }: ChannelOverview,
  told: readonly string[] = [],
) {
  const { settings, remoteUserId } = channel;
  const isSet = channel.ownsAccount && channel.accountId !== null;
  return {
    id: channel.id,
    bot_id: channel.botId,
    type: channel.type,
    name: channel.name,
    callback_url: address?.url ?? null,
    account_id: channel.accountId,
    owns_account: channel.ownsAccount,
    keys: Object.fromEntries(type.keyFields.map(({ key }) => [key, { set: isSet }])),
    label: channel.label,
    transport: channel.transport,
    state: channel.state,
    is_enabled: channel.isEnabled,
    settings: {
      reply_policy: settings.replyPolicy,
      version: settings.version,
      limits: limitsJson(limitsOf(channel, type.limits)),
      bot_pause_ms: settings.botPauseMs,
      when_disabled: settings.whenDisabled,
      reopen_ms: settings.reopenMs,
    },
    remote_user: remoteUserId === null ? null : { id: remoteUserId, name: channel.remoteUserName },
    access_level: channel.accessLevel,
    is_valid: channel.isValid,
    last_crc_at: isoTime(channel.lastCrcAt),
    last_event_at: isoTime(channel.lastEventAt),
    last_error_at: isoTime(channel.lastErrorAt),
    last_error: channel.lastError,
    is_paused: address?.stream.isPaused ?? false,
    accepted: address?.stream.accepted ?? 0,
    refused: address?.stream.refused ?? 0,
    notices: [...told, ...notices.map(({ text }) => text)],
    created_at: isoTime(channel.createdAt),
    updated_at: isoTime(channel.updatedAt),
  };
}

export function conversationJson({ conversation, contact }: ConversationSummary) {
  return {
    id: conversation.id,
    channel_id: conversation.channelId,
    kind: conversation.kind,
    state: conversation.state,
    contact: contact
      ? { id: contact.id, remote_id: contact.remoteId, name: contact.name, handle: contact.handle }
      : null,
    answers_left: conversation.answersLeft,
    answers_until: isoTime(conversation.answersUntil),
    bot_paused_until: isoTime(conversation.botPausedUntil),
    last_inbound_at: isoTime(conversation.lastInboundAt),
    last_message_at: isoTime(conversation.lastMessageAt),
    closed_at: isoTime(conversation.closedAt),
    created_at: isoTime(conversation.createdAt),
    updated_at: isoTime(conversation.updatedAt),
  };
}

export function messageJson(message: Message) {
  const { outgoing, errorCode, error } = message;
  return {
    id: message.id,
    channel_id: message.channelId,
    conversation_id: message.conversationId,
    direction: message.direction,
    author: message.author,
    author_name: message.authorName,
    text: message.text,
    buttons: outgoing?.buttons ?? [],
    payload: message.payload,
    attachments: message.attachments,
    state: message.state,
    held_until: isoTime(message.heldUntil),
    held_reason: message.heldReason,
    error: error === null ? null : { code: errorCode, message: error },
    remote_id: message.remoteId,
    at: isoTime(message.at),
    sent_at: isoTime(message.sentAt),
    created_at: isoTime(message.createdAt),
  };
}

function limitsJson(limits: ChannelLimits): Record<string, number> {
  return Object.fromEntries(Object.entries(limitNames).map(([name, key]) => [name, limits[key]]));
}
