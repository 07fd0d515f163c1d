/** What a whole hub shows and keeps of secrets that are sent as they are: in pages, API answers, deliveries and its log. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const origin = 'https://api.twitter.com';

const kinds = [
  {
    extension: 'http.basic',
    params: { base_url: origin },
    credentials: { username: 'alice', password: 'alice-password' },
    path: '/basic/me',
  },
  {
    extension: 'token.bearer',
    params: { token_name: 'token', allowed_hosts: ['api.twitter.com'] },
    credentials: { token: 'alice-token' },
    path: '/bearer/me',
  },
  {
    extension: 'api_key',
    params: { api_base_url: origin, api_key_name: 'api_key', api_key_location: 'url' },
    credentials: { api_key: 'alice-api-key' },
    path: '/key/me',
  },
  {
    extension: 'oauth1',
    params: {
      legs: 'zero',
      client_id: 'keys',
      request_header: { name: 'X-Api-Key', field: 'oauth_token_secret' },
      allowed_hosts: ['api.twitter.com'],
    },
    credentials: { oauth_token: 'alice-key-id', oauth_token_secret: 'alice-api-key' },
    path: '/key/me',
  },
  {
    extension: 'aws',
    params: { service: 's3', region: 'eu-west-1', allowed_hosts: ['api.twitter.com'] },
    credentials: { access_key: 'AKALICE', secret_key: 'alice-secret-access-key' },
    path: '/bucket/an%20object',
  },
] as const;

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
  });
  after(() => hub.close());

  for (const { extension, params, credentials, path } of kinds) {
    test(`${on}: ${extension}: a package brings service and account, and its secret is shown nowhere`, async () => {
      const accountId = await importAccount(extension, params, credentials);
      const answer = await hub.api('POST', `/connected-accounts/${accountId}/request`, {
        method: 'GET',
        url: `${origin}${path}?page=1`,
      });
      assert.equal(answer.body.info?.http_code, 200, answer.text);
      assert.equal(answer.body.info.url, `${origin}${path}?page=1`);
      assert.equal(answer.body.body.username, 'alice');
      const list = await hub.api('GET', `/deliveries?account=${accountId}`);
      const one = await hub.api('GET', `/deliveries/${answer.body.delivery_id}`);
      assert.equal(one.status, 200);
      const account = await hub.api('GET', `/connected-accounts/${accountId}`);
      const pages = await Promise.all(
        [`/connected-accounts/${accountId}/edit`, `/activity/${answer.body.delivery_id}`].map((page) =>
          hub.admin.open(`${hub.url}${page}`),
        ),
      );
      assert.deepEqual(
        pages.map((page) => page.status),
        [200, 200],
      );
      const shown = [answer, list, one, account]
        .map(({ text }) => text)
        .concat(pages.map(({ html }) => html));
      const {
        username: _username,
        access_key: _accessKey,
        ...secrets
      } = { ...credentials } as Record<string, string>;
      for (const secret of Object.values(secrets)) {
        for (const text of shown) assert.ok(!text.includes(secret), `${secret} in ${text.slice(0, 300)}`);
        assert.ok(!hub.log().includes(secret), `${secret} in the log`);
      }
      assert.match(one.text, /\[masked, \d+ characters\]/);
    });
  }

  async function importAccount(extension: string, params: object, credentials: object): Promise<string> {
    const { status, body, text } = await hub.api('POST', '/packages/import', {
      package: {
        package: { name: `Keys by ${extension}`, revision: 1 },
        records: [
          {
            uid: 'service',
            _context: 'connected_service',
            name: extension,
            extension_id: `cerb.service.provider.${extension}`,
            params,
          },
          {
            uid: 'account',
            _context: 'connected_account',
            name: `By ${extension}`,
            service_id: '{{{uid.service}}}',
            owner__context: 'cerberusweb.contexts.app',
            owner_id: '0',
            params: credentials,
          },
        ],
      },
      prompts: {},
    });
    assert.equal(status, 201, text);
    return body.records_created['cerberusweb.contexts.connected_account'].account.id;
  }
});
