/** Behaviors that read and change records of the hub, with what their bot's owner may use. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let botId: string;
  let foreignId: string;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
    botId = await make('/bots', { name: 'Keeper', owner: { context: 'app', id: '0' } });
    const group = await make('/groups', { name: 'Night' });
    foreignId = await make('/bots', { name: 'Foreign', owner: { context: 'group', id: group } });
  });
  after(() => hub.close());

  async function make(path: string, fields: object): Promise<string> {
    const made = await hub.api('POST', path, fields);
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  }

  async function run(actions: object[], how = 'run', bot = botId) {
    const nodes = [{ type: 'action', title: 'Act', params: { actions } }];
    const id = await make('/behaviors', { bot_id: bot, title: 'Records', nodes });
    return (await hub.api('POST', `/behaviors/${id}/${how}`, { variables: {} })).body;
  }

  const action = (verb: string, context: string, params: object) => ({
    action: `core.bot.action.record.${verb}`,
    context,
    object_placeholder: 'out',
    ...params,
  });
  const changes = (fields: object) => ({ changeset_json: JSON.stringify(fields) });

  test(`${on}: a bot finds what its owner owns, by name and id, and nothing of others`, async () => {
    const found = await run([
      action('search', 'cerberusweb.contexts.bot', { query: 'name:keep*' }),
      {
        action: '_set_custom_var',
        var: 'first',
        value: '{{(out|first).name}} {{out|keys|first}}',
        format: '',
      },
    ]);
    assert.equal(found.status, 'done', JSON.stringify(found.error));
    assert.equal(found.values.first, `Keeper ${botId}`);
    assert.deepEqual((await run([action('search', 'bot', { query: 'foreign' })])).values.out, {});
    const one = await run([action('retrieve', 'bot', { id: '{{behavior_bot_id}}' })]);
    assert.equal(one.values.out._label, 'Keeper');
    const other = await run([action('retrieve', 'bot', { id: foreignId })]);
    assert.equal(other.error.code, 'not_found');
    const unknown = await run([action('search', 'bot', { query: 'colour:red' })]);
    assert.match(unknown.error.message, /'colour:' is not known here/);
    assert.match((await run([action('search', 'ticket', {})])).error.message, /There are: bot, behavior/);
  });

  test(`${on}: records are created, updated, upserted and deleted as the API would, and not in the simulator`, async () => {
    const made = await run([action('create', 'bot', changes({ name: 'Child' }))]);
    assert.equal(made.status, 'done', JSON.stringify(made.error));
    const { id } = made.values.out;
    assert.equal((await hub.api('GET', `/bots/${id}`)).body.owner.context, 'cerberusweb.contexts.app');
    await run([action('update', 'bot', { id, ...changes({ name: 'Grown' }) })]);
    assert.equal((await hub.api('GET', `/bots/${id}`)).body.name, 'Grown');
    await run([action('upsert', 'bot', { query: 'name:Grown', ...changes({ name: 'Older' }) })]);
    assert.equal((await hub.api('GET', `/bots/${id}`)).body.name, 'Older');
    const upserted = await run([
      action('upsert', 'bot', { query: 'name:nobody', ...changes({ name: 'New' }) }),
    ]);
    assert.notEqual(upserted.values.out.id, id);
    const several = await run([action('upsert', 'bot', { query: 'limit:5', ...changes({ name: 'X' }) })]);
    assert.equal(several.error.code, 'conflict');
    const simulated = await run([action('delete', 'bot', { id })], 'simulate');
    assert.equal(simulated.transcript[0].status, 'skipped');
    assert.equal((await hub.api('GET', `/bots/${id}`)).status, 200);
    await run([action('delete', 'bot', { id })]);
    assert.equal((await hub.api('GET', `/bots/${id}`)).status, 404);
  });

  test(`${on}: a bot gives nothing to another owner, and changes nothing of another`, async () => {
    const owner = { context: 'worker', id: '1' };
    const given = await run([action('create', 'bot', changes({ name: 'Spy', owner }))]);
    assert.equal(given.status, 'failed');
    const taken = await run(
      [action('update', 'bot', { id: botId, ...changes({ name: 'Mine' }) })],
      'run',
      foreignId,
    );
    assert.equal(taken.error.code, 'not_found');
    const placed = await run([action('create', 'behavior', changes({ bot_id: foreignId, title: 'In' }))]);
    assert.equal(placed.error.code, 'not_found', placed.error.message);
    const bad = await run([action('create', 'bot', { changeset_json: 'no' })]);
    assert.match(bad.error.message, /no JSON object/);
  });

  test(`${on}: of services and accounts a bot sees facts, never a secret, and changes none`, async () => {
    const params = {
      client_id: 'key',
      client_secret: 'service-secret-canary',
      request_token_url: 'https://api.twitter.com/oauth/request_token',
      authentication_url: 'https://api.twitter.com/oauth/authenticate',
      access_token_url: 'https://api.twitter.com/oauth/access_token',
      signature_method: 'HMAC-SHA1',
    };
    const extension_id = 'cerb.service.provider.oauth1';
    const service = await make('/connected-services', { name: 'Birds', extension_id, params });
    const owner = { context: 'app', id: '0' };
    const account = await make('/connected-accounts', { name: 'Desk', service_id: service, owner });
    const found = await run([
      action('search', 'connected_account', { query: `service:${service}` }),
      action('retrieve', 'connected_service', { id: service, object_placeholder: 'service' }),
    ]);
    assert.equal(found.status, 'done', JSON.stringify(found.error));
    assert.equal(found.values.out[account].status, 'unlinked');
    assert.deepEqual(found.values.service.allowed_hosts, ['api.twitter.com']);
    assert.doesNotMatch(JSON.stringify(found), /canary|client_secret/);
    const changed = await run([
      action('update', 'connected_account', { id: account, ...changes({ name: 'X' }) }),
    ]);
    assert.equal(changed.error.code, 'forbidden');
    const foreign = await run([action('retrieve', 'connected_service', { id: service })], 'run', foreignId);
    assert.equal(foreign.error.code, 'not_found');
    const others = await run([action('search', 'connected_account', {})], 'run', foreignId);
    assert.deepEqual(others.values.out, {});
  });

  test(`${on}: conversations and listeners are searched, messages within a conversation`, async () => {
    const none = await run([
      action('search', 'conversation', { query: 'state:open' }),
      action('search', 'webhook_listener', { query: '', object_placeholder: 'hooks' }),
    ]);
    assert.deepEqual([none.values.out, none.values.hooks], [{}, {}]);
    assert.match((await run([action('search', 'message', {})])).error.message, /conversation:ID/);
  });
});
