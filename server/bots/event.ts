/** The events a behavior can run on, and the placeholders each brings. Pure. */
import type { JsonObject } from './json-value.ts';

export const eventMacroBot = 'event.macro.bot';
export const eventMessageReceived = 'event.channel.message.received';
export const eventChannelActivity = 'event.channel.activity';

export interface EventPlaceholder {
  name: string;
  title: string;
  /** What the simulator shows in its place. */
  sample: string;
}

export interface EventType {
  title: string;
  /** Beside variables and what every behavior sees; this table is their documentation. */
  placeholders: readonly EventPlaceholder[];
}

/** By key. Other events of Cerb are kept and cannot run. */
export const eventTypes: ReadonlyMap<string, EventType> = new Map([
  [eventMacroBot, { title: 'Custom behavior on bot', placeholders: [] }],
  [
    eventMessageReceived,
    {
      title: 'Message received on a channel',
      placeholders: [
        { name: 'message_id', title: 'Message ID', sample: '1990000000000000101' },
        { name: 'message_text', title: 'Text', sample: 'My order has not arrived' },
        { name: 'message_payload', title: 'Payload of the button that was pressed', sample: '' },
        { name: 'message_at', title: 'Sent at, in seconds since 1970', sample: '1893456000' },
        { name: 'conversation_id', title: 'Conversation ID', sample: '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
        { name: 'conversation_kind', title: 'Kind: direct or mention', sample: 'direct' },
        { name: 'channel_id', title: 'Channel ID', sample: '01BX5ZZKBKACTAV9WEVGEMMVRZ' },
        { name: 'channel_name', title: 'Channel', sample: 'Customer care' },
        { name: 'sender_id', title: "Sender's ID at the remote service", sample: '4002' },
        { name: 'sender_name', title: "Sender's name", sample: 'Ana Ruiz' },
        { name: 'sender_handle', title: "Sender's handle", sample: 'anaruiz' },
      ],
    },
  ],
  [
    eventChannelActivity,
    {
      title: 'Activity on a channel beside messages',
      placeholders: [
        { name: 'activity_type', title: 'What happened: follow, like, block, …', sample: 'follow' },
        { name: 'activity_at', title: 'Happened at, in seconds since 1970', sample: '1893456000' },
        { name: 'channel_id', title: 'Channel ID', sample: '01BX5ZZKBKACTAV9WEVGEMMVRZ' },
        { name: 'channel_name', title: 'Channel', sample: 'Customer care' },
      ],
    },
  ],
]);

/** The placeholders of an event as the simulator fills them; empty for events without. */
export function sampleScope(key: string): JsonObject {
  const placeholders = eventTypes.get(key)?.placeholders ?? [];
  return Object.fromEntries(placeholders.map(({ name, sample }) => [name, sample]));
}
