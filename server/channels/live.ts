/** What changes in the conversations a person sees, as it happens, whichever process did it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { type Actor, isAdmin } from '../people/actor.ts';
import { listSeenChannels } from './channels.ts';
import type { Conversation } from './records.ts';
import { listConversations } from './store-conversations.ts';
import { listMessages } from './store-messages.ts';

const everyMs = 1000;
const heartbeatMs = 20_000;
/** Clocks of processes may differ this much, and a transaction may last as long. */
const overlapMs = 5000;
/** Then it ends, and the browser asks anew: who signed out or lost a right sees no more. */
const longestMs = 10 * 60_000;
const watched = 200;

export interface Deps {
  db: Knex;
  now(): number;
}

/**
 * A line of JSON for each conversation that changed: `{conversation, last_message_at}`; an empty one now and then,
 * so that proxies keep the connection. Ends when the signal says so, or after ten minutes.
 */
export async function* changesSeenBy(deps: Deps, actor: Actor, signal: AbortSignal): AsyncGenerator<string> {
  const begun = deps.now();
  const told = new Map<string, string>();
  let since = begun;
  let quietSince = begun;
  for (const conversation of await changedSince(deps, actor, since - overlapMs)) {
    told.set(conversation.id, await fingerprintOf(deps, conversation));
  }
  // At once, so that the browser knows that the connection stands.
  yield '';
  while (!signal.aborted && deps.now() - begun < longestMs) {
    await pause(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const now = deps.now();
    for (const conversation of await changedSince(deps, actor, since - overlapMs)) {
      const fingerprint = await fingerprintOf(deps, conversation);
      if (told.get(conversation.id) === fingerprint) continue;
      told.set(conversation.id, fingerprint);
      quietSince = now;
      yield JSON.stringify({
        conversation: conversation.id,
        last_message_at: new Date(conversation.lastMessageAt).toISOString(),
      });
    }
    since = now;
    if (now - quietSince < heartbeatMs) continue;
    quietSince = now;
    yield '';
  }
}

async function changedSince({ db }: Deps, actor: Actor, since: number): Promise<Conversation[]> {
  const channelIds = isAdmin(actor) ? undefined : (await listSeenChannels(db, actor)).map(({ id }) => id);
  return listConversations(
    db,
    { ...(channelIds && { channelIds }), changedSince: since },
    { limit: watched },
  );
}

/** Differs whenever a page of the conversation would show something else. */
async function fingerprintOf({ db }: Deps, conversation: Conversation): Promise<string> {
  const messages = await listMessages(db, conversation.id, { limit: 20 });
  const states = messages.map(({ id, state, heldUntil }) => `${id} ${state} ${heldUntil ?? ''}`);
  const { updatedAt, state, botPausedUntil } = conversation;
  return [updatedAt, state, botPausedUntil ?? '', ...states].join('\n');
}
