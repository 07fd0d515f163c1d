import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../../../../server/channels/twitter/parse.ts';
import { timeOfId } from '../../../../server/channels/twitter/post.ts';
import { onlyMessage, self } from './examples.ts';

const base = {
  id_str: '1990000000000000301',
  created_at: 'Thu Jan 01 00:00:00 +0000 2026',
  text: 'hello',
  user: { id_str: '4002', screen_name: 'anaruiz' },
};

function read(post: Record<string, unknown>) {
  return parse({ for_user_id: '3001', tweet_create_events: [{ ...base, ...post }] }, self);
}

const mention = { entities: { user_mentions: [{ id_str: '3001' }] } };

test('a retweet opens nothing, even of a post that mentions the account', () => {
  const events = read({ ...mention, retweeted_status: { id_str: '1' } });
  assert.deepEqual(events, [
    { kind: 'other', key: 'tw:1990000000000000301', type: 'retweet', at: Date.UTC(2026, 0, 1) },
  ]);
});

test('a post that does not address the account opens nothing', () => {
  assert.equal(read({})[0]?.kind, 'other');
  assert.equal(read({ in_reply_to_user_id_str: '4009' })[0]?.kind, 'other');
});

test('an answer to the account addresses it without naming it', () => {
  assert.equal(onlyMessage(read({ in_reply_to_user_id_str: '3001' })).direction, 'in');
});

test('mentions in the long form alone are seen', () => {
  const extended = { full_text: 'long', entities: { user_mentions: [{ id_str: '3001' }] } };
  assert.equal(onlyMessage(read({ extended_tweet: extended })).text, 'long');
  assert.equal(onlyMessage(read({ ...mention, full_text: 'whole' })).text, 'whole', 'as timelines have it');
});

test('an own answer goes out to the one it answers, without the handle put before it', () => {
  const event = onlyMessage(
    read({
      user: { id_str: '3001' },
      text: '@anaruiz @bob we are on it',
      in_reply_to_status_id_str: '1990000000000000203',
      in_reply_to_user_id_str: '4002',
      in_reply_to_screen_name: 'anaruiz',
    }),
  );
  assert.equal(event.direction, 'out');
  assert.equal(event.text, 'we are on it');
  assert.deepEqual(event.conversation, { kind: 'mention', key: '1990000000000000203' });
  assert.deepEqual(event.person, { id: '4002', name: null, handle: 'anaruiz', imageUrl: null });
});

test('an own post that answers nobody goes out to nobody but the account itself', () => {
  const event = onlyMessage(read({ user: { id_str: '3001' }, text: '@anaruiz hello' }));
  assert.equal(event.direction, 'out');
  assert.equal(event.person, self);
  assert.equal(event.text, '@anaruiz hello', 'its handle was written by a person');
});

test('entities are unescaped once, links are shown in full, the media link is dropped', () => {
  const event = onlyMessage(
    read({
      text: 'a &amp;lt; b &lt;3 https://t.co/one https://t.co/o-n https://t.co/pic',
      entities: {
        user_mentions: [{ id_str: '3001' }],
        urls: [
          { url: 'https://t.co/one', expanded_url: 'https://shop.example/?a=1&amp=2' },
          { url: 'https://t.co/o', expanded_url: 'https://wrong.example/' },
        ],
      },
      extended_entities: {
        media: [
          { type: 'photo', url: 'https://t.co/pic', media_url_https: 'https://img.example/1.jpg' },
          { type: 'photo', url: 'https://t.co/pic', media_url_https: 'https://img.example/2.jpg' },
        ],
      },
    }),
  );
  assert.equal(event.text, 'a &lt; b <3 https://shop.example/?a=1&amp=2 https://t.co/o-n');
  assert.deepEqual(
    event.attachments.map(({ url }) => url),
    ['https://img.example/1.jpg', 'https://img.example/2.jpg'],
  );
});

test('of a video or GIF the best MP4 up to 832 kbit/s is taken, else the smallest, else its picture', () => {
  const video = (variants: unknown[]) =>
    onlyMessage(
      read({
        ...mention,
        extended_entities: {
          media: [
            {
              type: 'animated_gif',
              url: 'https://t.co/v',
              media_url_https: 'https://img.example/still.jpg',
              video_info: { variants },
            },
          ],
        },
      }),
    ).attachments;
  const mp4 = (bitrate: number) => ({
    content_type: 'video/mp4',
    bitrate,
    url: `https://video.example/${bitrate}.mp4`,
  });
  const playlist = { content_type: 'application/x-mpegURL', url: 'https://video.example/list.m3u8' };
  const chosen = (variants: unknown[]) => video(variants)[0];
  assert.deepEqual(chosen([mp4(2_176_000), playlist, mp4(832_000), mp4(320_000)]), {
    type: 'video',
    url: 'https://video.example/832000.mp4',
  });
  assert.equal(chosen([mp4(2_176_000), mp4(1_000_000)])?.url, 'https://video.example/1000000.mp4');
  assert.equal(chosen([mp4(0)])?.url, 'https://video.example/0.mp4', 'a GIF has no bit rate');
  assert.equal(chosen([playlist])?.url, 'https://img.example/still.jpg');
});

test('an address of media that is not http is left out', () => {
  const event = onlyMessage(
    read({
      ...mention,
      extended_entities: { media: [{ type: 'photo', media_url_https: 'javascript:alert(1)' }, {}, null] },
    }),
  );
  assert.deepEqual(event.attachments, []);
});

test('a post without a time has the one in its id', () => {
  assert.equal(timeOfId('1050118621198921728'), Date.UTC(2018, 9, 10, 20, 19, 24, 211));
  assert.equal(timeOfId('x'), 0);
});
