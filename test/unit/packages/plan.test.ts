import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseJson } from '../../../server/json.ts';
import { parsePackage } from '../../../server/packages/grammar.ts';
import { buildPlan, type Plan } from '../../../server/packages/plan.ts';
import { fromRoot } from '../../../server/root.ts';
import { plainTypes } from '../../support/record-types.ts';

interface Options {
  answers?: Record<string, string>;
  skipUnsupported?: boolean;
}

function planOf(value: unknown, { answers = {}, skipUnsupported = false }: Options = {}): Plan {
  const parsed = parsePackage(value);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.faults));
  let made = 0;
  return buildPlan({
    package: parsed.package,
    answers,
    recordTypes: plainTypes,
    skipUnsupported,
    newId: () => `ID${++made}`,
    randomBytes: (size) => new Uint8Array(size),
  });
}

function packageOf(records: unknown[], prompts: unknown[] = [], placeholders: unknown[] = []): unknown {
  return { package: { name: 'P', configure: { prompts, placeholders } }, records };
}

function service(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { uid: 'service', _context: 'connected_service', name: 'S', extension_id: 'known', ...fields };
}

function account(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const base = { uid: 'account', _context: 'connected_account', name: 'A', service_id: '{{{uid.service}}}' };
  return { ...base, ...fields };
}

function behavior(uid: string, actions: unknown[]): Record<string, unknown> {
  return {
    uid,
    title: uid,
    is_disabled: false,
    is_private: false,
    priority: 50,
    event: { key: 'event.macro.bot' },
    nodes: [{ type: 'action', title: 'x', params: { actions } }],
  };
}

function botOf(behaviors: unknown[]): Record<string, unknown> {
  return { uid: 'bot', name: 'B', owner: {}, is_disabled: false, params: {}, behaviors };
}

function readValue(plan: Plan, uid: string): Record<string, unknown> {
  const record = plan.records.find(({ item }) => item.uid === uid);
  assert.ok(record, `${uid} is planned`);
  return record.reading.value as Record<string, unknown>; // plain types keep the fields
}

function fixture(path: string): unknown {
  return parseJson(readFileSync(fromRoot(path), 'utf8'));
}

const textPrompt = (key: string, more: Record<string, unknown> = {}) => ({
  type: 'text',
  key,
  label: key,
  ...more,
});

test('uids resolve in any order, and what is referred to is inserted first', () => {
  const plan = planOf(packageOf([account(), service()]));
  assert.deepEqual(plan.faults, []);
  assert.deepEqual(
    plan.records.map(({ item }) => item.uid),
    ['service', 'account'],
  );
  assert.equal(readValue(plan, 'account').service_id, plan.records[0]?.id);
});

test('records that refer to each other are planned once each', () => {
  const plan = planOf(packageOf([account({ service_id: '{{{uid.account}}}' }), service()]));
  assert.equal(plan.records.length, 2);
});

test('a record type goes by its full id or another name, in any case', () => {
  const plan = planOf(packageOf([service({ _context: 'CerberusWeb.Contexts.Connected_Service' })]));
  assert.equal(plan.records[0]?.type.one, 'Connected Service');
});

test('an unknown context is a fault, one that Cerb knows is unsupported', () => {
  const plan = planOf(packageOf([service({ _context: 'teapot' }), account({ _context: 'ticket' })]));
  assert.deepEqual(plan.faults, [
    { path: '/records/0/_context', message: "'service' has the unknown context 'teapot'." },
  ]);
  assert.deepEqual(plan.unsupported, [
    {
      path: '/records/1/_context',
      message: "'account' is a record of the type 'ticket', which cannot be stored here.",
    },
  ]);
});

test('a package that creates nothing is a fault', () => {
  assert.deepEqual(planOf({ package: {} }).faults, [
    { path: '', message: 'Nothing would be created by this package.' },
  ]);
});

test('answers land character for character, and cannot break out of their text', () => {
  const answer = 'a"b\\c\n{{x}} {% y %} {{{uid.service}}} \' é 👋';
  const plan = planOf(packageOf([service({ params: { a: '{{{p}}}', b: '<{{{p}}}>' } })], [textPrompt('p')]), {
    answers: { p: answer },
  });
  assert.deepEqual(readValue(plan, 'service').params, { a: answer, b: `<${answer}>` });
});

test('what is no template, and what is no text, stays as it is', () => {
  const params = { n: 7, t: true, none: null, list: [1, '{{bot_template}}', '{% if x %}'], 'a/b': {} };
  assert.deepEqual(readValue(planOf(packageOf([service({ params })])), 'service').params, params);
});

test('random placeholders come from the source handed in', () => {
  const placeholders = [{ type: 'random', key: 'guid', params: { length: 5 } }];
  const plan = planOf(packageOf([service({ params: '{{{guid}}}' })], [], placeholders));
  assert.equal(readValue(plan, 'service').params, 'AAAAA');
});

