/** What happens beside messages: likes, follows, blocks, typing, reading, deleting, revoking. Pure. */
import type { ChannelEvent } from '../channel.ts';
import { idAt, textAt, timeAt } from './reading.ts';

/** Reads one entry of an array of the envelope; undefined for what cannot be told apart from others. */
export type ReadActivity = (event: unknown) => ChannelEvent | undefined;

/** Follow, block and mute events say by `type` what was done; undoing travels under the same name. */
export const readRelation: ReadActivity = (event) => {
  const type = textAt(event, 'type');
  const [source, target] = [idAt(event, 'source', 'id'), idAt(event, 'target', 'id')];
  if (type === undefined || !/^\w{1,32}$/.test(type)) return undefined;
  return other(type, timeAt(event, 'created_timestamp'), (at) => [type, source, target, String(at)]);
};

export const readLike: ReadActivity = (event) =>
  other('like', timeAt(event, 'timestamp_ms') ?? timeAt(event, 'created_at'), () => [
    'fav',
    idAt(event, 'id'),
  ]);

export const readTyping: ReadActivity = (event) =>
  other('typing', timeAt(event, 'created_timestamp'), (at) => ['typ', idAt(event, 'sender_id'), String(at)]);

export const readRead: ReadActivity = (event) =>
  other('read', timeAt(event, 'created_timestamp'), () => [
    'read',
    idAt(event, 'sender_id'),
    idAt(event, 'last_read_event_id'),
  ]);

export const readDeletion: ReadActivity = (event) =>
  other('delete', timeAt(event, 'timestamp_ms'), () => ['del', idAt(event, 'status', 'id')]);

/** The person took the app's permission back. The same in both envelopes, but for where the ids stand. */
export function readRevocation(revoke: unknown): ChannelEvent | undefined {
  const date = textAt(revoke, 'date_time');
  const app = idAt(revoke, 'target', 'app_id') ?? idAt(revoke, 'app_id');
  const user = revokedUser(revoke);
  if (date === undefined || date.length > 64 || app === undefined || user === undefined) return undefined;
  return { kind: 'revoked', key: `rev:${app}:${user}:${date}`, at: timeAt(revoke, 'date_time') ?? 0 };
}

/** Whose permission is gone. */
export function revokedUser(revoke: unknown): string | undefined {
  return idAt(revoke, 'source', 'user_id') ?? idAt(revoke, 'user_id');
}

/** No event without a time and every part of its key: it could not be told from its own repetition. */
function other(
  type: string,
  at: number | undefined,
  keyParts: (at: number) => (string | undefined)[],
): ChannelEvent | undefined {
  if (at === undefined) return undefined;
  const parts = keyParts(at);
  return parts.includes(undefined) ? undefined : { kind: 'other', key: parts.join(':'), type, at };
}
