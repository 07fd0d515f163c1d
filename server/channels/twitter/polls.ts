/** Reading direct messages and mentions again and again, for accounts without a webhook. Pure. */
import type { ChannelEvent, ChannelRequest, Poll, RemotePerson } from '../channel.ts';
import { advance, type Cursor, readCursor, writeCursor } from './cursor.ts';
import { messageListV1, messageListV2, postListV1, postListV2, type RemoteList } from './lists.ts';
import { compareIds } from './reading.ts';
import { readRefusal } from './refusal.ts';

/** 12 of the 15 calls that a quarter of an hour allows; the rest is for looking up what became of a message. */
const messagesEveryMs = 75_000;
const mentionsEveryMs = 60_000;

/** What was read lately is read again, for an id may become visible after a higher one; repetition does no harm. */
const overlapMs = 3_600_000;

export function pollsV1(origin: string): Poll[] {
  return [
    polling('direct messages', messagesEveryMs, messageListV1(origin)),
    polling('mentions', mentionsEveryMs, postListV1(origin, 'mentions_timeline')),
  ];
}

export function pollsV2(origin: string): Poll[] {
  return [
    polling('direct messages', messagesEveryMs, messageListV2(origin)),
    polling('mentions', mentionsEveryMs, postListV2(origin, 'mentions')),
  ];
}

function polling(name: string, everyMs: number, list: RemoteList): Poll {
  return {
    name,
    everyMs,
    call(self, cursorText, since) {
      const cursor = readCursor(cursorText);
      return {
        request: requestOf(list, self, cursor),
        read(answer, now) {
          if (answer.status < 200 || answer.status > 299) return readRefusal(answer, now, 'read');
          const { events, ids, next } = list.read(answer.json, self);
          // Posts tell their time in whole seconds.
          const from = Math.floor(since / 1000) * 1000;
          const isOldReached = events.some(({ at }) => at < from);
          const isNew = (event: ChannelEvent) =>
            event.at >= from && (isAfter(event, cursor.seen) || event.at > now - overlapMs);
          return {
            ok: true,
            value: {
              events: events.filter(isNew),
              cursor: writeCursor(advance(cursor, { ids, next, isOldReached })),
            },
          };
        },
      };
    },
  };
}

function requestOf(list: RemoteList, self: RemotePerson, cursor: Cursor): ChannelRequest {
  return list.request(self, { since: cursor.seen, page: cursor.page });
}

function isAfter(event: ChannelEvent, seen: string): boolean {
  if (seen === '') return true;
  return event.kind === 'message' ? compareIds(event.remoteId, seen) > 0 : true;
}
