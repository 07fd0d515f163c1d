/** The events a behavior can run on, and the placeholders each brings. Pure. */

import { HubError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Remark } from '../packages/record-type.ts';
import type { ActionField } from './action.ts';
import { chatEventTypes } from './chat-events.ts';
import { isObject, type JsonObject, textOf } from './json-value.ts';
import { remarksOnRecurrence } from './recurrence.ts';

export const eventMacroBot = 'event.macro.bot';
export const eventMessageReceived = 'event.channel.message.received';
export const eventChannelActivity = 'event.channel.activity';
export const eventRecurrent = 'event.behavior.recurrent';
export const eventWebhookReceived = 'event.webhook.received';

export interface EventPlaceholder {
  name: string;
  title: string;
  /** What the simulator shows in its place. */
  sample: string;
  /** The value is an object; the sample is its JSON. */
  isJson?: true;
}

export interface EventType {
  title: string;
  /** Beside variables and what every behavior sees; this table is their documentation. */
  placeholders: readonly EventPlaceholder[];
  /** Form fields of its params. */
  fields?: readonly ActionField[];
  /** What of its params cannot be kept to, by path below them. */
  remarks?(params: JsonObject): Remark[];
}

/** By key. Other events of Cerb are kept and cannot run. */
export const eventTypes: ReadonlyMap<string, EventType> = new Map<string, EventType>([
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
  [
    eventWebhookReceived,
    {
      title: 'Webhook received',
      placeholders: [
        { name: 'http_client_ip', title: "Sender's address", sample: '203.0.113.7' },
        { name: 'http_verb', title: 'Method, in capitals', sample: 'POST' },
        { name: 'http_path', title: "What follows the listener's address", sample: '' },
        {
          name: 'http_params',
          title: 'Parameters of address and form, by name and lower-case name',
          sample: '{"topic":"orders"}',
          isJson: true,
        },
        {
          name: 'http_headers',
          title: 'Headers, by lower-case name with _ for -',
          sample: '{"content_type":"application/json"}',
          isJson: true,
        },
        { name: 'http_body', title: 'Body', sample: '{"order":"9007199254740993"}' },
      ],
    },
  ],
  [
    eventRecurrent,
    {
      title: 'Recurring behavior',
      placeholders: [
        { name: 'scheduled_at', title: 'When it was due, in seconds since 1970', sample: '1893456000' },
      ],
      fields: [
        {
          key: 'repeat_patterns',
          label: 'Repeat',
          kind: 'text',
          rows: 4,
          help: 'Cron lines: minute, hour, day of the month, month, day of the week. What follows # is a comment.',
        },
        {
          key: 'timezone',
          label: 'Time zone',
          kind: 'text',
          help: 'Such as Europe/Berlin; empty: COUNTERSIGN_TIME_ZONE',
        },
      ],
      remarks: remarksOnRecurrence,
    },
  ],
  ...chatEventTypes,
]);

/** The placeholders of an event as the simulator fills them; empty for events without. */
export function sampleScope(key: string): JsonObject {
  return readScope(key, {});
}

/** The placeholders of an event of what a person typed; samples for the others. Throws `bad_request`. */
export function readScope(key: string, typed: JsonObject): JsonObject {
  const placeholders = eventTypes.get(key)?.placeholders ?? [];
  return Object.fromEntries(
    placeholders.map((placeholder) => {
      const { name, sample, isJson } = placeholder;
      const text = typed[name] === undefined ? sample : (textOf(typed[name]) ?? '');
      return [name, isJson ? readObject(placeholder, text) : text];
    }),
  );
}

function readObject({ title }: EventPlaceholder, text: string): JsonObject {
  try {
    const value = parseJson(text.trim() || '{}');
    if (isObject(value)) return value;
  } catch {}
  throw new HubError('bad_request', `"${title}" must be a JSON object, such as {"name": "value"}.`);
}