test('an item is dropped when _exclude renders to something that PHP takes for true', () => {
  const prompts = [{ type: 'picklist', key: 'mode', label: 'Mode', params: { options: ['live', 'test'] } }];
  const exclude = "{{% if mode != 'live' %}}1{{% endif %}}";
  const records = [service(), account({ _exclude: exclude })];
  const uidsFor = (mode: string) =>
    planOf(packageOf(records, prompts), { answers: { mode } }).records.map(({ item }) => item.uid);
  assert.deepEqual(uidsFor('live'), ['service', 'account']);
  assert.deepEqual(uidsFor('test'), ['service']);
  assert.equal(planOf(packageOf([service({ _exclude: '0' })])).records.length, 1);
});

test('a template that cannot be rendered is a fault at its place', () => {
  const plan = planOf(packageOf([service({ params: { x: '{{{ 1 | nosuchfilter }}}' } })]));
  assert.deepEqual(
    plan.faults.map(({ path }) => path),
    ['/records/0/params/x'],
  );
  assert.match(plan.faults[0]?.message ?? '', /^The template cannot be rendered: /);
});

test('a bare name that is no prompt is taken as the uid, with a warning', () => {
  const bot = botOf([
    behavior('behavior_19', []),
    behavior('behavior_2', [{ behavior_id: '{{{behavior_19}}}' }]),
  ]);
  const plan = planOf({ package: {}, bots: [bot] });
  const id = plan.records.find(({ item }) => item.uid === 'behavior_19')?.id;
  assert.match(JSON.stringify(readValue(plan, 'behavior_2')), new RegExp(`"behavior_id":"${id}"`));
  assert.deepEqual(plan.warnings, [
    {
      path: '/bots/0/behaviors/1/nodes/0/params/actions/0/behavior_id',
      message: '{{{behavior_19}}} is neither prompt nor placeholder; it is taken as {{{uid.behavior_19}}}.',
    },
  ]);
});

test('a behavior within a bot belongs to that bot', () => {
  const plan = planOf({ package: {}, bots: [botOf([behavior('b', [])])] });
  assert.equal(readValue(plan, 'b').bot_id, plan.records.find(({ item }) => item.uid === 'bot')?.id);
});

test('a prompt of that name comes before the uid', () => {
  const plan = planOf(packageOf([service({ params: '{{{service}}}' })], [textPrompt('service')]), {
    answers: { service: 'typed' },
  });
  assert.equal(readValue(plan, 'service').params, 'typed');
  assert.deepEqual(plan.warnings, []);
});

test('a literal behavior_id is taken as the uid behavior_N, or named when there is none', () => {
  const actions = [{ behavior_id: '23' }, { behavior_id: 24 }, { other_id: '23' }];
  const plan = planOf({ package: {}, bots: [botOf([behavior('behavior_23', actions)])] });
  const [, record] = plan.records;
  assert.deepEqual(JSON.stringify(record?.reading.value).match(/"(behavior|other)_id":"?\w+/g), [
    `"behavior_id":"${record?.id}`,
    '"behavior_id":24',
    '"other_id":"23',
  ]);
  assert.deepEqual(
    plan.warnings.map(({ message }) => message),
    [
      `The literal "behavior_id": "23" is taken as this package's 'behavior_23'.`,
      `The literal "behavior_id": "24" names no behavior of this package; what uses it will refuse to run.`,
    ],
  );
});

test('a name that nothing answers to is named and stays in the text', () => {
  const params = { a: 'x{{{ uid.nope }}}y{{{uid.service}}}', b: '{{{nobody}}}' };
  const plan = planOf(packageOf([service({ params })]));
  assert.deepEqual(readValue(plan, 'service').params, { a: 'x{{{ uid.nope }}}yID1', b: '{{{nobody}}}' });
  assert.deepEqual(
    plan.warnings.map(({ path, message }) => [path, message.split(';')[0]]),
    [
      ['/records/0/params/a', '{{{uid.nope}}} names no record of this import'],
      ['/records/0/params/b', '{{{nobody}}} is neither prompt, placeholder nor uid'],
    ],
  );
});

test('an unanswered prompt is marked, and what depends on it is not held against the package', () => {
  const prompts = [textPrompt('sub'), textPrompt('site'), textPrompt('p_secret')];
  const records = [
    service({ url: 'https://{{{sub}}}.example.com/x', secret: '{{{p_secret}}}' }),
    service({ uid: 'two', url: '{{{site}}}', name: '{{{sub}}}' }),
  ];
  const plan = planOf(packageOf(records, prompts));
  assert.deepEqual(plan.faults, []);
  assert.deepEqual(
    plan.prompts.map(({ problem }) => problem),
    ["'sub' (sub) is required.", "'site' (site) is required.", "'p_secret' (p_secret) is required."],
  );
  assert.equal(plan.records[1]?.label, '[sub]');
  assert.deepEqual(plan.hosts, [{ host: '[sub].example.com', receives: ['Secret'] }]);
});

test('once answered, the same fault counts', () => {
  const records = [service({ url: '{{{site}}}' })];
  const plan = planOf(packageOf(records, [textPrompt('site')]), { answers: { site: 'nowhere' } });
  assert.deepEqual(plan.faults, [{ path: '/records/0/url', message: 'Not a URL' }]);
});

