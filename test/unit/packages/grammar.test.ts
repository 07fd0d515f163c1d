import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePackage } from '../../../server/packages/grammar.ts';

const record = { uid: 'a', _context: 'connected_service', name: 'A' };
const behavior = {
  uid: 'behavior_1',
  title: 'One',
  is_disabled: false,
  is_private: false,
  priority: 50,
  event: { key: 'event.macro.bot' },
  nodes: [],
};
const bot = {
  uid: 'bot_1',
  name: 'Bot',
  owner: { context: 'app', id: 0 },
  is_disabled: false,
  params: {},
  behaviors: [behavior],
};

function faultsOf(value: unknown): string[] {
  const parsed = parsePackage(value);
  return parsed.ok ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
}

function packageOf(value: unknown) {
  const parsed = parsePackage(value);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.faults));
  return parsed.package;
}

function withConfigure(configure: unknown): unknown {
  return { package: { name: 'P', configure }, records: [record] };
}

test('what is no package is refused with the place', () => {
  assert.deepEqual(faultsOf([]), [': A package is a JSON object.']);
  assert.deepEqual(faultsOf({ records: [] }), [": This is not a package: the key 'package' is missing."]);
  assert.deepEqual(faultsOf({ package: 1 }), ["/package: 'package' must be an object."]);
});

test('records, bots, their behaviors and lone behaviors become items in the order of the package', () => {
  const parsed = packageOf({
    package: { name: 'P', revision: 3 },
    records: [record],
    bots: [bot],
    behaviors: [{ ...behavior, uid: 'behavior_2', bot_id: '{{{bot}}}' }],
  });
  assert.equal(parsed.name, 'P');
  assert.equal(parsed.revision, '3');
  assert.deepEqual(
    parsed.items.map(({ uid, context, path, botUid }) => [uid, context, path, botUid]),
    [
      ['a', 'connected_service', '/records/0', undefined],
      ['bot_1', 'bot', '/bots/0', undefined],
      ['behavior_1', 'behavior', '/bots/0/behaviors/0', 'bot_1'],
      ['behavior_2', 'behavior', '/behaviors/0', undefined],
    ],
  );
  assert.deepEqual(Object.keys(parsed.items[1]?.fields ?? {}), ['name', 'owner', 'is_disabled', 'params']);
});

test('the name falls back to the library entry', () => {
  assert.equal(packageOf({ package: { library: { name: 'L' } }, records: [record] }).name, 'L');
});

test('an excluded bot takes its behaviors along', () => {
  const parsed = packageOf({ package: {}, bots: [{ ...bot, _exclude: '1' }] });
  assert.deepEqual(
    parsed.items.map(({ exclude }) => exclude),
    ['1', '1'],
  );
});

test('missing properties are named with the record', () => {
  assert.deepEqual(faultsOf({ package: {}, records: [{ uid: 'a', name: 'A' }, { _context: 'x' }, 7] }), [
    "/records/0: The record 'a' lacks _context.",
    '/records/1: The record lacks uid.',
    '/records/2: A record must be an object.',
  ]);
  const { title: _, nodes: __, ...poor } = behavior;
  assert.deepEqual(faultsOf({ package: {}, bots: [{ ...bot, behaviors: [poor] }] }), [
    "/bots/0/behaviors/0: The behavior 'behavior_1' lacks title, nodes.",
  ]);
  assert.deepEqual(faultsOf({ package: {}, behaviors: [behavior] }), [
    "/behaviors/0: The behavior 'behavior_1' lacks bot_id.",
  ]);
});

test('a uid given twice is a fault that names both places', () => {
  assert.deepEqual(faultsOf({ package: {}, records: [record, { ...record }] }), [
    "/records/1/uid: The uid 'a' was given already to /records/0; each record needs its own.",
  ]);
});

test('a uid that is no name is a fault', () => {
  for (const uid of ['', 'a b', '__proto__', 7, null]) {
    assert.match(faultsOf({ package: {}, records: [{ ...record, uid }] })[0] ?? '', /^\/records\/0\/uid: /);
  }
});

test('a section that is no list is a fault', () => {
  assert.deepEqual(faultsOf({ package: {}, records: {} }), ['/records: A list must stand here.']);
});

