/** Holds packages/schema.json to the packages there are, and to the code that reads them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { actionTypes } from '../../../server/bots/actions/index.ts';
import { conditionTokens } from '../../../server/bots/condition.ts';
import { eventTypes } from '../../../server/bots/event.ts';
import { variableTypes } from '../../../server/bots/variable.ts';
import { checks } from '../../../server/connections/oauth1/service-checks.ts';
import { providers } from '../../../server/connections/providers/index.ts';
import { checkPackageText } from '../../../server/package-check.ts';
import { parsePackage } from '../../../server/packages/grammar.ts';
import { readSchema } from '../../../server/packages/schema.ts';
import { fromRoot } from '../../../server/root.ts';
import { settingTable } from '../../../server/settings/setting.ts';
import { packageText } from '../../support/packages.ts';

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  anyOf?: Schema[];
  allOf?: { if: Schema; then: Schema }[];
  enum?: unknown[];
  const?: unknown;
  examples?: unknown[];
  items?: Schema;
  $ref?: string;
}

const text = packageText('packages/schema.json');
const document: Schema & { $defs: Record<string, Schema> } = JSON.parse(text);
const check = readSchema();

for (const folder of ['packages', 'test/support/packages']) {
  for (const file of readdirSync(fromRoot(folder)).filter((name) => name !== 'schema.json')) {
    test(`${folder}/${file} is as the schema has it`, () => {
      assert.deepEqual(check(JSON.parse(packageText(`${folder}/${file}`))), []);
    });
  }
}

test('every example of docs/packages.md is as the schema has it', () => {
  const page = readFileSync(fromRoot('docs', 'packages.md'), 'utf8');
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, example = '']) => example);
  assert.ok(examples.length >= 2);
  for (const example of examples) assert.deepEqual(check(JSON.parse(example)), []);
});

test('the schema knows the parameters of an OAuth 1.0a service that the checks know', () => {
  const { properties } = paramsOf('cerb.service.provider.oauth1');
  assert.deepEqual(Object.keys(properties ?? {}).sort(), Object.keys(checks).sort());
});

for (const { id, serviceFields } of providers.values()) {
  test(`the schema knows the parameters of ${id}, and the choices of each`, () => {
    const properties = paramsOf(id).properties ?? {};
    const beside = ['allowed_hosts', ...(id.endsWith('.oauth1') ? ['signature_method_', 'grant_type'] : [])];
    assert.deepEqual(
      Object.keys(properties).sort(),
      [...serviceFields.map(({ key }) => key), ...beside].sort(),
    );
    for (const { key, options } of serviceFields) {
      if (options) assert.deepEqual(properties[key]?.anyOf?.[0]?.enum, [...options], key);
    }
  });
}

test('the schema knows the providers and settings that the code knows', () => {
  const { connected_service: service, settings } = document.$defs;
  assert.deepEqual(service?.properties?.extension_id?.anyOf?.[0]?.enum, [...providers.keys()]);
  const own = settings?.properties?.countersign?.properties ?? {};
  assert.deepEqual(Object.keys(own), Object.keys(settingTable));
});

test('actions, events, variables and conditions that the schema offers are ones that the code knows', () => {
  const { action, event, variables, condition } = document.$defs;
  const offers: [Schema | undefined, { has(name: string): boolean }][] = [
    [action?.properties?.action, actionTypes],
    [event, eventTypes],
    [variables?.additionalProperties?.properties?.type, variableTypes],
    [condition?.properties?.condition, conditionTokens],
  ];
  for (const [schema, known] of offers) {
    assert.ok(schema?.examples && schema.examples.length > 0);
    assert.deepEqual(
      schema.examples.filter((name) => !known.has(String(name))),
      [],
    );
  }
});

test('the parameters that the schema offers for an action are ones that the action reads', () => {
  for (const { if: when, then } of document.$defs.action?.allOf ?? []) {
    const type = actionTypes.get(String(when.properties?.action?.const));
    assert.ok(type);
    const known = type.fields.map(({ key }) => key);
    const offered = Object.entries(then.properties ?? {}).flatMap(([key, { properties }]) =>
      properties ? Object.keys(properties).map((inner) => `${key}.${inner}`) : key,
    );
    assert.deepEqual(
      offered.filter((key) => !known.includes(key)),
      [],
    );
  }
});

/** A small package with a record of every kind, in which the sweep below damages place after place. */
const whole = {
  package: {
    name: 'Whole',
    revision: 1,
    requires: { cerb_version: '9.1.0', plugins: ['cerberusweb.core'] },
    configure: {
      prompts: [
        { type: 'text', key: 'secret', label: 'Secret', params: { default: 'x' } },
        { type: 'picklist', key: 'plan', label: 'Plan', params: { options: ['a', 'b'], multiple: true } },
        { type: 'chooser', key: 'bot', label: 'Bot', params: { context: 'cerberusweb.contexts.bot' } },
      ],
      placeholders: [{ type: 'random', key: 'made', params: { length: 20 } }],
    },
  },
  settings: { countersign: { app_name: 'Helpdesk' } },
  records: [
    {
      uid: 'service',
      _context: 'connected_service',
      name: 'Service',
      extension_id: 'cerb.service.provider.oauth1',
      params: {
        client_id: 'key',
        client_secret: 'secret',
        request_token_url: 'https://api.example.com/request',
        authentication_url: 'https://api.example.com/consent',
        access_token_url: 'https://api.example.com/access',
        signature_method: 'HMAC-SHA256',
        request_params: { scope: 'read' },
        identity: { url: 'https://api.example.com/me', id: 'id', method: 'GET', every_hours: 2 },
        lifetime: { kind: 'fixed', days: 90 },
        revoke: { url: 'https://api.example.com/revoke', method: 'POST', params: {} },
        steps: ['Register an app.'],
      },
    },
    {
      uid: 'account',
      _context: 'cerberusweb.contexts.connected_account',
      name: 'Account',
      service_id: '{{{uid.service}}}',
      owner__context: 'cerberusweb.contexts.app',
      owner_id: '0',
      params: { oauth_token: 't', oauth_token_secret: 's' },
    },
    {
      uid: 'listener',
      _context: 'webhook_listener',
      name: 'Listener',
      guid: 'abcdefghijklmnopqrst',
      extension_id: 'cerb.webhooks.listener.engine.va',
      extension_params: { behavior_id: '{{{uid.behavior}}}' },
    },
  ],
  bots: [
    {
      uid: 'a_bot',
      name: 'Bot',
      owner: { context: 'cerberusweb.contexts.app', id: 0 },
      is_disabled: false,
      params: { config: {} },
      behaviors: [
        {
          uid: 'behavior',
          title: 'Behavior',
          is_disabled: false,
          is_private: false,
          priority: 50,
          event: { key: 'event.macro.bot' },
          variables: { var_text: { label: 'Text', type: 'S', params: {} } },
          nodes: [
            { type: 'action', title: 'Do', status: 'live', params: { actions: [{ action: '_exit' }] } },
          ],
        },
      ],
    },
  ],
  behavior_nodes: [
    {
      uid: 'node',
      behavior_id: 'behavior',
      parent_id: '0',
      title: 'More',
      type: 'action',
      params: { actions: [] },
    },
  ],
};

