import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createViews } from '../../server/http/views.ts';
import { fromRoot } from '../../server/root.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-views-'));
after(() => rmSync(folder, { recursive: true, force: true }));
cpSync(fromRoot('views', 'partials'), join(folder, 'partials'), { recursive: true });
cpSync(fromRoot('views', 'layout.hbs'), join(folder, 'layout.hbs'));
mkdirSync(join(folder, 'test'));

/** A page of one view inside the layout, with the partials the product has. */
function render(source: string, model: Record<string, unknown> = {}): string {
  writeFileSync(join(folder, 'test/page.hbs'), source);
  const shared = { title: 'Page', csrf: 'TOKEN', me: null, notice: null, path: '/page', connectTo: [] };
  return createViews(folder).render('test/page', { ...shared, ...model });
}

function mainOf(html: string): string {
  return /<main[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1]?.trim() ?? '';
}

const templates = readdirSync(fromRoot('views'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.hbs'))
  .map((name) => ({ name, text: readFileSync(fromRoot('views', name), 'utf8') }));

test('no view puts out text unescaped, carries script or style inline, or leads a form elsewhere', () => {
  const forbidden = [
    /\{\{\{/,
    /\{\{&/,
    /\sstyle\s*=/i,
    /<style/i,
    /\son[a-z]+\s*=/i,
    /javascript:/i,
    /<script(?![^>]*\ssrc=)/i,
  ];
  for (const { name, text } of templates) {
    for (const pattern of forbidden) assert.doesNotMatch(text, pattern, name);
  }
});

test('every form that is posted carries the CSRF field, but for an address that is its own secret and a page without cookies', () => {
  const forms = templates.flatMap(({ name, text }) =>
    Array.from(text.matchAll(/<form[^>]*method="post"[\s\S]*?<\/form>/g), ([form]) => ({ name, form })),
  );
  const without = forms.filter(
    ({ name, form }) => !name.startsWith('sandbox/') && !form.includes('{{> csrf}}'),
  );
  assert.deepEqual(
    without.map(({ name }) => name),
    ['chats/portal-page.hbs', 'connections/link-offer.hbs'],
  );
});

test('a table can be scrolled on a small screen', () => {
  for (const { name, text } of templates.filter(({ name }) => !name.startsWith('sandbox/'))) {
    const tables = text.split('<table').length - 1;
    const wraps = text.split(/class="[^"]*table-wrap/).length - 1;
    assert.equal(wraps, tables, name);
  }
});

test('a field has its label, and its help and error are read with it', () => {
  const html = render('{{> field name="x" label="Name" value=v help="Help" error="Wrong" required=true}}', {
    v: 'a"<b',
  });
  assert.match(html, /<label for="f-x">Name/);
  assert.match(
    html,
    /<input id="f-x" name="x" type="text" value="a&quot;&lt;b"[^>]* required aria-invalid="true" aria-describedby="e-x h-x">/,
  );
  assert.match(html, /<p class="error" id="e-x">Wrong<\/p>/);
  assert.match(html, /<p class="help" id="h-x">Help<\/p>/);
});

test('a field shows only what it was given, not what the page happens to hold under the same name', () => {
  const page = {
    value: 'VALUE',
    error: 'ERROR',
    help: 'HELP',
    rows: 99,
    type: 'password',
    placeholder: 'HINT',
  };
  const main = mainOf(render('{{> field name="x" label="Name"}}{{> checkbox name="y" label="Tick"}}', page));
  assert.doesNotMatch(main, /VALUE|ERROR|HELP|HINT|password/);
});

test('the lines of a text area come through as they are, however deep the field stands', () => {
  const value = '\nfirst\n  second\n\nlast';
  const html = render('<div>\n      {{> field name="x" label="Text" type="textarea" value=value}}\n</div>', {
    value,
  });
  // A parser drops the one line break that directly follows the tag.
  assert.match(html, /<textarea[^>]*>\n\nfirst\n {2}second\n\nlast<\/textarea>/);
});

test('a select marks the chosen option', () => {
  const options = [
    { value: 'a', label: 'A' },
    { value: 'b', label: 'B & C', selected: true },
  ];
  const html = render('{{> select name="x" label="Choice" options=options}}', { options });
  assert.match(html, /<label for="f-x">Choice/);
  assert.match(html, /<option value="a">A<\/option>\s*<option value="b" selected>B &amp; C<\/option>/);
});

test('a checkbox sends "yes", or its value in a group', () => {
  const html = render(
    '{{> checkbox name="x" label="X" checked=true}}{{> checkbox name="g" label="G" value="1"}}',
  );
  assert.match(html, /<input id="f-x" name="x" type="checkbox" value="yes" checked>/);
  assert.match(html, /<input id="f-g1" name="g" type="checkbox" value="1">/);
});

test('the copy button names what it copies and waits for script', () => {
  const html = render('{{> copy label="Callback URL" value="https://hub.example/oauth/callback"}}');
  assert.match(html, /<code[^>]*data-copy-value>https:\/\/hub\.example\/oauth\/callback<\/code>/);
  assert.match(html, /<button[^>]* hidden>Copy<span class="visually-hidden"> Callback URL<\/span><\/button>/);
});

test('the CSRF field holds the token of the page, also inside a loop', () => {
  const html = render('{{#each list}}{{> csrf}}{{/each}}', { list: [1] });
  assert.match(html, /<input type="hidden" name="csrf" value="TOKEN">/);
});

test('the layout offers setup to admins only, and nothing to strangers', () => {
  const admin = render('', { me: { name: 'Ann <b>', isAdmin: true } });
  assert.match(admin, /href="\/setup"/);
  assert.match(admin, /Ann &lt;b&gt;/);
  assert.match(admin, /<form method="post" action="\/sign-out">/);
  assert.doesNotMatch(render('', { me: { name: 'Bob', isAdmin: false } }), /href="\/setup"/);
  assert.doesNotMatch(render(''), /href="\/bots"|sign-out/);
});

test('the layout marks the page one is on', () => {
  const html = render('', { me: { name: 'Ann', isAdmin: true }, path: '/bots' });
  assert.match(html, /href="\/bots" aria-current="page"/);
  assert.doesNotMatch(html, /href="\/activity" aria-current/);
});

test('the layout says where requests are sent instead, and shows the notice', () => {
  const connectTo = [{ from: ['https://api.example'], to: 'http://127.0.0.1:4000' }];
  const html = render('<p>Body</p>', { connectTo, notice: 'Saved <it>' });
  assert.match(
    html,
    /Requests for <code>https:\/\/api\.example<\/code> go to <code>http:\/\/127\.0\.0\.1:4000<\/code>/,
  );
  assert.match(html, /<div class="notice notice-ok" role="status">Saved &lt;it&gt;<\/div>/);
  assert.match(html, /<p>Body<\/p>/);
});
