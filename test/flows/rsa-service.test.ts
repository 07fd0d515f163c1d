/** A service that signs with RSA, against a remote side that verifies every signature by code of its own. */
import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Config, parseConfig } from '../../server/config.ts';
import { createBrowser } from '../../server/demo/browser.ts';
import { createHub, type Hub } from '../../server/hub.ts';
import { commandLine } from '../../server/people/actor.ts';
import { plain } from '../../server/sandbox/profile.ts';
import { createSandbox, type Sandbox } from '../../server/sandbox/sandbox.ts';
import { withDatabases } from '../support/databases.ts';
import { freePort } from '../support/mariadb.ts';

const origin = 'https://tracker.example';
const methods = ['RSA-SHA1', 'RSA-SHA256', 'RSA-SHA512'];
const consumerKey = 'helpdesk';

withDatabases((database) => {
  describe(`RSA signatures on ${database.name}`, () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-rsa-'));
    let sandbox: Sandbox;
    let hub: Hub;
    let close: () => Promise<void>;

    before(async () => {
      const port = await freePort();
      const callbacks = [`http://localhost:${port}/oauth/callback`];
      sandbox = createSandbox({
        profile: { ...plain, origins: [origin], signatureMethods: methods },
        consumers: [{ key: consumerKey, secret: 'not used', name: 'Desk', callbacks }],
      });
      const running = await sandbox.listen();
      const parsed = parseConfig({
        PORT: String(port),
        COUNTERSIGN_DATA: data,
        COUNTERSIGN_CONNECT_TO: `${origin}=${running.origin}`,
      });
      const config: Config = { ...parsed, database: await database.create() };
      hub = await createHub({ config, logLevel: 'silent' });
      await hub.listen();
      close = async () => {
        await hub.close();
        await running.close();
        rmSync(data, { recursive: true, force: true });
      };
    });
    after(() => close());

    /** A service of this method with one key, and its account, not linked yet. */
    async function open(method: string) {
      const service = await call(hub, 'POST', '/connected-services', {
        name: `Tracker by ${method}`,
        extension_id: 'cerb.service.provider.oauth1',
        params: {
          client_id: consumerKey,
          request_token_url: `${origin}/oauth/request_token`,
          authentication_url: `${origin}/oauth/authorize`,
          access_token_url: `${origin}/oauth/access_token`,
          identity: { url: `${origin}/me`, id: 'id', name: 'screen_name' },
          signature_method: method,
        },
      });
      const { id } = await call(hub, 'POST', '/connected-accounts', { name: 'Us', service_id: service.id });
      const keys = `/connected-services/${service.id}/keys`;
      return { keys, account: `/connected-accounts/${id}`, key: await call(hub, 'POST', keys, {}) };
    }

    async function link(account: string): Promise<void> {
      const browser = createBrowser();
      const offer = await browser.open((await call(hub, 'POST', `${account}/link`, {})).url);
      const consent = await browser.press(offer, /^Continue to/);
      await browser.press(consent, /^Authorize/, { user: 'alice' });
    }

    const isAccepted = async (account: string) => (await call(hub, 'POST', `${account}/test`)).ok;

    for (const method of methods) {
      test(`${method}: linked and used with the key of the certificate`, async () => {
        const { account, key } = await open(method);
        sandbox.setPublicKeys(consumerKey, new X509Certificate(key.certificate).publicKey);
        await link(account);
        assert.equal((await call(hub, 'GET', account)).status, 'linked');
        assert.equal(await isAccepted(account), true);
      });
    }

    test('keys are changed without a request that fails, as long as the remote side knows both', async () => {
      const { keys, account, key } = await open('RSA-SHA256');
      const first = createPublicKey(key.public_key);
      sandbox.setPublicKeys(consumerKey, first);
      await link(account);
      const next = await call(hub, 'POST', keys, {});
      const second = createPublicKey(next.public_key);
      sandbox.setPublicKeys(consumerKey, first, second);
      assert.equal(await isAccepted(account), true);
      await call(hub, 'POST', `${keys}/${next.id}/activate`);
      assert.equal(await isAccepted(account), true);
      sandbox.setPublicKeys(consumerKey, second);
      assert.equal(await isAccepted(account), true);
      await call(hub, 'POST', `${keys}/${key.id}/activate`);
      assert.equal(await isAccepted(account), false, 'the old key is not known there any more');
    });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are probed freely here
async function call(hub: Hub, method: 'GET' | 'POST', path: string, body?: unknown): Promise<any> {
  return (await hub.call(commandLine, method, path, body)).body;
}
