/** The columns of an account's life come and go without touching what refers to accounts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { down, up } from '../../server/db/migrations/0003-account-life.ts';
import { withDatabases } from '../support/databases.ts';

const at = { created_at: 1, updated_at: 1 };

withDatabases((database) => {
  const on = database.name;

  test(`${on}: columns are dropped only where they hold nothing, and rows that refer to accounts stay`, async () => {
    const db = await database.open();
    await up(db);
    const service = { id: 'S', name: 's', extension_id: 'x', params: '{}', allowed_hosts: '[]', ...at };
    await db('connected_services').insert(service);
    const owner = { owner_context: 'app', owner_id: '0' };
    await db('connected_accounts').insert({
      id: 'A',
      name: 'a',
      service_id: 'S',
      status: 'linked',
      renew_at: 9,
      ...owner,
      ...at,
    });
    const flow = { asked_by: 'x', saves_at_once: 0, replaces_identity: 0, state: 'new', exchanges: 0 };
    await db('link_flows').insert({
      id: 'F',
      account_id: 'A',
      service_id: 'S',
      created_at: 1,
      expires_at: 1,
      ...flow,
    });
    await assert.rejects(down(db, { allowDataLoss: false }), /connected_accounts\.renew_at holds values/);
    await down(db, { allowDataLoss: true });
    assert.equal(await db.schema.hasColumn('connected_accounts', 'renew_at'), false);
    assert.equal((await db('link_flows')).length, 1);
    await up(db);
    assert.equal(await db.schema.hasColumn('connected_accounts', 'renew_at'), true);
    assert.equal((await db('link_flows')).length, 1);
  });
});
