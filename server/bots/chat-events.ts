/** The events of conversations with people: which behaviors talk, and which offer and take interactions. Pure. */
import type { EventPlaceholder, EventType } from './event.ts';

export const eventChatWorker = 'event.message.chat.worker';
export const eventChatPortal = 'event.message.chat.portal';
export const eventInteractionWorker = 'event.interaction.chat.worker';
export const eventInteractionPortal = 'event.interaction.chat.portal';
export const eventGetInteractions = 'event.interactions.get.worker';

/** Behaviors that a person talks with. */
export const chatEvents: readonly string[] = [
  eventChatWorker,
  eventChatPortal,
  eventInteractionWorker,
  eventInteractionPortal,
];

const message: EventPlaceholder = { name: 'message', title: 'What the person wrote last', sample: 'Hello' };
const interaction: readonly EventPlaceholder[] = [
  { name: 'interaction', title: 'Name of the interaction', sample: '' },
  { name: 'interaction_params', title: 'Parameters of the interaction', sample: '{}', isJson: true },
  {
    name: 'interaction_behavior_has_parent',
    title: 'Whether the conversation goes back to another behavior, 1 or 0',
    sample: '0',
  },
];
const worker: readonly EventPlaceholder[] = [
  { name: 'worker_id', title: "Worker's ID", sample: '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
  { name: 'worker_full_name', title: "Worker's name", sample: 'Ana Ruiz' },
  { name: 'worker_first_name', title: "Worker's first name", sample: 'Ana' },
];
const portal: readonly EventPlaceholder[] = [
  { name: 'portal_name', title: 'Name of the chat portal', sample: 'Help on our site' },
];
const point: EventPlaceholder = {
  name: 'point',
  title: 'Where interactions are asked for',
  sample: 'global',
};

/** By key, for the table of events. */
export const chatEventTypes: readonly (readonly [key: string, type: EventType])[] = [
  [eventChatWorker, talk('Conversation with worker', worker)],
  [eventChatPortal, talk('Conversation with portal visitor', portal)],
  [
    eventGetInteractions,
    { title: 'Conversation get interactions for worker', placeholders: [point, ...worker] },
  ],
  [eventInteractionWorker, talk('Conversation handle interaction with worker', worker)],
  [eventInteractionPortal, talk('Conversation handle interaction with portal visitor', portal)],
];

/** Of the placeholders of a conversation, those that go with it into another behavior. */
export const placeholdersKept: readonly string[] = [message, ...interaction, ...worker, ...portal].map(
  ({ name }) => name,
);

function talk(title: string, person: readonly EventPlaceholder[]): EventType {
  return { title, placeholders: [message, ...interaction, ...person] };
}
