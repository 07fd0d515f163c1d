import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSecret } from '../../../server/people/secret-hash.ts';

test('a secret is kept as its SHA-256 in base64url', () => {
  // FIPS 180-4, the one-block example "abc".
  assert.equal(hashSecret('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
