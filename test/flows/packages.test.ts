import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import { importAnswer, packagesApi, planAnswer } from '../../server/packages/api.ts';
import { type ImportRequest, importPackage, planPackage } from '../../server/packages/import.ts';
import { listImports } from '../../server/packages/store.ts';
import type { Actor } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { failAtStatement } from '../support/failing-statements.ts';
import { importDeps, packageText, rowsOf } from '../support/packages.ts';

const admin: Actor = { kind: 'worker', id: 'w', name: 'Ada', isAdmin: true, groupIds: [] };
const keys = { prompt_client_id: 'planted id', prompt_client_secret: 'planted-secret' };
const cerb = 'cerberusweb.contexts.';

function request(text: string, more: Partial<ImportRequest> = {}): ImportRequest {
  return { actor: admin, package: text, prompts: keys, ...more };
}

async function refusal(work: Promise<unknown>): Promise<HubError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HubError, `a refusal, not ${error}`);
  return error;
}

withDatabases((database) => {
  describe(`packages on ${database.name}`, () => {
    let db: Knex;
    before(async () => {
      db = await database.open();
    });

    const service = packageText('test/support/packages/twitter-service.json');

    test('a plan names records, prompts, and the hosts each secret will go to, and writes nothing', async () => {
      const plan = planAnswer(await planPackage(importDeps(db), request(service, { prompts: {} })));
      assert.deepEqual(plan.records, [
        { context: `${cerb}connected_service`, uid: 'service_twitter', label: 'Twitter', action: 'create' },
        { context: `${cerb}connected_account`, uid: 'account_twitter', label: 'Twitter', action: 'create' },
      ]);
      assert.deepEqual(plan.unsupported, []);
      assert.match(JSON.stringify(plan.hosts), /"host":"api\.twitter\.com"/);
      const prompts = plan.prompts as { key: string; secret: boolean; missing: boolean; hosts: string[] }[];
      assert.deepEqual(
        prompts.map(({ key, secret, missing }) => [key, secret, missing]),
        [
          ['prompt_client_id', false, true],
          ['prompt_client_secret', true, true],
        ],
      );
      assert.match(JSON.stringify(plan.warnings), /signature_method_/);
      assert.deepEqual((await rowsOf(db)).imports, []);
    });

    test('an import without answers is refused with the prompts', async () => {
      const error = await refusal(importPackage(importDeps(db), request(service, { prompts: {} })));
      assert.equal(error.code, 'prompts_missing');
      assert.deepEqual(
        (error.extra.prompts as { key: string; label: string }[]).map(({ key, label }) => [key, label]),
        [
          ['prompt_client_id', "The app's id"],
          ['prompt_client_secret', "The app's secret"],
        ],
      );
    });

    test('a fault at any statement leaves nothing behind', async () => {
      const deps = importDeps(db);
      const text = packageText('packages/twitter.json');
      const before = await rowsOf(db);
      let n = 1;
      while (await failAtStatement(n, () => importPackage(deps, request(text)))) {
        assert.deepEqual(await rowsOf(db), before, `after a fault at statement ${n}`);
        n++;
      }
      assert.ok(n > 15, `${n} statements`);
      const after = await rowsOf(db);
      assert.deepEqual(
        Object.entries(after).map(([table, rows]) => [table, rows.length]),
        [
          ['connected_services', 1],
          ['connected_accounts', 1],
          ['bots', 1],
          ['behaviors', 5],
          ['webhook_listeners', 0],
          ['settings', 0],
          ['imports', 1],
          ['import_records', 8],
        ],
      );
      assert.doesNotMatch(JSON.stringify(after), /planted-secret/);
    });

    test('the answer tells every record by context and uid', async () => {
      const answer = importAnswer(await importPackage(importDeps(db), request(service)));
      const created = answer.records_created as Record<string, Record<string, { id: string; label: string }>>;
      assert.deepEqual(Object.keys(created), [`${cerb}connected_service`, `${cerb}connected_account`]);
      const account = created[`${cerb}connected_account`]?.account_twitter;
      assert.equal(account?.label, 'Twitter');
      assert.match(account?.id ?? '', /^[0-9A-Z]{26}$/);
      assert.deepEqual(answer.records_modified, {});
    });

    test('a second import of the name is refused, unless a new copy is asked for', async () => {
      const deps = importDeps(db);
      const again = await refusal(importPackage(deps, request(service, { prompts: {} })));
      assert.equal(again.code, 'already_imported');
      const before = await rowsOf(db);
      const copy = await importPackage(deps, request(service, { mode: 'new' }));
      const after = await rowsOf(db);
      assert.equal(after.connected_accounts?.length, (before.connected_accounts?.length ?? 0) + 1);
      const [latest] = await listImports(db, 1);
      assert.equal(latest?.id, copy.id);
    });

    test('a bot package binds the chosen account, and warns of every name it had to guess', async () => {
      const deps = importDeps(db);
      const text = packageText('test/support/packages/twitter-bot.json');
      const [account] = (await rowsOf(db)).connected_accounts as { id: string }[];
      const wrong = { prompts: { twitter_account_id: 'nobody' } };
      assert.equal((await refusal(importPackage(deps, request(text, wrong)))).code, 'prompts_missing');
      const prompts = { twitter_account_id: account?.id ?? '' };
      const entry = await importPackage(deps, request(text, { prompts }));
      assert.equal(entry.records.length, 8);
      const post = entry.records.find(({ uid }) => uid === 'behavior_19');
      const chat = await db('behaviors').where({ title: 'Post by chat' }).first();
      assert.match(chat.nodes, new RegExp(`"behavior_id":"${post?.id}"`));
      const said = entry.warnings.map(({ message }) => message).join('\n');
      assert.match(said, /\{\{\{behavior_19\}\}\}.*\{\{\{behavior_22\}\}\}/s);
      assert.match(said, /"behavior_id": "23"/);
    });

    test('a uri that is taken is found by the plan', async () => {
      const deps = importDeps(db);
      const text = (name: string) =>
        JSON.stringify({
          package: { name },
          bots: [
            {
              uid: 'b',
              name: 'B',
              uri: 'the-bot',
              owner: { context: 'app', id: 0 },
              is_disabled: false,
              params: {},
              behaviors: [],
            },
          ],
        });
      await importPackage(deps, request(text('first'), { prompts: {} }));
      const error = await refusal(planPackage(deps, request(text('second'), { prompts: {} })));
      assert.equal(error.code, 'package_invalid');
      assert.match(JSON.stringify(error.extra.faults), /"path":"\/bots\/0\/uri".*the-bot.*"line":1/);
    });

    test('what cannot be stored is refused before anything is written, and left out when told so', async () => {
      const deps = importDeps(db);
      const value = JSON.parse(service) as { package: { name: string }; records: object[] };
      value.package.name = 'Mixed';
      value.records.push(
        { uid: 'ticket', _context: 'ticket', subject: 'x' },
        {
          uid: 'other',
          _context: 'connected_service',
          name: 'O',
          extension_id: 'no.such.provider',
          params: {},
        },
        {
          uid: 'other_account',
          _context: 'connected_account',
          name: 'OA',
          service_id: '{{{uid.other}}}',
          owner__context: 'app',
          owner_id: '0',
          params: {},
        },
      );
      const text = JSON.stringify(value);
      const before = await rowsOf(db);
      const error = await refusal(importPackage(deps, request(text)));
      assert.equal(error.code, 'package_unsupported');
      assert.deepEqual(
        (error.extra.unsupported as { path: string }[]).map(({ path }) => path),
        ['/records/2/_context', '/records/3/extension_id'],
      );
      assert.deepEqual(await rowsOf(db), before);
      const entry = await importPackage(deps, request(text, { unsupported: 'skip' }));
      assert.deepEqual(
        entry.records.map(({ uid }) => uid),
        ['service_twitter', 'account_twitter'],
      );
      assert.match(JSON.stringify(entry.warnings), /'other_account' is left out/);
    });

    test('bad input is refused with place and reason, and nothing is written', async () => {
      const deps = importDeps(db);
      const before = await rowsOf(db);
      const cases: [string, string, RegExp][] = [
        ['{"package": }', 'package_invalid', /not JSON.*"line":1,"column":13/],
        ['{"records": []}', 'package_invalid', /'package' is missing/],
        [' '.repeat(1_000_001), 'too_large', /at most 1\.0 MB/],
        [`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'package_invalid', /deeper than 64/],
        ['{"package":{"name":"x","__proto__":{}}}', 'package_invalid', /__proto__/],
        [service.replace('"account_twitter"', '"service_twitter"'), 'package_invalid', /given already/],
        [service.replace('"connected_service"', '"teapot"'), 'package_invalid', /unknown context 'teapot'/],
        [service.replace('"uid": "account_twitter",', ''), 'package_invalid', /lacks uid/],
        [service.replace('"9.1.0"', '"11.0"'), 'package_invalid', /requires Cerb 11\.0/],
        [service.replace('uid.service_twitter', 'uid.nope'), 'package_invalid', /service_id.*not here/s],
      ];
      for (const [text, code, pattern] of cases) {
        const error = await refusal(importPackage(deps, request(text, { mode: 'new' })));
        assert.equal(error.code, code, text.slice(0, 60));
        assert.match(error.message + JSON.stringify(error.extra), pattern);
      }
      assert.deepEqual(await rowsOf(db), before);
    });

    test('an answer with quotes, newlines and braces is stored character for character', async () => {
      const deps = importDeps(db);
      const answer = 'a"b\\c\r\nd {{x}} {% if %} {{{uid.service_twitter}}} \'';
      const prompts = { ...keys, prompt_client_id: answer };
      const entry = await importPackage(deps, request(service, { prompts, mode: 'new' }));
      const id = entry.records.find(({ uid }) => uid === 'service_twitter')?.id;
      const row = await db('connected_services').where({ id }).first();
      assert.equal(JSON.parse(row.params).client_id, answer);
    });

    test('programs send a package as text or as an object, and page through the history', async () => {
      const routes = packagesApi(importDeps(db));
      const call = async (path: string, body: unknown, query = '') => {
        const route = routes.find((one) => one.path === path);
        assert.equal(route?.access, 'admin');
        const parsed = route?.body?.parse(body);
        const signal = new AbortController().signal;
        const sent = { params: {}, query: new URLSearchParams(query), body: parsed, actor: admin, signal };
        return (await route?.handle(sent))?.body as Record<string, unknown>;
      };
      const asText = await call('/packages/plan', { package: service });
      assert.deepEqual(await call('/packages/plan', { package: JSON.parse(service) }), asText);
      assert.deepEqual(Object.keys(asText).slice(0, 5), [
        'prompts',
        'records',
        'warnings',
        'unsupported',
        'hosts',
      ]);
      const made = await call('/packages/import', {
        package: JSON.parse(service),
        prompts: keys,
        mode: 'new',
      });
      assert.match(JSON.stringify(made), /"import_id":"[0-9A-Z]{26}"/);
      const first = await call('/imports', undefined, 'limit=1');
      assert.deepEqual((first.items as { id: string }[])[0]?.id, made.import_id);
      const second = await call('/imports', undefined, `limit=1&after=${first.next}`);
      const older = (second.items as { id: string }[])[0]?.id ?? '';
      assert.ok(older !== '' && older < String(made.import_id));
      assert.equal((await refusal(call('/imports', undefined, 'limit=0'))).code, 'bad_request');
    });

    test('only admins plan and import', async () => {
      const actor: Actor = { kind: 'worker', id: 'b', name: 'Bob', isAdmin: false, groupIds: [] };
      assert.equal(
        (await refusal(planPackage(importDeps(db), request(service, { actor })))).code,
        'forbidden',
      );
    });
  });
});