/** What only the reading of a package can tell: whether a name is known, and what goes with what. */
const beyondTheSchema = [
  '/package/configure/prompts/2/params/context: 7',
  '/package/configure/prompts/2/params/context: text',
  '/records/0/_context: text',
  '/records/0/extension_id: text',
  '/records/1/_context: text',
  '/records/1/owner__context: text',
  '/records/1/params/oauth_token: removed',
  '/records/1/params/oauth_token_secret: removed',
  '/records/2/_context: text',
  '/records/2/extension_id: 7',
  '/records/2/extension_id: text',
  '/bots/0/owner/context: text',
  '/behavior_nodes/0/parent_id: 7',
  '/behavior_nodes/0/parent_id: text',
];

test('what the grammar or the plan refuses in one place is refused by the schema, but for names', () => {
  const missed: string[] = [];
  for (const keys of placesOf(whole)) {
    for (const [how, value] of damages) {
      const damaged = withDamage(whole, keys, value);
      const { faults, unsupported } = checkPackageText(JSON.stringify(damaged));
      const isRefused = faults.length + unsupported.length > 0;
      if (isRefused && check(damaged).length === 0) missed.push(`/${keys.join('/')}: ${how}`);
    }
  }
  assert.deepEqual(missed, beyondTheSchema);
});

const damages: readonly (readonly [string, unknown])[] = [
  ['removed', undefined],
  ['7', 7],
  ['text', 'nonsense'],
  ['{}', {}],
  ['[7]', [7]],
  ['true', true],
];

function placesOf(value: unknown, above: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [...above, key],
    ...placesOf(inner, [...above, key]),
  ]);
}

function withDamage(value: unknown, keys: readonly string[], damage: unknown): unknown {
  const copy = structuredClone(value);
  // Every key of a place leads to an object or a list but the last.
  const box = keys.slice(0, -1).reduce((at, key) => at[key] as Box, copy as Box);
  const last = keys.at(-1) ?? '';
  if (damage !== undefined) box[last] = damage;
  else if (Array.isArray(box)) box.splice(Number(last), 1);
  else delete box[last];
  return copy;
}

type Box = Record<string, unknown>;

test('the check tells what the schema alone has found, with its place, and nothing twice', () => {
  const written = JSON.stringify(
    {
      package: { name: 'Example' },
      bots: [
        {
          ...whole.bots[0],
          is_disabled: 'perhaps',
          owner: { context: 'nobody', id: [] },
          params: { events: { mode: 'some' } },
          behaviors: [],
        },
      ],
    },
    null,
    1,
  );
  const { faults, warnings } = checkPackageText(written);
  assert.deepEqual(
    faults.map(({ path }) => path),
    ['/bots/0/owner'],
  );
  assert.deepEqual(warnings, [
    {
      path: '/bots/0/is_disabled',
      message: 'Not as the schema has it: known are true, false, 1, 0.',
      line: 13,
      column: 19,
    },
    {
      path: '/bots/0/params/events/mode',
      message: 'Not as the schema has it: known are all, allow, deny.',
      line: 16,
      column: 14,
    },
  ]);
});

test('remarks of the schema are sentences', () => {
  const messages = placesOf(whole).flatMap((keys) =>
    damages.flatMap(([, damage]) => check(withDamage(whole, keys, damage)).map(({ message }) => message)),
  );
  for (const message of new Set(messages))
    assert.match(message, /^Not as the schema has it: .*[a-z0-9'].*\.$/);
});

test('a package may say where its schema stands, and nothing is said of it', () => {
  const value = { $schema: './schema.json', ...whole };
  const parsed = parsePackage(value);
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.package.unsupported, parsed.package.warnings], [[], []]);
  assert.deepEqual(check(value), []);
});

/** The schema of the params of a service with this extension id, as the service's schema refers to it. */
function paramsOf(extensionId: string): Schema {
  const branch = document.$defs.connected_service?.allOf?.find(
    ({ if: when }) => when.properties?.extension_id?.const === extensionId,
  );
  const name = branch?.then.properties?.params?.$ref?.split('/').at(-1) ?? '';
  return document.$defs[name] ?? {};
}
