/** Looks in the service's lists whether a message arrived of which no answer told. Pure. */
import type { ChannelCall, ChannelEvent, Outgoing, RemotePerson } from '../channel.ts';
import { withNumberedButtons } from '../limits.ts';
import { messageListV1, messageListV2, postListV1, postListV2, type RemoteList } from './lists.ts';
import { readRefusal } from './refusal.ts';
import { withoutLeadingHandles } from './text.ts';

export type LookUp = (
  outgoing: Outgoing,
  self: RemotePerson,
  sinceMs: number,
) => ChannelCall<{ remoteId: string } | null>;

export function lookUpV1(origin: string): LookUp {
  return lookingUp(messageListV1(origin), postListV1(origin, 'user_timeline'));
}

export function lookUpV2(origin: string): LookUp {
  return lookingUp(messageListV2(origin), postListV2(origin, 'tweets'));
}

function lookingUp(messages: RemoteList, posts: RemoteList): LookUp {
  return (outgoing, self, sinceMs) => {
    const list = outgoing.kind === 'direct' ? messages : posts;
    return {
      request: list.request(self, { since: '', page: '' }),
      read(answer, now) {
        if (answer.status < 200 || answer.status > 299) return readRefusal(answer, now, 'read');
        const { events } = list.read(answer.json, self);
        // Posts tell their time in whole seconds.
        const from = Math.floor(sinceMs / 1000) * 1000;
        const found = events.find((event) => event.at >= from && isIt(event, outgoing));
        return { ok: true, value: found?.kind === 'message' ? { remoteId: found.remoteId } : null };
      },
    };
  };
}

function isIt(event: ChannelEvent, outgoing: Outgoing): boolean {
  if (event.kind !== 'message' || event.direction !== 'out') return false;
  if (outgoing.kind === 'post') {
    const isSamePlace =
      event.conversation.key === (outgoing.inReplyTo ?? event.remoteId) &&
      event.conversation.kind === 'mention';
    return isSamePlace && comparable(event.text) === comparable(outgoing.text);
  }
  const texts = [outgoing.text, withNumberedButtons(outgoing.text, outgoing.buttons)].map(comparable);
  return event.person.id === outgoing.to && texts.includes(comparable(event.text));
}

function comparable(text: string): string {
  return withoutLeadingHandles(text.normalize('NFC').replace(/\s+/g, ' ').trim());
}
