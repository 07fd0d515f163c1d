/** Services that sign with RSA keys or with fewer than three legs, through pages and API on both databases. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, verify, X509Certificate } from 'node:crypto';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { parseOAuthHeader } from '../../server/connections/oauth1/header.ts';
import type { ApiAnswer, PageAnswer } from '../../server/http/route.ts';
import {
  addAccount,
  adminKey,
  bob,
  openWorld,
  remoteHost,
  twitterParams,
  type World,
} from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { json, type SeenRequest } from '../support/fake-remote.ts';

const rsa = { signature_method: 'RSA-SHA256', signature_method_: undefined, client_secret: undefined };
const pasted = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pastedPem = pasted.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

withDatabases((database) => {
  describe(`keys and legs of services on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    beforeEach(async () => {
      world = await openWorld(db);
      world.remote.script.set('/thing', () => json('{"ok":true}'));
    });
    afterEach(() => world.close());

    const makeKey = async (serviceId: string, body: object = { bits: 2048 }) =>
      keyOf(await world.call('POST', `/connected-services/${serviceId}/keys`, body));
    const listKeys = async (serviceId: string) => {
      const { items } = membersOf((await world.call('GET', `/connected-services/${serviceId}/keys`)).body);
      assert.ok(Array.isArray(items));
      return items.map((body) => keyOf({ body }));
    };
    const sendThing = async (accountId: string) => {
      const body = { method: 'GET', url: `https://${remoteHost}/thing?b=2&a=1` };
      const answer = await world.call('POST', `/connected-accounts/${accountId}/request`, body);
      assert.match(JSON.stringify(answer.body), /"http_code":200/);
      const sent = world.remote.to('/thing').at(-1);
      assert.ok(sent);
      return sent;
    };

    test('without a key the service says so by name, at the link, at a request and on its card', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: rsa });
      const remedy = /Service 'Twitter' signs with an RSA key and has none yet\. An admin can make one/;
      const link = world.call('POST', `/connected-accounts/${accountId}/link`, {});
      await assert.rejects(link, { code: 'conflict', message: remedy });
      const page = await world.post(`/connected-accounts/${accountId}/link`);
      assert.ok('view' in page);
      assert.match(String(page.model.text), remedy);
      const tokens = { oauth_token: 't', oauth_token_secret: 's' };
      await world.call('PUT', `/connected-accounts/${accountId}/credentials`, tokens);
      const body = { method: 'GET', url: `https://${remoteHost}/thing` };
      const request = world.call('POST', `/connected-accounts/${accountId}/request`, body);
      await assert.rejects(request, { code: 'request_refused', message: remedy });
      assert.equal(world.remote.seen.length, 0, 'nothing was sent, and nothing unsigned');
      const card = world.html(await world.get(`/connected-services/${serviceId}`));
      assert.match(card, /signs with an RSA key and has none yet/);
      assert.match(card, />Make a key<\/button>/);
    });

    test('link and request are signed with the key that the card shows', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: rsa });
      await world.post(`/connected-services/${serviceId}/keys`, { form: { bits: '2048' } });
      const [key] = await listKeys(serviceId);
      assert.ok(key);
      const html = world.html(await world.get(`/connected-services/${serviceId}`));
      assert.ok(html.includes(key.public_key.trim().split('\n')[1] ?? 'no key'));
      await linkAccount(world, accountId);
      const thing = await sendThing(accountId);
      const sent = ['/oauth/request_token', '/oauth/access_token'].flatMap((path) => world.remote.to(path));
      assert.equal(sent.length, 2);
      for (const request of [...sent, thing]) {
        assert.ok(isSignedBy(request, key.public_key), request.path);
        assert.doesNotMatch(request.authorization, /canary-consumer-secret/);
      }
      assert.ok(
        new X509Certificate(key.certificate).publicKey.export({ type: 'spki', format: 'pem' }) ===
          key.public_key,
      );
    });

    test('keys are changed while requests go on: next, active, old, gone', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      const first = await makeKey(serviceId);
      assert.equal(first.state, 'active');
      const next = await makeKey(serviceId, { private_key: pastedPem });
      assert.equal(next.state, 'next');
      assert.ok(isSignedBy(await sendThing(accountId), first.public_key), 'the first goes on signing');
      await assert.rejects(makeKey(serviceId), { code: 'conflict', message: /two keys at most/ });
      const base = `/connected-services/${serviceId}/keys`;
      await world.post(`${base}/${next.id}/activate`);
      assert.ok(isSignedBy(await sendThing(accountId), next.public_key));
      assert.deepEqual(
        (await listKeys(serviceId)).map(({ id, state }) => [id, state]),
        [
          [first.id, 'old'],
          [next.id, 'active'],
        ],
      );
      await world.call('POST', `${base}/${first.id}/activate`);
      assert.ok(isSignedBy(await sendThing(accountId), first.public_key), 'going back is the same step');
      await assert.rejects(world.call('DELETE', `${base}/${first.id}`), {
        code: 'conflict',
        message: /signs with this key/,
      });
      const refused = await world.post(`${base}/${first.id}/retire`);
      assert.match(world.html(refused), /signs with this key/);
      await world.post(`${base}/${next.id}/retire`);
      assert.deepEqual(
        (await listKeys(serviceId)).map(({ id }) => id),
        [first.id],
      );
      await assert.rejects(world.call('POST', `${base}/${next.id}/activate`), { code: 'not_found' });
      assert.equal((await makeKey(serviceId)).state, 'next', 'the place is free again');
    });

    test('of steps at the same moment none leaves the service without a key', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      const made = await Promise.allSettled([makeKey(serviceId), makeKey(serviceId), makeKey(serviceId)]);
      const keys = await listKeys(serviceId);
      assert.equal(keys.length, made.filter(({ status }) => status === 'fulfilled').length);
      assert.ok(keys.length <= 2 && keys.some(({ state }) => state === 'active'));
      if (keys.length === 1) await makeKey(serviceId);
      const base = `/connected-services/${serviceId}/keys`;
      for (let round = 0; round < 3; round++) {
        const before = await listKeys(serviceId);
        const spare = before.find(({ state }) => state !== 'active') ?? (await makeKey(serviceId));
        const steps = await Promise.allSettled([
          world.call('POST', `${base}/${spare.id}/activate`),
          world.call('DELETE', `${base}/${spare.id}`),
        ]);
        assert.ok(steps.some(({ status }) => status === 'fulfilled'));
        const [active] = (await listKeys(serviceId)).filter(({ state }) => state === 'active');
        assert.ok(active);
        assert.ok(isSignedBy(await sendThing(accountId), active.public_key));
      }
    });

    test('what one process activates, another signs with at once', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      await makeKey(serviceId);
      await sendThing(accountId);
      const other = await openWorld(db, world);
      const next = await makeKey(serviceId);
      await other.call('POST', `/connected-services/${serviceId}/keys/${next.id}/activate`);
      assert.ok(isSignedBy(await sendThing(accountId), next.public_key));
    });

    test('a sealed key that was put into the row of another signs nothing, not even once it was opened', async () => {
      const mine = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      const theirs = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      const [key, other] = [await makeKey(mine.serviceId), await makeKey(theirs.serviceId)];
      await sendThing(theirs.accountId);
      const [row] = await db('service_keys').where({ id: other.id });
      const { sealed_private_key } = row;
      await db('service_keys').where({ id: key.id }).update({ sealed_private_key });
      const before = world.remote.to('/thing').length;
      await assert.rejects(sendThing(mine.accountId), { name: 'VaultError' });
      assert.equal(world.remote.to('/thing').length, before);
    });

    test('a private key goes in and never comes out', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      const answers: unknown[] = [
        await makeKey(serviceId, { private_key: pastedPem }),
        await makeKey(serviceId),
      ];
      await sendThing(accountId);
      answers.push(
        await listKeys(serviceId),
        (await world.call('GET', `/connected-services/${serviceId}`)).body,
      );
      const pages = ['', '/edit'].map((path) => world.get(`/connected-services/${serviceId}${path}`));
      const shown = (await Promise.all(pages)).map((answer) => world.html(answer));
      const rows = await Promise.all(
        ['service_keys', 'connected_services', 'deliveries'].map((name) => db(name)),
      );
      for (const text of [JSON.stringify(answers), ...shown, JSON.stringify(rows)])
        assert.doesNotMatch(text, /PRIVATE KEY-/);
      const line = pastedPem.split('\n')[5] ?? '';
      for (const text of [JSON.stringify(answers), ...shown]) assert.equal(text.includes(line), false);
    });

    test('a key that cannot sign is refused at its field, and is not shown again', async () => {
      const { serviceId } = await addAccount(world, { params: rsa });
      const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
      const text = short.export({ type: 'pkcs8', format: 'pem' }).toString();
      const base = `/connected-services/${serviceId}/keys`;
      await assert.rejects(world.call('POST', base, { private_key: text }), (error: Error) => {
        assert.match(error.message, /^\/private_key: The key has fewer than 2048 bits/);
        return true;
      });
      const page = await world.post(`${base}/pasted`, { form: { private_key: text } });
      assert.ok('status' in page && page.status === 400);
      const html = world.html(page);
      assert.match(html, /aria-invalid="true"/);
      assert.match(html, /fewer than 2048 bits/);
      assert.equal(html.includes(text.split('\n')[1] ?? ''), false);
      await assert.rejects(world.call('POST', base, { bits: 1024 }));
      await assert.rejects(world.call('POST', base, { bits: 2048, private_key: text }), {
        code: 'bad_request',
      });
      await makeKey(serviceId, { private_key: pastedPem });
      await assert.rejects(makeKey(serviceId, { private_key: pastedPem }), {
        code: 'conflict',
        message: /already/,
      });
    });

    test('only admins see keys and change them', async () => {
      const { serviceId } = await addAccount(world, { params: rsa });
      const form = { bits: '2048' };
      await assert.rejects(world.post(`/connected-services/${serviceId}/keys`, { form, worker: bob }), {
        code: 'forbidden',
      });
      const key = { ...adminKey, isAdmin: false } as typeof adminKey;
      await assert.rejects(world.call('GET', `/connected-services/${serviceId}/keys`, undefined, key), {
        code: 'forbidden',
      });
    });

    test('saving the form of a service leaves its key alone, and deleting the service deletes it', async () => {
      const { serviceId, accountId } = await addAccount(world, { params: { ...rsa, legs: 'one' } });
      const key = await makeKey(serviceId);
      const form = {
        name: 'X',
        uri: '',
        param_client_id: 'renamed',
        param_client_secret: '',
        param_legs: 'one',
      };
      const saved = await world.post(`/connected-services/${serviceId}/edit`, { form });
      assert.ok('redirect' in saved);
      assert.ok(isSignedBy(await sendThing(accountId), key.public_key));
      assert.equal(
        JSON.stringify(await db('connected_services').where({ id: serviceId })).includes('rsa_private_key'),
        false,
      );
      await world.call('DELETE', `/connected-services/${serviceId}?with=dependents`);
      assert.deepEqual(await db('service_keys').where({ service_id: serviceId }), []);
    });

    test('an account of a two-legged service is linked at once, has no Link button, and is signed for by the consumer', async () => {
      const { serviceId, accountId } = await addAccount(world, {
        params: { legs: 'two', empty_token: 'sent' },
      });
      assert.equal(
        membersOf((await world.call('GET', `/connected-accounts/${accountId}`)).body).status,
        'linked',
      );
      const edit = world.html(await world.get(`/connected-accounts/${accountId}/edit`));
      assert.doesNotMatch(edit, />Link (again )?to /);
      assert.match(edit, /the keys of the service sign/);
      await assert.rejects(world.call('POST', `/connected-accounts/${accountId}/link`, {}), {
        code: 'conflict',
        message: /need no link/,
      });
      const card = world.html(await world.get(`/connected-services/${serviceId}`));
      assert.doesNotMatch(card, /Callback URL/);
      const { authorization } = await sendThing(accountId);
      assert.match(authorization, /oauth_token=""/);
    });

    test('what was forgotten of an account without credentials is taken back with one press', async () => {
      const { accountId } = await addAccount(world, { params: { legs: 'one' } });
      await world.call('POST', `/connected-accounts/${accountId}/unlink`);
      const body = { method: 'GET', url: `https://${remoteHost}/thing` };
      await assert.rejects(world.call('POST', `/connected-accounts/${accountId}/request`, body), {
        code: 'account_unlinked',
      });
      assert.match(
        world.html(await world.get(`/connected-accounts/${accountId}/edit`)),
        />Use the keys of Twitter<\/button>/,
      );
      await world.post(`/connected-accounts/${accountId}/credentials`, { form: {} });
      assert.doesNotMatch((await sendThing(accountId)).authorization, /oauth_token/);
    });

    test('a ready-made key of three parts is pasted whole and signs with all of them', async () => {
      const params = {
        legs: 'zero',
        signature_method: 'PLAINTEXT',
        signature_method_: undefined,
        client_id: undefined,
        client_secret: undefined,
      };
      const { accountId } = await addAccount(world, { params });
      const path = `/connected-accounts/${accountId}`;
      assert.equal(membersOf((await world.call('GET', path)).body).status, 'unlinked');
      assert.match(world.html(await world.get(`${path}/edit`)), /three parts with colons/);
      for (const wrong of [{ api_key: 'one:two' }, { oauth_token: 't', oauth_token_secret: 's' }, {}]) {
        await assert.rejects(world.call('PUT', `${path}/credentials`, wrong), { code: 'bad_request' });
      }
      await world.post(`${path}/credentials`, { form: { param_api_key: 'ck:tk:canary-ts' } });
      const sent = protocolOf(await sendThing(accountId));
      assert.deepEqual(
        [sent.oauth_consumer_key, sent.oauth_token, sent.oauth_signature],
        ['ck', 'tk', '&canary-ts'],
      );
      assert.doesNotMatch(JSON.stringify(await db('deliveries').orderBy('id', 'desc').limit(1)), /canary/);
    });

    test('with three legs both halves of a token are needed, an empty body is none', async () => {
      const { accountId } = await addAccount(world);
      await assert.rejects(world.call('PUT', `/connected-accounts/${accountId}/credentials`, {}), {
        code: 'bad_request',
      });
    });

    test('notes and steps are shown with the service, at its accounts and on the link address', async () => {
      const guide = { notes: 'Closes next year.', steps: ['Make an app, any name.', 'Copy both keys.'] };
      const { serviceId, accountId } = await addAccount(world, { params: guide });
      for (const path of [`/connected-services/${serviceId}`, `/connected-accounts/${accountId}/edit`]) {
        const html = world.html(await world.get(path));
        assert.match(html, /Closes next year\./);
        assert.match(html, /<li>Make an app, any name\.<\/li>/);
      }
      const { url } = membersOf((await world.call('POST', `/connected-accounts/${accountId}/link`, {})).body);
      const offer = await world.get(new URL(String(url)).pathname, { worker: undefined });
      assert.match(world.html(offer), /Closes next year\./);
    });

    test('a new service is of the type that was chosen', async () => {
      const first = world.html(await world.get('/connected-services/new'));
      assert.match(first, /<option value="cerb\.service\.provider\.oauth1" selected>/);
      const query = 'type=cerb.service.provider.http.basic';
      const basic = world.html(await world.get('/connected-services/new', { query }));
      assert.match(basic, /<option value="cerb\.service\.provider\.http\.basic" selected>/);
      assert.match(basic, /name="extension_id" value="cerb\.service\.provider\.http\.basic"/);
      assert.doesNotMatch(basic, /Consumer key|Callback URL/);
    });

    test('the form takes every parameter, the rare ones below Advanced, and shows a fault where it is', async () => {
      const form = {
        name: 'Wiki',
        extension_id: 'cerb.service.provider.oauth1',
        ...Object.fromEntries(
          Object.entries(twitterParams).flatMap(([key, value]) =>
            key.endsWith('_url') ? [[`param_${key}`, value]] : [],
          ),
        ),
        param_client_id: 'key',
        param_client_secret: 'canary-secret',
        param_request_params: 'scope=read,write\nname = Our desk',
        param_steps: 'First, this.\n\nThen that.',
        param_lifetime: '{"kind": "fixed", "days": 90}',
      };
      const made = await world.post('/connected-services/new', { form });
      assert.ok('redirect' in made, 'made');
      const id = made.redirect.split('/').at(-1) ?? '';
      const params = membersOf(membersOf((await world.call('GET', `/connected-services/${id}`)).body).params);
      assert.deepEqual(params.request_params, { scope: 'read,write', name: 'Our desk' });
      assert.deepEqual(params.steps, ['First, this.', 'Then that.']);
      assert.deepEqual(params.lifetime, { kind: 'fixed', days: 90 });
      const edit = world.html(await world.get(`/connected-services/${id}/edit`));
      assert.match(edit, /<details open>\s*<summary>Advanced<\/summary>/);
      assert.match(edit, /name&#x3D;Our desk/);
      const wrong = { ...form, param_lifetime: '{"kind": "fixed"}', param_request_params: 'scope' };
      const refused = await world.post(`/connected-services/${id}/edit`, { form: wrong });
      assert.ok('status' in refused && refused.status === 400);
      const html = world.html(refused);
      assert.match(html, /days&#x27; is required/);
      assert.match(html, /must be texts by name/);
      const fresh = world.html(await world.get('/connected-services/new'));
      assert.match(fresh, /<details>\s*<summary>Advanced<\/summary>/);
    });
  });
});

interface KeyAnswer {
  id: string;
  state: string;
  public_key: string;
  certificate: string;
}

function keyOf({ body }: Pick<ApiAnswer, 'body'>): KeyAnswer {
  const { id, state, public_key, certificate } = membersOf(body);
  assert.deepEqual(
    Object.keys(membersOf(body)).filter((key) => /private/.test(key)),
    [],
  );
  return {
    id: String(id),
    state: String(state),
    public_key: String(public_key),
    certificate: String(certificate),
  };
}

function membersOf(value: unknown): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}

/** Links through the pages, up to Save Changes. */
async function linkAccount(world: World, accountId: string): Promise<void> {
  const begun = await world.post(`/connected-accounts/${accountId}/link`);
  assert.ok('redirect' in begun);
  const token = new URL(begun.redirect).searchParams.get('oauth_token') ?? '';
  const query = new URLSearchParams({ oauth_token: token, oauth_verifier: 'v' }).toString();
  await world.get('/oauth/callback', { query });
  const html = world.html(await world.get(`/connected-accounts/${accountId}/edit`));
  const flow = /name="flow" value="(\w+)"/.exec(html)?.[1] ?? '';
  const saved: PageAnswer = await world.post(`/connected-accounts/${accountId}/edit`, {
    form: { name: 'Our Twitter', uri: '', flow },
  });
  assert.ok('redirect' in saved);
}

function protocolOf({ authorization }: SeenRequest): Record<string, string> {
  return Object.fromEntries(parseOAuthHeader(authorization) ?? []);
}

/** RFC 5849 §3.4.1 and §3.4.3 over what arrived, with code of this test's own. */
function isSignedBy(request: SeenRequest, publicKey: string): boolean {
  const { oauth_signature: signature = '', ...signed } = protocolOf(request);
  const pairs = [...Object.entries(signed), ...new URLSearchParams(request.query)];
  const normal = pairs
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const base = [request.method, `https://${remoteHost}${request.path}`, normal].map(encode).join('&');
  return verify('sha256', Buffer.from(base), publicKey, Buffer.from(signature, 'base64'));
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