test('sections that cannot be stored are listed item by item, unknown ones by name', () => {
  const parsed = packageOf({
    package: {},
    records: [record],
    workspaces: [{}, {}],
    settings: { 'cerberusweb.core': { helpdesk_title: 'X' } },
    tea: [],
  });
  assert.deepEqual(parsed.unsupported, [
    {
      path: '/settings/cerberusweb.core/helpdesk_title',
      message: "The setting 'helpdesk_title' of 'cerberusweb.core' has no counterpart here.",
    },
    { path: '/workspaces/0', message: 'Workspaces cannot be stored here.' },
    { path: '/workspaces/1', message: 'Workspaces cannot be stored here.' },
    { path: '/tea', message: "A section 'tea' is not known." },
  ]);
});

test('a version up to 10.4.10 is covered, a later one is refused by number', () => {
  const requiring = (requires: unknown) => ({ package: { requires }, records: [record] });
  assert.deepEqual(faultsOf(requiring({ cerb_version: '10.4.10', plugins: [] })), []);
  assert.deepEqual(faultsOf(requiring({ cerb_version: '11.0' })), [
    '/package/requires/cerb_version: The package requires Cerb 11.0; packages for Cerb up to 10.4.10 are covered.',
  ]);
});

test('a plugin that has no counterpart keeps nothing from being imported when the rest is asked for', () => {
  const plugins = ['cerb.project_boards'];
  const parsed = parsePackage({ package: { requires: { plugins } }, records: [record] }, { skips: true });
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.package.unsupported.map(({ path }) => path),
    ['/package/requires/plugins/0'],
  );
});

test('plugins whose work is done here count as present, others are refused by name', () => {
  const plugins = ['cerberusweb.core', 'cerb.bots', 'cerb.webhooks', 'cerb.project_boards'];
  assert.deepEqual(faultsOf({ package: { requires: { plugins } }, records: [record] }), [
    '/package/requires/plugins/3: The package requires the plugin "cerb.project_boards", which has no counterpart here.',
  ]);
});

test('prompts without key, with a key twice, of an unknown type or without what their type needs are faults', () => {
  const prompts = [
    { type: 'text', label: 'No key' },
    { type: 'text', key: 'a', label: 'A' },
    { type: 'text', key: 'a', label: 'A again' },
    { type: 'slider', key: 'b', label: 'B' },
    { type: 'picklist', key: 'c', label: 'C', params: { options: [] } },
    { type: 'chooser', key: 'd', label: 'D', params: {} },
    { type: 'text', key: 'uid', label: 'E' },
    { type: 'text', key: '__proto__', label: 'F' },
  ];
  assert.deepEqual(
    faultsOf(withConfigure({ prompts })).map((line) => line.split(':')[0]),
    [0, 2, 3, 4, 5, 6, 7].map((index) =>
      [
        '/package/configure/prompts',
        index,
        { 2: 'key', 3: 'type', 4: 'params', 5: 'params', 6: 'key', 7: 'key' }[index],
      ]
        .filter((part) => part !== undefined)
        .join('/'),
    ),
  );
});

test('prompts whose names look like secrets are secret', () => {
  const secretOf = (key: string, label: string) =>
    packageOf(withConfigure({ prompts: [{ type: 'text', key, label }] })).prompts[0]?.secret;
  for (const [key, label] of [
    ['prompt_client_secret', 'Client'],
    ['p', 'API Key'],
    ['p', 'Access Token:'],
    ['admin_password', 'Choose'],
    ['p', 'Passphrase'],
  ] as const) {
    assert.equal(secretOf(key, label), true, `${key} ${label}`);
  }
  for (const [key, label] of [
    ['prompt_client_id', 'Client ID'],
    ['p', 'Access token URL'],
    ['keyboard', 'Keyboard'],
    ['p', 'Name'],
  ] as const) {
    assert.equal(secretOf(key, label), false, `${key} ${label}`);
  }
});

test('random placeholders are read, others cannot be made here', () => {
  const placeholders = [
    { type: 'random', key: 'guid', params: { length: 40 } },
    { type: 'random', key: 'short' },
    { type: 'data_query', key: 'rows', params: {} },
  ];
  const parsed = packageOf(withConfigure({ placeholders }));
  assert.deepEqual(parsed.placeholders, [
    { key: 'guid', length: 40 },
    { key: 'short', length: 8 },
  ]);
  assert.deepEqual(
    parsed.unsupported.map(({ path }) => path),
    ['/package/configure/placeholders/2'],
  );
  for (const length of [0, -1, 1.5, 1e9, 'x']) {
    const faults = faultsOf(
      withConfigure({ placeholders: [{ type: 'random', key: 'x', params: { length } }] }),
    );
    assert.match(faults[0] ?? '', /needs a length from 1 to 1024/);
  }
});
