import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubError } from '../../../server/errors.ts';
import { cleanPackageText, locateFaults, readPackageText } from '../../../server/packages/package-text.ts';

const json = '{\n  "package": {\n    "name": "Demo"\n  }\n}';

function faultsOf(text: string) {
  const read = readPackageText(text, 1000);
  assert.ok(!read.ok);
  return read.faults;
}

test('JSON is read, from text and from an object alike', () => {
  const expected = { ok: true, value: { package: { name: 'Demo' } } };
  assert.deepEqual(readPackageText(json, 1000), expected);
  assert.deepEqual(readPackageText({ package: { name: 'Demo' } }, 1000), expected);
});

test('a fault of syntax has line and column', () => {
  const [fault] = faultsOf('{\n  "package": {\n    "name" "Demo"\n  }\n}');
  assert.equal(fault?.path, '');
  assert.deepEqual([fault?.line, fault?.column], [3, 12]);
  assert.match(fault?.message ?? '', /^This is not JSON: /);
  assert.equal(fault?.offer, undefined);
});

test('text that is nothing like JSON is refused without an offer', () => {
  assert.equal(faultsOf('hello')[0]?.offer, undefined);
  assert.match(faultsOf(' \n')[0]?.message ?? '', /no text/);
});

const wrapped: [string, string, RegExp][] = [
  ['a byte-order mark', `\uFEFF${json}`, /a byte-order mark/],
  ['a code fence', `\`\`\`json\n${json}\n\`\`\`\n`, /a code fence/],
  ['raw lines', `{% raw %}\n${json}\n{% endraw %}`, /\{% raw %\} lines/],
  [
    'markup',
    `<pre style="max-height:29.5em;">\n<code class="language-json">\n${json}\n</code>\n</pre>`,
    /<pre> or <code>/,
  ],
  ['text before', `Paste the following package:\n\n${json}`, /text before the first brace/],
  ['text after', `${json}\n1. Click the button.`, /text after the last brace/],
];

for (const [what, text, pattern] of wrapped) {
  test(`${what} around a package is named and can be taken off`, () => {
    const [fault] = faultsOf(text);
    assert.equal(fault?.offer, 'cleaned text');
    assert.match(fault?.message ?? '', pattern);
    assert.equal(cleanPackageText(text), json);
  });
}

test('a whole document that holds a package is recognised', () => {
  const text = `---\ntitle: x\n---\n* TOC\n{:toc}\n\n<pre>\n<code>\n{% raw %}\n${json}\n{% endraw %}\n</code>\n</pre>\n`;
  assert.equal(cleanPackageText(text), json);
  assert.equal(faultsOf(text)[0]?.offer, 'cleaned text');
});

test('when the package itself has a fault, that one is told, at its place in the whole text', () => {
  const [fault] = faultsOf('```json\n{\n  "package": {,}\n}\n```');
  assert.equal(fault?.offer, undefined);
  assert.deepEqual([fault?.line, fault?.column], [3, 15]);
});

test('a package beyond the cap is refused before it is parsed', () => {
  assert.throws(
    () => readPackageText(' '.repeat(1001), 1000),
    (error: unknown) => error instanceof HubError && error.code === 'too_large',
  );
});

test('nesting a thousand deep is a fault', () => {
  assert.match(faultsOf(`{"a":${'['.repeat(480)}${']'.repeat(480)}}`)[0]?.message ?? '', /[Nn]ested deeper/);
});

test('a key that reaches a prototype is a fault', () => {
  const [fault] = faultsOf('{\n "package": {"__proto__": {"polluted": true}}}');
  assert.match(fault?.message ?? '', /__proto__/);
  assert.equal(fault?.line, 2);
});

test('faults of meaning get line and column when the package came as text', () => {
  const faults = [{ path: '/package/name', message: 'x' }];
  assert.deepEqual(locateFaults(json, faults), [
    { path: '/package/name', message: 'x', line: 3, column: 13 },
  ]);
  assert.deepEqual(locateFaults({}, faults), faults);
});
