import assert from 'node:assert/strict';
import { test } from 'node:test';
import { botJson, parseBot, parseUri } from '../../../server/bots/bot.ts';

const pixel = 'data:image/png;base64,iVBORw0KGgo=';
const app = { context: 'cerberusweb.contexts.app', id: 0 };

test('a bot as packages write it is read and comes back', () => {
  const params = { config: null, events: { mode: 'all', items: [] }, actions: { mode: 'all', items: [] } };
  const input = { name: 'Twitter', owner: app, is_disabled: false, params, image: pixel };
  const { value, faults, unsupported } = parseBot(input, '');
  assert.deepEqual([faults, unsupported], [[], []]);
  assert.deepEqual(value.owner, { context: 'app', id: '0' });
  assert.deepEqual(parseBot(botJson(value), '').value, value);
});

for (const owner of [
  { owner__context: 'worker', owner_id: 'W1' },
  { owner: { context: 'cerberusweb.contexts.worker', id: 'W1' } },
]) {
  test(`an owner is read from ${Object.keys(owner).join(' and ')}`, () => {
    assert.deepEqual(parseBot({ name: 'B', ...owner }, '').value.owner, { context: 'worker', id: 'W1' });
  });
}

const faulty: [what: string, input: object, path: string][] = [
  ['no name', { name: '', owner: app }, '/name'],
  ['no owner', { name: 'B' }, '/owner'],
  [
    'an owner of another kind',
    { name: 'B', owner: { context: 'cerberusweb.contexts.org', id: '4' } },
    '/owner',
  ],
  ['a worker without id', { name: 'B', owner: { context: 'worker', id: '' } }, '/owner'],
  ['params that are no object', { name: 'B', owner: app, params: 'x' }, '/params'],
  [
    'an image with script in it',
    { name: 'B', owner: app, image: 'data:image/svg+xml;base64,AAAA' },
    '/image',
  ],
  ['an image from elsewhere', { name: 'B', owner: app, image: 'https://example.org/a.png' }, '/image'],
  ['an image too large', { name: 'B', owner: app, image: pixel + 'A'.repeat(300_000) }, '/image'],
];
for (const [what, input, path] of faulty) {
  test(`a bot with ${what} is refused at ${path}`, () => {
    assert.deepEqual(
      parseBot({ ...input }, '').faults.map((fault) => fault.path),
      [path],
    );
  });
}

test('a uri is lowered, and never has the form of an id', () => {
  assert.equal(parseUri('My.Bot-1_a'), 'my.bot-1_a');
  assert.equal(parseUri(''), null);
  assert.equal(parseUri('a b'), undefined);
  assert.equal(parseUri('0'.repeat(26)), undefined);
});

test('a role owns no bot: it is unsupported, not a fault, and says what to choose', () => {
  const owner = { context: 'cerberusweb.contexts.role', id: '4' };
  const { faults, unsupported } = parseBot({ name: 'B', owner }, '/bots/0');
  assert.deepEqual(faults, []);
  assert.deepEqual(
    unsupported.map(({ path }) => path),
    ['/bots/0/owner'],
  );
  assert.match(unsupported[0]?.message ?? '', /choose a group/);
});