test('each secret prompt names the hosts it will go to, also from the account of a service', () => {
  const prompts = [textPrompt('p_secret'), textPrompt('p_token'), textPrompt('p_name')];
  const records = [
    service({ url: 'https://api.example.com/', secret: '{{{p_secret}}}' }),
    account({ secret: '{{{p_token}}}', name: '{{{p_name}}}' }),
  ];
  assert.deepEqual(
    planOf(packageOf(records, prompts)).prompts.map(({ key, hosts }) => [key, hosts]),
    [
      ['p_secret', ['api.example.com']],
      ['p_token', ['api.example.com']],
      ['p_name', []],
    ],
  );
});

test('an answer that no prompt asks for is named', () => {
  const plan = planOf(packageOf([service()]), { answers: { typo: 'x' } });
  assert.match(plan.warnings[0]?.message ?? '', /No prompt is called 'typo'/);
});

test('a chooser among records that are not kept here is unsupported', () => {
  const prompts = [{ type: 'chooser', key: 'g', label: 'Group', params: { context: 'group' } }];
  const plan = planOf(packageOf([service({ params: '{{{g}}}' })], prompts));
  assert.deepEqual(
    plan.unsupported.map(({ path }) => path),
    ['/package/configure/prompts/0'],
  );
  assert.deepEqual(plan.prompts, []);
});

test('skipping leaves out the field that cannot be stored, or the record that needs it', () => {
  const records = [
    service({ odd: 1 }),
    service({ uid: 'gone', extension_id: 'unknown' }),
    account({ service_id: '{{{uid.gone}}}' }),
  ];
  const listed = planOf(packageOf(records));
  assert.deepEqual(
    listed.unsupported.map(({ path }) => path),
    ['/records/0/odd', '/records/1/extension_id'],
  );
  const skipped = planOf(packageOf(records), { skipUnsupported: true });
  assert.deepEqual(
    skipped.records.map(({ item }) => item.uid),
    ['service'],
  );
  assert.equal(Object.hasOwn(readValue(skipped, 'service'), 'odd'), false);
  assert.deepEqual(skipped.unsupported, listed.unsupported);
  assert.deepEqual(skipped.warnings, [
    {
      path: '/records/2/service_id',
      message: "'account' is left out, for it needs 'gone', which is left out.",
    },
  ]);
});

test('what still names a record that was left out is warned about', () => {
  const records = [
    service({ uid: 'gone', extension_id: 'unknown' }),
    service({ params: { other: '{{{uid.gone}}}' } }),
  ];
  assert.deepEqual(planOf(packageOf(records), { skipUnsupported: true }).warnings, [
    {
      path: '/records/1/params/other',
      message: "This names 'gone', which is left out; what uses it will refuse to run.",
    },
  ]);
});

test('one uri for two records of a type is a fault', () => {
  const plan = planOf(packageOf([service({ uri: 'x' }), service({ uid: 'two', uri: 'X' })]));
  assert.deepEqual(plan.faults, [
    { path: '/records/1/uri', message: "The uri 'X' is given to 'service' already." },
  ]);
});

test('an answer in a bot template is inserted such that rendering gives it back', () => {
  const bot = botOf([
    behavior('b', [{ http_url: 'https://x.example/{{{p}}}?{{var_q|url_encode}}', auth: '{{{p}}}' }]),
  ]);
  const plan = planOf(
    { package: { configure: { prompts: [textPrompt('p')] } }, bots: [bot] },
    {
      answers: { p: '{{secret}}' },
    },
  );
  const text = JSON.stringify(readValue(plan, 'b'));
  assert.match(text, /"auth":"\{\{secret\}\}"/);
  assert.doesNotMatch(text, /"http_url":"https:\/\/x\.example\/\{\{secret\}\}/);
  assert.match(text, /\?\{\{var_q\|url_encode\}\}"/);
});

test('the stand-in of the user’s package plans with nothing unsupported', () => {
  const answers = { prompt_client_id: 'id', prompt_client_secret: 's' };
  const plan = planOf(fixture('test/support/packages/twitter-service.json'), { answers });
  assert.deepEqual([plan.faults, plan.unsupported], [[], []]);
  assert.deepEqual(
    plan.records.map(({ item }) => item.uid),
    ['service_twitter', 'account_twitter'],
  );
  assert.deepEqual(
    plan.prompts.map(({ secret }) => secret),
    [false, true],
  );
});

test('the stand-in of the bot package brings a bot and seven behaviors, with every bare name warned of', () => {
  const plan = planOf(fixture('test/support/packages/twitter-bot.json'), {
    answers: { twitter_account_id: 'ACCOUNT' },
  });
  assert.equal(plan.records.length, 8);
  assert.deepEqual(
    plan.warnings.map(({ message }) => /\{\{\{behavior_\d+\}\}\}|"behavior_id": "\d+"/.exec(message)?.[0]),
    ['{{{behavior_19}}}', '"behavior_id": "23"', '{{{behavior_22}}}'],
  );
  assert.match(JSON.stringify(readValue(plan, 'behavior_20')), /"auth_connected_account_id":"ACCOUNT"/);
});
