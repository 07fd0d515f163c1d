/** What of Markdown and HTML reaches a page: a handful of elements, and nothing that runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RichNode } from '../../../server/chats/rich-node.ts';
import { richText } from '../../../server/chats/rich-text.ts';

/** Short: `p(text strong(text))`; a link shows its address. */
function short(nodes: readonly RichNode[]): string {
  return nodes
    .map((node) =>
      'text' in node
        ? node.text
        : `${node.element}${node.href ? `[${node.href}]` : ''}(${short(node.children)})`,
    )
    .join('');
}

const markdown: [text: string, shown: string][] = [
  ['plain', 'p(plain)'],
  ['a **b** *c* __d__ _e_ `**f**`', 'p(a strong(b) em(c) strong(d) em(e) code(**f**))'],
  ['snake_case_name 2*3*4', 'p(snake_case_name 2em(3)4)'],
  ['one\ntwo\n\nthree', 'p(onebr()two)p(three)'],
  ['# Title\ntext', 'p(strong(Title))p(text)'],
  ['* a\n* b\n\n1. c\n2) d', 'ul(li(a)li(b))ol(li(c)li(d))'],
  ['> said\n> again', 'blockquote(p(saidbr()again))'],
  ['```js\na < b\n```\nend', 'pre(a < b)p(end)'],
  ['[site](https://a.example/?q=1)', 'p(a[https://a.example/?q=1](site))'],
  ['see https://a.example/x.', 'p(see a[https://a.example/x](https://a.example/x).)'],
  ['[run](javascript:alert(1))', 'p([run](javascript:alert(1)))'],
  ['[x](data:text/html,y)', 'p([x](data:text/html,y))'],
  ['<script>alert(1)</script>', 'p(<script>alert(1)</script>)'],
];
for (const [text, shown] of markdown) {
  test(`Markdown ${JSON.stringify(text)} is shown as ${shown}`, () => {
    assert.equal(short(richText(text, 'markdown')), shown);
  });
}

const html: [text: string, shown: string][] = [
  ['a <b>b</b> <i>c</i><br>d', 'a strong(b) em(c)br()d'],
  ['<P class="x">a &amp; b &#169; &#x41; &bogus;</P>', 'p(a & b © A &bogus;)'],
  ['<a href="https://a.example/?a=1&amp;b=2" onclick="x()">y</a>', 'a[https://a.example/?a=1&b=2](y)'],
  ['<a href="javascript:alert(1)">y</a>', 'y'],
  ['<a href="&#106;avascript:alert(1)">y</a>', 'y'],
  ['<a href=" java\nscript:alert(1)">y</a>', 'y'],
  ['<script>alert(1)</script>after', 'after'],
  ['<style>*{}</style><svg onload=alert(1)><b>x</b></svg>after', 'after'],
  ['<img src=x onerror=alert(1)>text', 'text'],
  ['a < b and 1 <2', 'a < b and 1 <2'],
  ['<!-- <b>x</b> -->y<!-- open', 'y'],
  ['<ul><li>a<li>b</ul>c', 'ul(li(ali(b)))c'],
  ['</b>a<b>open', 'astrong(open)'],
  ['<constructor>x</constructor>', 'x'],
];
for (const [text, shown] of html) {
  test(`HTML ${JSON.stringify(text)} is shown as ${shown}`, () => {
    assert.equal(short(richText(text, 'html')), shown);
  });
}

test('any other format is the text itself', () => {
  assert.deepEqual(richText('<b>**a**</b>\n', ''), [
    { element: 'p', children: [{ text: '<b>**a**</b>\n' }] },
  ]);
});

test('nesting has a depth, and long texts of openings are read in no time', () => {
  const nested = richText('<b>'.repeat(1000), 'html');
  assert.ok(short(nested).length < 1000);
  const started = performance.now();
  for (const piece of ['[', '*', '_', '`', '**', '[a](', '<a href="', '<!--', '> ', 'http://', '&#', '<b']) {
    richText(piece.repeat(20_000), 'markdown');
    richText(piece.repeat(20_000), 'html');
  }
  assert.ok(performance.now() - started < 5_000);
});
