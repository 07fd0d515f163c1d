/** Sending a direct message, with the rules that both versions of the API and the customers' page share. */
import type { Message, NewMessage } from './messages.ts';
import { Refusal } from './refusal.ts';
import { whyUnreachable } from './relations.ts';
import type { World } from './world.ts';

/** Refuses what the other person does not take. */
export function sendMessage(world: World, message: NewMessage, now: number): Message {
  const { from, to } = message;
  const reason = whyUnreachable(world.relations, from, to, world.messages.hasWritten(to, from));
  if (reason) throw new Refusal(reason, 'recipient');
  return world.messages.add(message, now);
}
