/** Requests that say something: direct messages and posts, by both versions of the interface. Pure. */
import type { Button, ChannelCall, ChannelRequest, Outgoing } from '../channel.ts';
import { withNumberedButtons } from '../limits.ts';
import { idAt } from './reading.ts';
import { readRefusal, unreadable } from './refusal.ts';
import { type Parameters, postForm, postJson } from './requests.ts';
import { directMessageLength, weightedLength } from './weighted-length.ts';

export type Send = (outgoing: Outgoing) => ChannelCall<{ remoteId: string }>;

/** Version 1.1: direct messages may carry buttons. */
export function sendV1(origin: string): Send {
  return (outgoing) =>
    outgoing.kind === 'direct'
      ? sending(postJson('account', `${origin}/1.1/direct_messages/events/new.json`, messageV1(outgoing)), [
          'event',
          'id',
        ])
      : sending(postForm('account', `${origin}/1.1/statuses/update.json`, statusForm(outgoing)), ['id_str']);
}

/** Version 2: it takes no buttons, so they are numbered lines of the text. */
export function sendV2(origin: string): Send {
  return (outgoing) => {
    if (outgoing.kind === 'direct') {
      const url = `${origin}/2/dm_conversations/with/${encodeURIComponent(outgoing.to)}/messages`;
      const text = withNumberedButtons(outgoing.text, outgoing.buttons);
      return sending(postJson('account', url, { text }), ['data', 'dm_event_id']);
    }
    const reply = outgoing.inReplyTo === null ? {} : { reply: { in_reply_to_tweet_id: outgoing.inReplyTo } };
    return sending(postJson('account', `${origin}/2/tweets`, { text: outgoing.text, ...reply }), [
      'data',
      'id',
    ]);
  };
}

/** Weighted length of a post; code points of a direct message, with its buttons where they become text. */
export function measuring(hasButtons: boolean): (outgoing: Outgoing) => number {
  return (outgoing) => {
    if (outgoing.kind === 'post') return weightedLength(outgoing.text);
    return directMessageLength(
      hasButtons ? outgoing.text : withNumberedButtons(outgoing.text, outgoing.buttons),
    );
  };
}

function sending(request: ChannelRequest, idPath: readonly string[]): ChannelCall<{ remoteId: string }> {
  return {
    request,
    read(answer, now) {
      if (answer.status < 200 || answer.status > 299) return readRefusal(answer, now, 'send');
      const remoteId = idAt(answer.json, ...idPath);
      return remoteId === undefined ? unreadable('send') : { ok: true, value: { remoteId } };
    },
  };
}

function messageV1({ to, text, buttons }: Extract<Outgoing, { kind: 'direct' }>) {
  const quickReply =
    buttons.length === 0 ? {} : { quick_reply: { type: 'options', options: buttons.map(option) } };
  return {
    event: {
      type: 'message_create',
      message_create: { target: { recipient_id: to }, message_data: { text, ...quickReply } },
    },
  };
}

function option({ label, payload }: Button) {
  return { label, metadata: payload };
}

/** Without the metadata an answer would have to begin with its addressee's handle. */
function statusForm({ text, inReplyTo }: Extract<Outgoing, { kind: 'post' }>): Parameters {
  if (inReplyTo === null) return { status: text };
  return { status: text, in_reply_to_status_id: inReplyTo, auto_populate_reply_metadata: 'true' };
}
