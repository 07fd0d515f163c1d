import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { providers } from '../../../server/connections/providers/index.ts';
import { mergeParams, readHost, readServiceDraft } from '../../../server/connections/service.ts';

const extension_id = 'cerb.service.provider.oauth1';
const params = {
  client_id: 'key',
  client_secret: 'not-a-secret',
  request_token_url: 'https://api.example/oauth/request_token',
  authentication_url: 'https://www.example/oauth/authorize',
  access_token_url: 'https://api.example/oauth/access_token',
};
const provider = providers.get(extension_id) ?? assert.fail('the provider is missing');
const read = (fields: Record<string, unknown>) =>
  readServiceDraft({ name: 'S', extension_id, params, ...fields }, providers);

describe('a service', () => {
  test('allows the hosts of its own URLs unless it lists others', () => {
    assert.deepEqual(read({}).value.allowedHosts, ['api.example', 'www.example']);
    assert.deepEqual(read({ allowed_hosts: ['API.example'] }).value.allowedHosts, ['api.example']);
    const inParams = read({ params: { ...params, allowed_hosts: ['upload.example'] } });
    assert.deepEqual(inParams.value.allowedHosts, ['upload.example']);
    assert.equal('allowed_hosts' in inParams.value.params, false);
  });

  test('may write its params as PHP writes an empty object, and as nothing else that is none', () => {
    const aws = { extension_id: 'cerb.service.provider.aws' };
    assert.deepEqual(read({ ...aws, params: [] }).faults, []);
    for (const params of [[1], 'text', 1])
      assert.equal(read({ ...aws, params }).faults[0]?.path, '/params', JSON.stringify(params));
  });

  test('of an unknown provider cannot be stored; a field that it does not have neither', () => {
    const { unsupported } = read({ extension_id: 'made.up', links: [] });
    assert.deepEqual(
      unsupported.map(({ path }) => path),
      ['/links', '/extension_id'],
    );
  });

  test('has faults by path', () => {
    const { faults } = read({ name: ' ', uri: 'a_b', params: { ...params, client_id: '' } });
    assert.deepEqual(
      faults.map(({ path }) => path),
      ['/name', '/uri', '/params/client_id'],
    );
  });
});

describe('changed parameters', () => {
  test('keep what is not named, drop what is null, keep secrets that are blank or shown as set', () => {
    const old = { ...params, grant_type: 'authorization_code', realm: 'r' };
    for (const client_secret of ['', { set: true }]) {
      assert.deepEqual(mergeParams(old, { client_id: 'new', realm: null, client_secret }, provider), {
        ...params,
        client_id: 'new',
        grant_type: 'authorization_code',
      });
    }
    assert.equal(mergeParams(old, { client_secret: 'other' }, provider).client_secret, 'other');
  });
});

test('a host is a name, a suffix, or either with a port', () => {
  for (const [text, host] of [
    ['API.Example.', 'api.example'],
    ['*.example', '*.example'],
    ['localhost:8080', 'localhost:8080'],
    ['[::1]:80', '[::1]:80'],
    ['https://api.example', undefined],
    ['api.example/path', undefined],
    ['user@api.example', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(readHost(text), host, text);
  }
});
