/** What the start page and the metrics tell of accounts that need a person. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createMetrics } from '../../server/http/metrics.ts';
import { makeAccount, makeService } from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const minute = 60_000;

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
  });
  after(() => hub.close());

  test(`${on}: an account about to end stands on the start page and in the metrics, and goes when it is linked anew`, async () => {
    const lifetime = { kind: 'fixed', days: 0.1 };
    const service = await makeService(hub, {}, { lifetime, identity: null });
    const { id } = await makeAccount(hub, service.id, { name: 'Support <there>' });
    const store = () =>
      hub.api('PUT', `/connected-accounts/${id}/credentials`, {
        oauth_token: 'canary-token',
        oauth_token_secret: 'canary-secret',
      });
    const home = async () => (await hub.admin.open(hub.url)).html;
    const metrics = async () => (await fetch(`${hub.url}/metrics`)).text();
    assert.equal((await store()).body.status, 'linked');
    assert.doesNotMatch(await home(), /needs you/);
    assert.match(await metrics(), /^countersign_accounts\{status="linked"\} 1$/m);
    assert.match(await metrics(), /^countersign_accounts_expiring 0$/m);

    hub.clock.offsetMs = 135 * minute;
    assert.match(await home(), /An account needs you[\s\S]*Support &lt;there&gt;[\s\S]*Linked, ends soon/);
    assert.match(await metrics(), /^countersign_accounts_expiring 1$/m);

    hub.clock.offsetMs = 145 * minute;
    assert.match(await home(), /Expired/);
    const ended = await metrics();
    assert.match(ended, /^countersign_accounts\{status="expired"\} 1$/m);
    assert.match(ended, /^countersign_accounts_expiring 0$/m);
    assert.match(ended, /^countersign_accounts_drifted 0$/m);

    assert.equal((await store()).body.status, 'linked');
    assert.doesNotMatch(await home(), /needs you/);
    hub.clock.offsetMs = 0;
  });
});

test('metrics are told without the accounts while the database is away', async () => {
  const metrics = createMetrics({ countAccounts: () => Promise.reject(new Error('away')) });
  metrics.countDelivery('answered');
  const { text } = await metrics.expose();
  assert.match(text, /countersign_deliveries_total\{outcome="answered"\} 1/);
  assert.doesNotMatch(text, /countersign_accounts\{/);
});
