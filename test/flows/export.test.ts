/** What is exported here and imported elsewhere is the same there, without a secret having travelled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import { writeJson } from '../../server/json.ts';
import { exportPackage } from '../../server/packages/export.ts';
import { importPackage } from '../../server/packages/import.ts';
import { type Actor, commandLine } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps, packageText } from '../support/packages.ts';

const cerb = 'cerberusweb.contexts.';
const secret = 'planted-secret-canary';
const keys = { prompt_client_id: 'our-key', prompt_client_secret: secret };

/** A bot whose templates hold what a package would render, and an action of each kind. */
const awkward = {
  package: { name: 'Awkward' },
  bots: [
    {
      uid: 'bot',
      name: 'Braces & "quotes"',
      owner: { context: 'app', id: 0 },
      is_disabled: true,
      params: { config: { text: "{{{'{{{'}}}x}}} {{{'{{%'}}} if %}}" }, events: { mode: 'all', items: [] } },
      behaviors: [
        {
          uid: 'one',
          title: 'One',
          is_disabled: false,
          is_private: true,
          priority: 7,
          event: { key: 'event.macro.bot' },
          variables: { var_x: { key: 'var_x', label: 'x', type: 'S', is_private: '0', params: {} } },
          nodes: [
            {
              type: 'action',
              title: 'Say',
              status: 'live',
              params: {
                actions: [
                  {
                    action: '_set_custom_var',
                    var: 'said',
                    value: "{{var_x}} {{{'{{{'}}}uid.one}}} {{{'{{#'}}} note #}}",
                    format: '',
                    is_simulator_only: '0',
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
};

/** Ways of authenticating beside OAuth 1.0a, an account that the package fills in, and a listener of a bot. */
const others = {
  package: { name: 'Others' },
  records: [
    {
      uid: 'consent',
      _context: 'connected_service',
      name: 'Consent',
      uri: 'consent',
      extension_id: 'cerb.service.provider.oauth2',
      params: {
        grant_type: 'authorization_code',
        client_id: 'public-id',
        client_secret: secret,
        authorization_url: 'https://id.example/authorize?access_type=offline',
        access_token_url: 'https://id.example/token',
        scope: 'read write',
      },
    },
    {
      uid: 'waiting',
      _context: 'connected_account',
      name: 'Waiting',
      service_id: '{{{uid.consent}}}',
      owner__context: 'app',
      owner_id: '0',
      params: {},
    },
    {
      uid: 'basic',
      _context: 'connected_service',
      name: 'Basic',
      extension_id: 'cerb.service.provider.http.basic',
      params: { base_url: 'https://api.example/', url_whitelist: 'https://files.example/' },
    },
    {
      uid: 'filled',
      _context: 'connected_account',
      name: 'Filled',
      uri: 'filled.in',
      service_id: '{{{uid.basic}}}',
      owner__context: 'app',
      owner_id: '0',
      params: { username: 'us', password: secret },
    },
    {
      uid: 'hook',
      _context: 'webhook_listener',
      name: 'Hook',
      guid: 'hook-of-one-1234',
      extension_id: 'cerb.webhooks.listener.engine.va',
      extension_params: { behavior_id: '{{{uid.answer}}}' },
    },
  ],
  bots: [
    {
      uid: 'bot',
      name: 'Answers',
      owner: { context: 'app', id: 0 },
      is_disabled: false,
      params: {},
      behaviors: [
        {
          uid: 'answer',
          title: 'Answer',
          is_disabled: false,
          is_private: false,
          priority: 50,
          event: { key: 'event.webhook.received' },
          nodes: [],
        },
      ],
    },
  ],
};

withDatabases((database) => {
  const on = database.name;

  /** A database with the Twitter package in it; answers the ids by uid. */
  async function filled(text = packageText('packages/twitter.json')) {
    const db = await database.open();
    const entry = await importPackage(importDeps(db), { actor: commandLine, package: text, prompts: keys });
    return { db, records: entry.records };
  }

  const exported = (
    db: Knex,
    records: readonly { context: string; id: string }[],
    actor: Actor = commandLine,
  ) => exportPackage(importDeps(db), { actor, name: 'Export', revision: 3, records });

  test(`${on}: exported and imported on another hub, records are the same, secrets apart`, async () => {
    for (const text of [packageText('packages/twitter.json'), writeJson(awkward), writeJson(others)]) {
      const here = await filled(text);
      const { package: made, notes } = await exported(here.db, here.records);
      assert.deepEqual(notes, []);
      assert.doesNotMatch(writeJson(made), new RegExp(secret));
      const there = await database.open();
      const { prompts } = (made.package as { configure: { prompts: { key: string; type: string }[] } })
        .configure;
      assert.ok(prompts.every(({ type }) => type === 'text'));
      const entry = await importPackage(importDeps(there), {
        actor: commandLine,
        package: writeJson(made),
        prompts: Object.fromEntries(prompts.map(({ key }) => [key, secret])),
      });
      assert.equal(entry.records.length, here.records.length);
      assert.deepEqual(await described(there, entry.records), await described(here.db, here.records));
    }
  });

  test(`${on}: a bot chosen alone brings its behaviors, and asks for the account that they use`, async () => {
    const { db, records } = await filled();
    const bot = records.find(({ context }) => context === `${cerb}bot`);
    assert.ok(bot);
    const { package: made } = await exported(db, [bot]);
    const bots = made.bots as { behaviors: unknown[] }[];
    assert.equal(bots[0]?.behaviors.length, 5);
    const { prompts } = (made.package as { configure: { prompts: object[] } }).configure;
    assert.deepEqual(prompts, [
      {
        type: 'chooser',
        key: 'prompt_connected_account_id',
        label: 'Which connected account to use',
        params: { context: `${cerb}connected_account`, query: '', single: true },
      },
    ]);
    const account = records.find(({ context }) => context === `${cerb}connected_account`);
    const entry = await importPackage(importDeps(db), {
      actor: commandLine,
      package: writeJson(made),
      prompts: { prompt_connected_account_id: account?.id ?? '' },
    });
    assert.equal(entry.records.length, 6);
  });

  test(`${on}: what another hub does not know as an owner becomes the application's, and is told`, async () => {
    const { db, records } = await filled();
    const account = records.find(({ context }) => context === `${cerb}connected_account`);
    await db('connected_accounts').update({ owner_context: 'worker', owner_id: 'KIM' });
    const { package: made, notes } = await exported(db, account ? [account] : []);
    const [written] = made.records as Record<string, unknown>[];
    assert.equal(written?.owner__context, `${cerb}app`);
    assert.deepEqual(
      notes.map(({ path }) => path),
      ['/records/0/owner__context'],
    );
    assert.match(notes[0]?.message ?? '', /belongs to a worker here/);
  });

  test(`${on}: only admins export, only what is here, and only something`, async () => {
    const { db, records } = await filled();
    const worker: Actor = { kind: 'worker', id: 'w', name: 'Kim', isAdmin: false, groupIds: [] };
    await assert.rejects(exported(db, records, worker), refusedAs('forbidden'));
    await assert.rejects(exported(db, []), refusedAs('bad_request'));
    await assert.rejects(exported(db, [{ context: 'bot', id: 'NOTHING' }]), refusedAs('not_found'));
    await assert.rejects(exported(db, [{ context: 'ticket', id: '1' }]), refusedAs('bad_request'));
  });

  /** Fields of records by label, with ids of each other replaced by labels, so that two hubs can be compared. */
  async function described(db: Knex, records: readonly { context: string; id: string }[]) {
    const { recordTypes } = importDeps(db);
    const stored = await Promise.all(
      records.map(async ({ context, id }) => {
        const type = recordTypes.find((one) => one.context === context);
        const found = await type?.describe(db, id);
        assert.ok(found);
        return { id, ...found };
      }),
    );
    return stored
      .map(({ fields, secrets, label }) => {
        const text = stored.reduce(
          (all, one) => all.replaceAll(one.id, encodeURIComponent(one.label)),
          writeJson(fields),
        );
        return { label, fields: JSON.parse(text) as unknown, secrets: secrets.map(({ path }) => path) };
      })
      .sort((a, b) => (a.label < b.label ? -1 : 1));
  }
});

function refusedAs(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === code;
}
