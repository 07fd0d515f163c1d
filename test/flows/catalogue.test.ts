/** Every package with an OAuth 1.0a service: planned, imported, linked and used against a sandbox that behaves like it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type CatalogueEntry, quirksOf, readCatalogue } from '../support/catalogue.ts';
import {
  type CatalogueHub,
  linkAccount,
  makeKey,
  person,
  startCatalogueHub,
} from '../support/catalogue-hub.ts';
import { withDatabases } from '../support/databases.ts';

const catalogue = readCatalogue();

test('no two services of the catalogue share an origin, so that one hub reaches them all', () => {
  const origins = catalogue.flatMap(({ profile }) => profile.origins);
  assert.equal(new Set(origins).size, origins.length);
  assert.ok(catalogue.length > 25, `${catalogue.length} services`);
});

withDatabases((database) => {
  describe(`the catalogue on ${database.name}`, () => {
    let world: CatalogueHub;
    before(async () => {
      world = await startCatalogueHub(catalogue, await database.create());
    });
    after(() => world.close());

    /** Ids of the account that it brings and of its service. */
    async function importEntry({ text, answers, params }: CatalogueEntry) {
      const { hub } = world;
      const asked = await hub.api('POST', '/packages/plan', { package: text, prompts: {} });
      assert.deepEqual(
        asked.body.prompts.map(({ key }: { key: string }) => key).sort(),
        Object.keys(answers).sort(),
      );
      const plan = await hub.api('POST', '/packages/plan', { package: text, prompts: answers });
      assert.equal(plan.status, 200, plan.text);
      assert.deepEqual(plan.body.unsupported, []);
      const hosts: string[] = plan.body.hosts.map(({ host }: { host: string }) => host);
      for (const host of Object(params.allowed_hosts ?? [])) assert.ok(hosts.includes(host), host);
      const made = await hub.api('POST', '/packages/import', { package: text, prompts: answers });
      assert.equal(made.status, 201, made.text);
      const created = made.body.records_created['cerberusweb.contexts.connected_account'];
      const [account] = Object.values<{ id: string }>(created);
      const accountId = account?.id ?? assert.fail('it brings no account');
      const { body } = await hub.api('GET', `/connected-accounts/${accountId}`);
      return { accountId, serviceId: String(body.service_id) };
    }

    for (const entry of catalogue) {
      test(`${entry.id}: imported, linked, asked who it is, and used`, async () => {
        const { hub } = world;
        const remote = world.remoteOf(entry);
        const { params, consumer, profile } = entry;
        const { accountId, serviceId } = await importEntry(entry);
        if (String(params.signature_method).startsWith('RSA-')) {
          await makeKey(hub, serviceId, remote, consumer.key);
        }
        if (profile.legs === 'three') await linkAccount(hub, accountId, entry, remote);

        const linked = await hub.api('GET', `/connected-accounts/${accountId}`);
        assert.equal(linked.body.status, 'linked', linked.text);
        const who = await hub.api('POST', `/connected-accounts/${accountId}/test`);
        assert.equal(who.body.ok, true, who.text);
        assert.deepEqual(who.body.identity, expectedIdentity(entry), who.text);

        const service = await hub.api('GET', `/connected-services/${serviceId}`);
        const origin = profile.origins.find((o) => new URL(o).host === service.body.allowed_hosts[0]);
        for (const sent of [
          { method: 'GET', url: `${origin}/echo?status=open%20ones&a=%C3%BC` },
          {
            method: 'POST',
            url: `${origin}/echo`,
            headers: { 'Content-Type': 'application/json' },
            body: '{"a":"ü"}',
          },
        ]) {
          const answer = await hub.api('POST', `/connected-accounts/${accountId}/request`, sent);
          assert.equal(answer.body.info?.http_code, 200, answer.text);
          assert.equal(answer.body.body.user, person.screenName);
        }
        const unlinked = await hub.api('POST', `/connected-accounts/${accountId}/unlink`);
        assert.equal(unlinked.body.ok, true, unlinked.text);

        const entries = remote.sandbox.journal.entries();
        assert.deepEqual(
          entries.filter(({ refused }) => refused !== null),
          [],
          'nothing was refused on the way',
        );
        const found = new Set(entries.flatMap(({ verified }) => verified));
        assert.deepEqual(
          quirksOf(entry).filter((quirk) => !found.has(quirk)),
          [],
          'the service asked for each of its quirks',
        );
        const hasRevoked = entries.some(({ endpoint }) => endpoint === 'revoke');
        assert.equal(hasRevoked, params.revoke !== undefined);
        if (consumer.secret !== '') assert.ok(!hub.log().includes(consumer.secret), 'no secret is logged');
      });
    }
  });
});

/** As the sandbox has it: nobody where there is no call to ask. */
function expectedIdentity({ params }: CatalogueEntry) {
  const identity = Object(params.identity);
  if (identity.url === undefined) return null;
  const isNamedById = identity.id !== undefined && identity.id === identity.name;
  return { id: person.id, name: isNamedById ? person.id : person.screenName };
}
