import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { directMessageLength, weightedLength } from '../../../../server/channels/twitter/weighted-length.ts';

test('a post counts what the service counts', () => {
  const table: [string, string, number][] = [
    ['nothing', '', 0],
    ['Latin', 'Hello, world', 12],
    ['a composed letter', 'cafe\u0301', 4],
    ['Cyrillic and Arabic', 'Да نعم', 6],
    ['Chinese', '你好', 4],
    ['Japanese', 'こんにちは', 10],
    ['Korean', '한국', 4],
    ['typographic quotes and dashes', '“a” – ‘b’ …', 12],
    ['euro', '€', 2],
    ['a wide space', '\u3000', 2],
    ['an emoji', '👋', 2],
    ['a skin colour', '👋🏽', 2],
    ['a family', '👨‍👩‍👧‍👦', 2],
    ['a flag', '🇪🇸', 2],
    ['a flag of a region', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', 2],
    ['a keycap', '1️⃣', 2],
    ['a heart', '❤️', 2],
    ['a copyright sign', '©', 1],
    ['digits', '1234', 4],
    ['a link', 'https://example.com', 23],
    ['a long link', `https://example.com/${'x'.repeat(300)}?a=1#b`, 23],
    ['a short link', 'http://a.co', 23],
    ['two links', 'see https://example.com/a and http://example.org/b.', 4 + 23 + 5 + 23 + 1],
    ['a link in brackets', '(https://example.com/a)', 25],
    ['a bare domain', 'at example.com.', 3 + 23 + 1],
    ['a bare domain with a path', 'shop.co.uk/x?y=1', 23],
    ['an address of mail', 'ana@example.com', 15],
    ['a version', 'v1.2.3', 6],
    ['a file', 'readme.txt', 10],
    ['a sentence without a space', 'End.Begin', 9],
    ['a host without a dot', 'http://localhost/x', 18],
    ['a handle', '@acmehelp', 9],
    ['half a surrogate pair', '\ud83d', 2],
  ];
  for (const [what, text, length] of table) assert.equal(weightedLength(text), length, what);
});

test('280 and 281 are told apart, in every script and behind links', () => {
  assert.equal(weightedLength('x'.repeat(280)), 280);
  assert.equal(weightedLength('x'.repeat(281)), 281);
  assert.equal(weightedLength('語'.repeat(140)), 280);
  assert.equal(weightedLength(`${'語'.repeat(140)}x`), 281);
  assert.equal(weightedLength(`${'x'.repeat(256)} https://example.com/${'y'.repeat(99)}`), 280);
  assert.equal(weightedLength(`${'x'.repeat(257)} https://example.com/${'y'.repeat(99)}`), 281);
});

test('a text of one script counts its characters, or twice as many', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zà-ÿ ,!]{0,300}$/), (text) => {
      assert.equal(weightedLength(text), [...text.normalize('NFC')].length);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[ぁ-ん一-十]{0,150}$/), (text) => {
      assert.equal(weightedLength(text), 2 * [...text.normalize('NFC')].length);
    }),
  );
});

test('long texts without links are counted at once', () => {
  const started = process.hrtime.bigint();
  for (const text of ['a.', 'http://', 'a-', '1.', 'https://a.', '/?#'].map((part) => part.repeat(5000))) {
    assert.ok(weightedLength(text) >= 0);
  }
  const tookMs = Number((process.hrtime.bigint() - started) / 1_000_000n);
  assert.ok(tookMs < 2000, `${tookMs} ms`);
});

test('a direct message counts code points after composing', () => {
  assert.equal(directMessageLength('e\u0301👋'), 2);
  assert.equal(directMessageLength('x'.repeat(10_000)), 10_000);
});
