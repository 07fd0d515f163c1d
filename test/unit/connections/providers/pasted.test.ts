/** The providers whose accounts hold pasted secrets: what they check, where they allow to go, what they send. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServiceProvider } from '../../../../server/connections/provider.ts';
import { providers } from '../../../../server/connections/providers/index.ts';
import { ownHostsOf } from '../../../../server/connections/service.ts';
import type { OutboundRequest } from '../../../../server/delivery/delivery.ts';

const basic = providerOf('cerb.service.provider.http.basic');
const bearer = providerOf('cerb.service.provider.token.bearer');
const apiKey = providerOf('cerb.service.provider.api_key');
const fresh = { nonce: 'n', timestamp: 1_440_938_160 };
const inHeader = {
  api_base_url: 'https://api.example/v1',
  api_key_name: 'X-Key',
  api_key_location: 'header',
};
const inUrl = { ...inHeader, api_key_name: 'key', api_key_location: 'url' };

describe('HTTP Basic', () => {
  const service = { base_url: 'https://api.example/' };

  test('sends user name and password, and an Authorization of the caller gives way', () => {
    const sent = basic.authorize(
      request('https://api.example/x', [['authorization', 'mine']]),
      service,
      { username: 'Aladdin', password: 'open sesame' },
      fresh,
    );
    // RFC 7617 §2.
    assert.deepEqual(sent.headers, [['Authorization', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==']]);
  });

  test('a password is not needed, a user name is, and it has no colon', () => {
    assert.deepEqual(basic.checkAccount({ username: 'sk_live' }).faults, []);
    assert.match(
      headerOf(basic.authorize(request('https://a.example'), service, { username: 'é' }, fresh)),
      /w6k6$/,
    );
    for (const credentials of [
      { password: 'x' },
      { username: '' },
      { username: 'a:b' },
      { username: 'a\nb' },
    ]) {
      assert.equal(basic.checkAccount(credentials).faults[0]?.path, '/username', JSON.stringify(credentials));
    }
  });

  test('requests may go to the hosts of the base URL and of the further lines, written either way', () => {
    const lines = ['https://two.example/x', 'https://three.example:8443/'];
    for (const url_whitelist of [lines, lines.join('\r\n')]) {
      const params = { ...service, url_whitelist };
      assert.deepEqual(basic.checkService(params).faults, []);
      assert.deepEqual(ownHostsOf(basic, params), ['api.example', 'two.example', 'three.example:8443']);
    }
    assert.equal(
      basic.checkService({ ...service, url_whitelist: 'nonsense' }).faults[0]?.path,
      '/url_whitelist',
    );
    assert.equal(basic.checkService({}).faults[0]?.path, '/base_url');
  });
});

describe('a bearer token', () => {
  test('stands behind the name of the service, or Bearer', () => {
    for (const [service, header] of [
      [{}, 'Bearer t0ken'],
      [{ token_name: '' }, 'Bearer t0ken'],
      [{ token_name: 'token' }, 'token t0ken'],
    ] as const) {
      assert.deepEqual(bearer.checkService(service).faults, []);
      assert.equal(
        headerOf(bearer.authorize(request('https://a.example'), service, { token: 't0ken' }, fresh)),
        header,
      );
    }
    assert.equal(bearer.checkService({ token_name: 'two words' }).faults[0]?.path, '/token_name');
  });

  test('a token that no header can carry is refused when it is entered', () => {
    for (const token of ['', 'a\r\nb', 'ü', ' leading']) {
      assert.equal(bearer.checkAccount({ token }).faults[0]?.path, '/token', token);
    }
  });

  test('its service names no host, so none is allowed until an admin names one', () => {
    assert.deepEqual(ownHostsOf(bearer, { token_name: 'Bearer' }), []);
    assert.deepEqual(ownHostsOf(bearer, { identity: { url: 'https://api.example/me' } }), ['api.example']);
  });
});

describe('an API key', () => {
  test('travels in the header that the service names', () => {
    const sent = apiKey.authorize(
      request('https://api.example/x?a=1', [['x-key', 'mine']]),
      inHeader,
      { api_key: 'secret' },
      fresh,
    );
    assert.deepEqual(sent.headers, [['X-Key', 'secret']]);
    assert.equal(sent.url.href, 'https://api.example/x?a=1');
  });

  test('is appended to the address as the service names it, and the rest of the query stays as it was', () => {
    for (const [asked, sent] of [
      ['https://api.example/x', 'https://api.example/x?key=s%26%20%C3%A9'],
      ['https://api.example/x?a=%7e&b', 'https://api.example/x?a=%7e&b&key=s%26%20%C3%A9'],
    ] as const) {
      assert.equal(apiKey.authorize(request(asked), inUrl, { api_key: 's& é' }, fresh).url.href, sent);
    }
  });

  test('a request that brings the parameter itself, or a key that fits no header, is refused', () => {
    const refused = { code: 'request_refused' };
    const own = request('https://api.example/?key=mine');
    assert.throws(() => apiKey.authorize(own, inUrl, { api_key: 's' }, fresh), refused);
    assert.throws(
      () => apiKey.authorize(request('https://a.example'), inHeader, { api_key: 'é' }, fresh),
      refused,
    );
  });

  test('headers that the way of sending decides cannot carry a key', () => {
    for (const api_key_name of ['Host', 'content-length', 'Cookie', 'two words', 'User-Agent']) {
      assert.equal(apiKey.checkService({ ...inHeader, api_key_name }).faults[0]?.path, '/api_key_name');
    }
    assert.deepEqual(apiKey.checkService({ ...inUrl, api_key_name: 'Host' }).faults, []);
    assert.equal(
      apiKey.checkService({ ...inHeader, api_key_location: 'body' }).faults[0]?.path,
      '/api_key_location',
    );
  });
});

describe('every provider of pasted secrets', () => {
  const all = [
    [basic, { base_url: 'https://api.example/' }],
    [bearer, {}],
    [apiKey, inHeader],
    [apiKey, inUrl],
    [providerOf('cerb.service.provider.aws'), {}],
  ] as const;

  test('signs nothing without its secret', () => {
    for (const [provider, service] of all) {
      const unsigned = () => provider.authorize(request('https://s3.amazonaws.com/'), service, {}, fresh);
      assert.throws(unsigned, { code: 'request_refused' }, provider.id);
    }
  });

  test('takes an account without credentials, which is to be filled in, and refuses what is no field', () => {
    for (const [provider] of all) {
      assert.deepEqual(provider.checkAccount({}).faults, [], provider.id);
      const filled = Object.fromEntries(provider.accountFields.map(({ key }) => [key, 'value']));
      assert.deepEqual(provider.checkAccount(filled).faults, [], provider.id);
      assert.equal(provider.checkAccount({ ...filled, more: 'x' }).faults[0]?.path, '/more', provider.id);
    }
  });

  test('its secrets are masked, and its User-Agent stands in place of the caller’s', () => {
    for (const [provider, service] of all) {
      const account = Object.fromEntries(provider.accountFields.map(({ key }) => [key, `secret-${key}`]));
      const hidden = provider.secrets(service, account);
      for (const { key, kind } of provider.accountFields) {
        if (kind === 'secret') assert.ok(hidden.includes(`secret-${key}`), `${provider.id} ${key}`);
      }
      const sent = provider.authorize(
        request('https://s3.amazonaws.com/', [['user-agent', 'theirs']]),
        { ...service, user_agent: 'ours' },
        account,
        fresh,
      );
      const agents = sent.headers.filter(([name]) => name.toLowerCase() === 'user-agent');
      assert.deepEqual(
        agents.map(([, value]) => value),
        ['ours'],
        provider.id,
      );
    }
  });

  test('an unknown parameter is refused by its path, a common one is taken', () => {
    for (const [provider, service] of all) {
      assert.equal(provider.checkService({ ...service, 'sur/prise': 1 }).faults[0]?.path, '/sur~1prise');
      const identity = { id: 'user_id', name: 'login' };
      assert.equal(provider.checkService({ ...service, identity }).faults[0]?.path, '/identity/url');
      const common = { notes: 'n', steps: ['s'], identity: { url: 'https://a.example/me' } };
      assert.deepEqual(provider.checkService({ ...service, ...common }).faults, [], provider.id);
    }
  });
});

describe('a provider that only signs people in', () => {
  const settings = {
    'cerb.service.provider.oidc': { client_id: 'c', client_secret: 's', issuer: 'https://id.example' },
    'cerb.service.provider.saml.idp': { entity_id: 'e', url_sso: 'https://id.example/sso', cert: 'a\nb' },
    'cerb.service.provider.ldap': {
      host: 'ldap.example',
      port: 636,
      bind_password: 's',
      field_email: 'mail',
    },
  };

  test('keeps its settings, says that it signs no request, and allows no host', () => {
    for (const [id, params] of Object.entries(settings)) {
      const provider = providerOf(id);
      const { faults, warnings } = provider.checkService(params);
      assert.deepEqual(faults, [], id);
      assert.match(warnings[0]?.message ?? '', /signs no requests/);
      assert.deepEqual(provider.hosts(params), []);
      assert.equal(provider.link, undefined);
    }
  });

  test('has no accounts', () => {
    for (const id of Object.keys(settings)) {
      const provider = providerOf(id);
      assert.match(provider.checkAccount({ username: 'x' }).faults[0]?.message ?? '', /no accounts/);
      assert.throws(() => provider.authorize(request('https://a.example'), {}, {}, fresh), {
        code: 'request_refused',
      });
    }
  });
});

function providerOf(id: string): ServiceProvider {
  const provider = providers.get(id);
  assert.ok(provider, id);
  return provider;
}

function request(url: string, headers: [string, string][] = []): OutboundRequest {
  return { method: 'GET', url: new URL(url), headers };
}

function headerOf({ headers }: OutboundRequest): string {
  return headers.find(([name]) => name === 'Authorization')?.[1] ?? '';
}
