/** Shapes of the Contract, checked exactly: no field missing, none beside. */
import assert from 'node:assert/strict';
import type { ApiResult, TestHub } from './hub.ts';

export const id = /^[0-9A-HJKMNP-TV-Z]{26}$/;
export const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Throws unless the object has these fields and no other. */
export function assertFields(value: unknown, fields: string): void {
  assert.ok(typeof value === 'object' && value !== null, `not an object: ${JSON.stringify(value)}`);
  assert.deepEqual(Object.keys(value).sort(), fields.split(' ').sort());
}

/** Throws unless the call was refused with this status and code; answers the error. */
export function assertRefused(result: ApiResult, status: number, code: string) {
  assert.equal(result.status, status, result.text);
  assert.equal(result.body.error?.code, code, result.text);
  assert.equal(typeof result.body.error.message, 'string');
  return result.body.error;
}

/** A list of the Contract; answers its items. */
export function assertList(result: ApiResult) {
  assert.equal(result.status, 200, result.text);
  assertFields(result.body, 'items next');
  return result.body.items;
}

/** Makes a service like Twitter's by hand, its secret as given. */
export async function makeService(hub: TestHub, fields: object = {}, params: object = {}) {
  const { status, body, text } = await hub.api('POST', '/connected-services', {
    name: 'Twitter',
    extension_id: 'cerb.service.provider.oauth1',
    params: { ...serviceParams, ...params },
    ...fields,
  });
  assert.equal(status, 201, text);
  return body;
}

/** Makes an account of the service by hand. */
export async function makeAccount(hub: TestHub, serviceId: string, fields: object = {}) {
  const made = await hub.api('POST', '/connected-accounts', {
    name: 'Our Twitter',
    service_id: serviceId,
    ...fields,
  });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

/** Parameters that fit the sandbox of `startTestHub`. */
export const serviceParams = {
  client_id: 'test-consumer-key',
  client_secret: 'test-consumer-secret-canary',
  request_token_url: 'https://api.twitter.com/oauth/request_token',
  authentication_url: 'https://api.twitter.com/oauth/authenticate',
  access_token_url: 'https://api.twitter.com/oauth/access_token',
  signature_method: 'HMAC-SHA1',
  identity: {
    method: 'GET',
    url: 'https://api.twitter.com/1.1/account/verify_credentials.json',
    id: 'id_str',
    name: 'screen_name',
  },
};
