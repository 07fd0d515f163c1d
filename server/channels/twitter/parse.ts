/** The envelope of webhooks: whom it is for, and every event in it. Pure. */
import type { ChannelEvent, RemotePerson } from '../channel.ts';
import {
  type ReadActivity,
  readDeletion,
  readLike,
  readRead,
  readRelation,
  readRevocation,
  readTyping,
  revokedUser,
} from './activity.ts';
import { readDirectMessage } from './direct-message.ts';
import { peopleInMap } from './person.ts';
import { readPost } from './post.ts';
import { compareIds, idAt, listAt, member, textAt } from './reading.ts';

/** The user whose activity a body tells; undefined where it tells none, as the report of a replay. */
export function forUser(body: unknown): string | undefined {
  return (
    idAt(body, 'for_user_id') ??
    revokedUser(member(body, 'user_event', 'revoke')) ??
    idAt(body, 'data', 'filter', 'user_id') ??
    revokedUser(member(body, 'data', 'payload'))
  );
}

/**
 * Every event of every array, in order of time, then id. The envelope is the one of account activity; its successor
 * puts the same arrays into `data.payload`. What is not known, or holds no id, is no event.
 */
export function parse(body: unknown, self: RemotePerson): ChannelEvent[] {
  const payload = member(body, 'data', 'payload') ?? body;
  const people = peopleInMap(member(payload, 'users'));
  const readers: Readonly<Record<string, ReadActivity>> = {
    direct_message_events: (event) => readDirectMessage(event, self, people),
    tweet_create_events: (event) => readPost(event, self),
    ...activities,
  };
  const events = Object.entries(readers).flatMap(([name, read]) => listAt(payload, name).map(read));
  return inOrder([...events, readRevocation(revocationIn(body))].filter((event) => event !== undefined));
}

/** Order of time, then of id: what the service sends at once it sends in any order. */
export function inOrder(events: readonly ChannelEvent[]): ChannelEvent[] {
  return [...events].sort((a, b) => a.at - b.at || compareIds(orderId(a), orderId(b)));
}

const activities: Readonly<Record<string, ReadActivity>> = {
  favorite_events: readLike,
  follow_events: readRelation,
  unfollow_events: readRelation,
  block_events: readRelation,
  unblock_events: readRelation,
  mute_events: readRelation,
  unmute_events: readRelation,
  direct_message_indicate_typing_events: readTyping,
  direct_message_mark_read_events: readRead,
  tweet_delete_events: readDeletion,
};

function revocationIn(body: unknown): unknown {
  const isRevoke = textAt(body, 'data', 'event_type') === 'oauth.revoke';
  return member(body, 'user_event', 'revoke') ?? (isRevoke ? member(body, 'data', 'payload') : undefined);
}

function orderId(event: ChannelEvent): string {
  return event.kind === 'message' ? event.remoteId : event.key;
}
