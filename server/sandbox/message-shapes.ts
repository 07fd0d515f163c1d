/** Direct messages as the two versions of the API show them. Pure. */
import type { User } from './consumer.ts';
import type { Message, QuickReplyOption } from './messages.ts';
import type { WireJson } from './wire-json.ts';
import { shortLink, wireText, wireTextV2 } from './wire-text.ts';

type Wire = { readonly [name: string]: WireJson | undefined };

/** What people use who write at the service itself. */
const webApp = { id: '3033300', name: 'Web App', url: 'https://example.org/' };

/** Version 1.1: an event of the type `message_create`; ids and time are text. */
export function messageV1(message: Message, users: readonly User[]): Wire {
  const { text, entities } = wireText(message.text, users, false);
  return {
    type: 'message_create',
    id: String(message.id),
    created_timestamp: String(message.createdAt),
    message_create: {
      target: { recipient_id: message.to.id },
      sender_id: message.from.id,
      source_app_id: appOf(message).id,
      message_data: {
        text,
        entities,
        quick_reply: message.options && { type: 'options', options: message.options.map(optionV1) },
        quick_reply_response:
          message.tapped === undefined
            ? undefined
            : { type: 'options', ...(message.tapped !== '' && { metadata: message.tapped }) },
        ctas: message.ctas?.map(({ label, url }) => ({
          type: 'web_url',
          label,
          url,
          tco_url: shortLink(url),
        })),
      },
    },
  };
}

/** The `apps` map beside messages of version 1.1. */
export function appsOf(messages: readonly Message[]): Wire {
  return Object.fromEntries(messages.map(appOf).map((app) => [app.id, app]));
}

/** A person in the `users` map beside messages of version 1.1. */
export function messageUser(user: User): Wire {
  return {
    id: user.id,
    created_timestamp: String(Date.UTC(2015, 0, 1)),
    name: user.name,
    screen_name: user.screenName,
    location: '',
    description: user.description ?? '',
    protected: false,
    verified: false,
    followers_count: 2,
    friends_count: 2,
    statuses_count: 0,
    profile_image_url: 'http://img.example/person.png',
    profile_image_url_https: 'https://img.example/person.png',
  };
}

/** Version 2; more than the least only when `dm_event.fields` asks for it. */
export function messageV2(message: Message, users: readonly User[], fields: readonly string[]): Wire {
  const { text, entities } = wireTextV2(message.text, users);
  const more: Record<string, WireJson> = {
    created_at: new Date(message.createdAt).toISOString(),
    dm_conversation_id: conversationId(message.from, message.to),
    sender_id: message.from.id,
    participant_ids: [message.from.id, message.to.id],
    entities,
  };
  const asked = Object.entries(more).filter(([name]) => fields.includes(name));
  return {
    id: String(message.id),
    event_type: 'MessageCreate',
    text,
    ...Object.fromEntries(asked),
  };
}

/** Of two people: both ids, the smaller number first. */
export function conversationId(a: User, b: User): string {
  return (BigInt(a.id) < BigInt(b.id) ? [a, b] : [b, a]).map(({ id }) => id).join('-');
}

function appOf({ via }: Message) {
  return via ? { id: via.appId ?? '', name: via.name, url: 'https://example.org/' } : webApp;
}

function optionV1({ label, description, metadata }: QuickReplyOption): Wire {
  return { label, description, metadata };
}
