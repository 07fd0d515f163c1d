/** The service's lists of direct messages and posts, newest first, a page at a time. Pure. */
import type { ChannelEvent, ChannelRequest, RemotePerson } from '../channel.ts';
import { readDirectMessage } from './direct-message.ts';
import { inOrder } from './parse.ts';
import { peopleInMap } from './person.ts';
import { readPost } from './post.ts';
import { compareIds, idAt, listAt, member, textAt } from './reading.ts';
import { get } from './requests.ts';
import { readDirectMessageList, readPostList } from './v2-events.ts';

/** One page: its events in order of time, the ids in it, and what leads to the older page; undefined at the end. */
export interface ListPage {
  events: ChannelEvent[];
  ids: string[];
  next: string | undefined;
}

export interface RemoteList {
  /** `since` an id, `page` what `next` said; '' for none. */
  request(self: RemotePerson, from: { since: string; page: string }): ChannelRequest;
  read(json: unknown, self: RemotePerson): ListPage;
}

const postsPerPage = 100;

/** Of the last 30 days, received and sent. */
export function messageListV1(origin: string): RemoteList {
  return {
    request: (_self, { page }) =>
      get('account', `${origin}/1.1/direct_messages/events/list.json`, {
        count: '50',
        ...(page !== '' && { cursor: page }),
      }),
    read(json, self) {
      const people = peopleInMap(member(json, 'users'));
      const list = listAt(json, 'events');
      const events = list.flatMap((event) => readDirectMessage(event, self, people) ?? []);
      return { events: inOrder(events), ids: idsIn(list, 'id'), next: textAt(json, 'next_cursor') };
    },
  };
}

export function messageListV2(origin: string): RemoteList {
  return {
    request: (_self, { page }) =>
      get('account', `${origin}/2/dm_events`, {
        'dm_event.fields':
          'id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,entities,participant_ids',
        event_types: 'MessageCreate',
        expansions: 'sender_id,participant_ids,attachments.media_keys',
        max_results: '100',
        'media.fields': 'media_key,type,url,variants',
        'user.fields': 'profile_image_url',
        ...(page !== '' && { pagination_token: page }),
      }),
    read: (json, self) => ({
      events: inOrder(readDirectMessageList(json, self)),
      ids: idsIn(listAt(json, 'data'), 'id'),
      next: textAt(json, 'meta', 'next_token'),
    }),
  };
}

/** Posts that mention the account, or its own. Older pages are asked for by id. */
export function postListV1(origin: string, name: 'mentions_timeline' | 'user_timeline'): RemoteList {
  return {
    request: (_self, { since, page }) =>
      get('account', `${origin}/1.1/statuses/${name}.json`, {
        count: String(postsPerPage),
        tweet_mode: 'extended',
        ...(since !== '' && { since_id: since }),
        ...(page !== '' && { max_id: page }),
      }),
    read(json, self) {
      const list = Array.isArray(json) ? json : [];
      const ids = idsIn(list, 'id_str');
      const events = list.flatMap((post) => readPost(post, self) ?? []);
      return { events: inOrder(events), ids, next: list.length < postsPerPage ? undefined : before(ids) };
    },
  };
}

export function postListV2(origin: string, name: 'mentions' | 'tweets'): RemoteList {
  return {
    request: (self, { since, page }) =>
      get('account', `${origin}/2/users/${encodeURIComponent(self.id)}/${name}`, {
        expansions: 'author_id,attachments.media_keys',
        max_results: String(postsPerPage),
        'media.fields': 'media_key,type,url,variants',
        'tweet.fields': 'created_at,author_id,in_reply_to_user_id,referenced_tweets,entities,note_tweet',
        'user.fields': 'profile_image_url',
        ...(since !== '' && { since_id: since }),
        ...(page !== '' && { pagination_token: page }),
      }),
    read: (json, self) => ({
      events: inOrder(readPostList(json, self)),
      ids: idsIn(listAt(json, 'data'), 'id'),
      next: textAt(json, 'meta', 'next_token'),
    }),
  };
}

function idsIn(list: readonly unknown[], name: string): string[] {
  return list.flatMap((one) => idAt(one, name) ?? []);
}

/** The id below the smallest one: `max_id` includes the id it names. */
function before(ids: readonly string[]): string | undefined {
  const oldest = ids.reduce((a, b) => (a === '' || compareIds(b, a) < 0 ? b : a), '');
  return /^\d+$/.test(oldest) ? String(BigInt(oldest) - 1n) : undefined;
}
