/** Webhook listeners as packages bring them: stored, shown, and in the way of deleting what they run. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertRefused } from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const listenerPackage = (name: string, listener: object) => ({
  package: {
    name,
    requires: { plugins: ['cerb.webhooks'] },
    configure: { placeholders: [{ type: 'random', key: 'webhook_guid', params: { length: 40 } }] },
  },
  records: [{ uid: 'hook', _context: 'webhook_listener', name: 'SMS received', ...listener }],
  bots: [
    {
      uid: 'bot',
      name: 'SMS bot',
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
});
const runs = {
  guid: '{{{webhook_guid|lower}}}',
  extension_id: 'cerb.webhooks.listener.engine.va',
  extension_params: { behavior_id: '{{{uid.answer}}}' },
};

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let made: Record<string, Record<string, { id: string }>>;
  const idOf = (context: string, uid: string) => made[`cerberusweb.contexts.${context}`]?.[uid]?.id ?? '';
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
    const answer = await hub.api('POST', '/packages/import', { package: listenerPackage('SMS', runs) });
    assert.equal(answer.status, 201, answer.text);
    made = answer.body.records_created;
  });
  after(() => hub.close());

  test(`${on}: a listener is stored with its own random address and the behavior it runs`, async () => {
    const { body } = await hub.api('GET', `/webhook-listeners/${idOf('webhook_listener', 'hook')}`);
    assert.match(body.guid, /^[a-z1-9]{40}$/);
    assert.equal(body.url, `${hub.url}/webhooks/${body.guid}`);
    assert.equal(body.behavior_id, idOf('behavior', 'answer'));
    const list = await hub.api('GET', '/webhook-listeners');
    assert.deepEqual(list.body, { items: [body], next: null });
  });

  test(`${on}: its card says the address, the behavior, and that nothing came in yet`, async () => {
    const id = idOf('webhook_listener', 'hook');
    const list = await hub.admin.open(`${hub.url}/webhook-listeners`);
    assert.match(list.html, /SMS received/);
    const card = await hub.admin.open(`${hub.url}/webhook-listeners/${id}`);
    assert.match(card.html, /\/webhooks\/[a-z1-9]{40}/);
    assert.match(card.html, /Nothing came in yet/);
    assert.match(card.html, /Answer/);
  });

  test(`${on}: a behavior, and its bot, are not deleted under a listener without saying so`, async () => {
    for (const [path, label] of [
      [`/behaviors/${idOf('behavior', 'answer')}`, 'the behavior'],
      [`/bots/${idOf('bot', 'bot')}`, 'the bot'],
    ]) {
      const error = assertRefused(await hub.api('DELETE', path ?? ''), 409, 'in_use');
      const by = error.by.map((one: { label: string }) => one.label);
      assert.ok(by.includes('SMS received'), label);
    }
    const gone = await hub.api('DELETE', `/bots/${idOf('bot', 'bot')}?with=dependents`);
    assert.equal(gone.status, 204);
    const left = await hub.api('GET', `/webhook-listeners/${idOf('webhook_listener', 'hook')}`);
    assertRefused(left, 404, 'not_found');
  });

  test(`${on}: a behavior that is not here, and a guid that is taken, are faults of the plan`, async () => {
    const plan = (name: string, listener: object) =>
      hub.api('POST', '/packages/plan', { package: listenerPackage(name, listener) });
    const dangling = { ...runs, extension_params: { behavior_id: '{{{uid.nobody}}}' } };
    const refused = assertRefused(await plan('Dangling', dangling), 422, 'package_invalid');
    assert.deepEqual(
      refused.faults.map((fault: { path: string }) => fault.path),
      ['/records/0/extension_params/behavior_id'],
    );
    const fixed = { ...runs, guid: 'a-guid-that-is-fixed' };
    const first = await hub.api('POST', '/packages/import', { package: listenerPackage('First', fixed) });
    assert.equal(first.status, 201, first.text);
    const taken = assertRefused(await plan('Second', fixed), 422, 'package_invalid');
    assert.equal(taken.faults[0].path, '/records/0/guid');
  });

  test(`${on}: a listener is deleted by itself`, async () => {
    const [listener] = (await hub.api('GET', '/webhook-listeners')).body.items;
    assert.equal((await hub.api('DELETE', `/webhook-listeners/${listener.id}`)).status, 204);
    assertRefused(await hub.api('DELETE', `/webhook-listeners/${listener.id}`), 404, 'not_found');
  });
});
