/** Whole hubs against sandboxes that each differ in one thing about linking; the service's record names it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Browser, createBrowser, type Page } from '../../server/demo/browser.ts';
import { type Profile, plain } from '../../server/sandbox/profile.ts';
import { type RunningSandbox, startSandbox } from '../../server/sandbox/start.ts';
import { makeAccount, makeService } from '../support/contract.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';
import { freePort } from '../support/mariadb.ts';

interface Quirk {
  title: string;
  profile?: Partial<Profile>;
  params?: Record<string, unknown>;
  takesPin?: true;
  identity?: { id: string; name: string };
  extra?: Record<string, string>;
}

const wiki = (title: string) => `/w/index.php?title=Special:OAuth/${title}`;
const alice = { id: '9007199254740993', name: 'alice' };

const quirks: readonly Quirk[] = [
  { title: 'nothing that is unusual' },
  { title: 'a PIN', takesPin: true, params: { callback: 'oob' } },
  {
    title: 'a PIN that is asked for by silence',
    takesPin: true,
    profile: { pin: { asked: 'omitted', digits: 9, isOpen: true } },
    params: { callback: 'oob', callback_parameter: 'absent' },
  },
  {
    title: 'the callback on the authentication URL',
    profile: { callback: { at: 'authorize', match: 'any' } },
    params: {
      callback_parameter: 'absent',
      authorization_params: { oauth_callback: '{callback_url}' },
    },
  },
  {
    title: 'another name of the token, and the consumer key beside it',
    profile: {
      authorizeToken: 'token',
      wanted: { ...plain.wanted, authorize: { key: consumer.key } },
    },
    params: { authorization_token_name: 'token', authorization_params: { key: '{consumer_key}' } },
  },
  {
    title: 'no verifier',
    profile: { verifier: 'absent' },
    params: { verifier: 'absent' },
  },
  {
    title: 'endpoints with a query, asked by GET',
    profile: {
      endpoints: [
        { of: 'request', methods: ['GET'], target: wiki('initiate') },
        { of: 'authorize', methods: ['GET', 'POST'], target: wiki('authorize') },
        { of: 'access', methods: ['GET'], target: wiki('token') },
        { of: 'identity', methods: ['GET'], target: '/me' },
      ],
    },
    params: {
      request_token_url: wiki('initiate'),
      authentication_url: wiki('authorize'),
      access_token_url: wiki('token'),
      request_method: 'GET',
      access_method: 'GET',
    },
  },
  {
    title: 'parameters of its own on every step',
    profile: {
      wanted: {
        ...plain.wanted,
        request: { scope: 'a b' },
        authorize: { perms: 'write' },
        access: { kind: 'x' },
      },
    },
    params: {
      request_params: { scope: 'a b' },
      authorization_params: { perms: 'write' },
      access_params: { kind: 'x' },
    },
  },
  {
    title: 'JSON with fields of its own, which tell who consented',
    profile: {
      tokenAnswer: {
        format: 'json',
        type: 'text/html',
        fields: { user_nsid: '{id}', username: '{screen_name}', plan: 'free' },
      },
    },
    params: { identity: { id: 'user_nsid', name: 'username' } },
    identity: alice,
    extra: { user_nsid: alice.id, username: alice.name, plan: 'free' },
  },
  {
    title: 'an empty verifier for a no',
    profile: { deny: 'empty-verifier' },
    params: { denial: 'empty_verifier' },
  },
  {
    title: 'keys that it pushes',
    profile: { isPushed: true, callback: { at: 'none', match: 'any' }, signatureMethods: ['HMAC-SHA256'] },
    params: { handshake: 'push', signature_method: 'HMAC-SHA256' },
  },
];

describe('a service that differs in one thing', () => {
  let hub: TestHub;
  const sandboxes: RunningSandbox[] = [];
  before(async () => {
    const port = await freePort();
    for (const [index, { profile }] of quirks.entries()) {
      sandboxes.push(
        await startSandbox({
          port: 0,
          publicOrigins: [originOf(index)],
          profile: { ...plain, callback: { at: 'request', match: 'any' }, ...profile },
          consumer,
          callbacks: [`http://localhost:${port}/oauth/callback`],
        }),
      );
    }
    const connectTo = sandboxes.map(({ origin }, index) => `${originOf(index)}=${origin}`).join(',');
    hub = await startTestHub({ env: { PORT: String(port), COUNTERSIGN_CONNECT_TO: connectTo } });
  });
  after(async () => {
    await hub.close();
    for (const sandbox of sandboxes) await sandbox.close();
  });

  /** A service whose record names the quirk, or does not, and an account of it. */
  const make = async (index: number, own: Record<string, unknown> = quirks[index]?.params ?? {}) => {
    const origin = originOf(index);
    const record = {
      request_token_url: '/oauth/request_token',
      authentication_url: '/oauth/authorize',
      access_token_url: '/oauth/access_token',
      identity: { url: `${origin}/me`, id: 'id', name: 'name' },
      ...own,
    };
    const absolute = Object.entries(record).map(([key, value]) => [
      key,
      key.endsWith('_url') ? origin + value : value,
    ]);
    const service = await makeService(hub, { name: `Remote ${index}` }, Object.fromEntries(absolute));
    const { id } = await makeAccount(hub, service.id, { name: `Account ${index}` });
    return id as string;
  };
  const read = async (id: string) => (await hub.api('GET', `/connected-accounts/${id}`)).body;
  const call = async (index: number, id: string) => {
    const request = { method: 'GET', url: `${originOf(index)}/me` };
    return (await hub.api('POST', `/connected-accounts/${id}/request`, request)).body.info?.http_code;
  };
  /** From the API's address to the consent page, or to the page that takes a PIN. */
  const goOn = async (browser: Browser, id: string) => {
    const { body } = await hub.api('POST', `/connected-accounts/${id}/link`, {});
    return browser.press(await browser.open(body.url), /^Continue to/);
  };

  for (const [index, quirk] of quirks.entries()) {
    if (quirk.params?.handshake === 'push') continue;
    test(`is linked and called: ${quirk.title}`, async () => {
      const id = await make(index);
      const browser = createBrowser();
      const onward = await goOn(browser, id);
      const done = quirk.takesPin
        ? await walkByPin(browser, onward)
        : await browser.press(onward, /^Authorize/, { user: 'alice' });
      assert.equal(done.status, 200, done.html);
      assert.match(done.html, /is linked as/);
      const account = await read(id);
      assert.equal(account.status, 'linked');
      if (quirk.identity) assert.deepEqual(account.identity, quirk.identity);
      if (quirk.extra) assert.deepEqual(account.extra, quirk.extra);
      assert.equal(await call(index, id), 200);
      if (!quirk.extra) return;
      const card = await hub.admin.open(`${hub.url}/connected-accounts/${id}`);
      assert.match(card.html, /<code>plan<\/code><\/dt><dd class="break">free</);
    });
  }

  test('an empty verifier is a refusal where the record says so, and else an error', async () => {
    const index = quirks.findIndex(({ params }) => params?.denial);
    for (const [own, status, words] of [
      [undefined, 200, /Consent was refused/],
      [{}, 400, /empty verifier/],
    ] as const) {
      const id = await make(index, own);
      const browser = createBrowser();
      const back = await browser.press(await goOn(browser, id), /^Cancel/);
      assert.equal(back.status, status);
      assert.match(back.html, words);
      assert.equal((await read(id)).status, 'unlinked');
    }
  });

  test('a store that pushes its keys is linked by them, once', async () => {
    const index = quirks.findIndex(({ params }) => params?.handshake === 'push');
    const id = await make(index);
    const { body } = await hub.api('POST', `/connected-accounts/${id}/push-address`);
    const push = () => sandboxes[index]?.push(consumer.key, body.callback_url, 'alice');
    assert.deepEqual(await push(), { status: 200, problem: null });
    assert.equal((await push())?.status, 409);
    assert.equal((await read(id)).identity.name, 'alice');
    assert.equal(await call(index, id), 200);
    const shown = await createBrowser().open(body.identity_url);
    assert.match(shown.html, /is linked as/);
  });
});

function originOf(index: number): string {
  return `https://r${index}.remote.example`;
}

/** Opens the consent address of the PIN page, lets the app in there, and types what it shows. */
async function walkByPin(browser: Browser, page: Page): Promise<Page> {
  const href = /href="(http[^"]+)" target="_blank"/.exec(page.html)?.[1] ?? assert.fail(page.html);
  const consent = await browser.open(href.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&'));
  const shown = await browser.press(consent, /^Authorize/, { user: 'alice' });
  const pin = /<code>(\d+)<\/code>/.exec(shown.html)?.[1] ?? assert.fail(shown.html);
  return browser.press(page, /^Link /, { pin });
}
