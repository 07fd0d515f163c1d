/** Whatever can be asked of AWS is signed so that the sandbox, which shares no code with the signer, accepts it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aws } from '../../../../server/connections/providers/aws.ts';
import { verifyAws } from '../../../../server/sandbox/aws-signature.ts';

const now = Date.UTC(2026, 0, 1);
const account = { access_key: 'AKALICE', secret_key: 'alice-secret-access-key' };
const secretOf = (key: string) => (key === account.access_key ? account.secret_key : undefined);

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => value.isWellFormed());
const pairs = fc.array(fc.tuple(text, text), { maxLength: 4 });
const path = fc.array(text, { maxLength: 4 });
const body = fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined });
const host = fc.constantFrom(
  'sqs.eu-west-1.amazonaws.com',
  'dynamodb.us-east-2.amazonaws.com',
  's3.amazonaws.com',
);
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE');

test('requests of every shape verify, and with one character more they do not', () => {
  fc.assert(
    fc.property(host, method, path, pairs, body, (name, verb, parts, query, bytes) => {
      const url = new URL(`https://${name}/${parts.map(encodeURIComponent).join('/')}`);
      // S3 signs the first of a name's values alone, AWS knows no parameter without a name, and one is refused.
      const once = new Map(query.filter(([key]) => key !== '' && key !== '__proto__'));
      url.search = new URLSearchParams([...once]).toString();
      const request = { method: verb, url, headers: [['Accept', 'application/json']] as [string, string][] };
      const fresh = { nonce: 'unused', timestamp: now / 1000 };
      const sent = aws.authorize(bytes ? { ...request, body: bytes } : request, {}, account, fresh);
      const wire = (target: string) => ({
        method: sent.method,
        scheme: 'https' as const,
        host: sent.url.host,
        target,
        // As the door writes them.
        headers: [
          ...sent.headers,
          ['Host', sent.url.host] as const,
          ['Content-Length', String(sent.body?.byteLength ?? 0)] as const,
        ],
        body: sent.body ?? new Uint8Array(),
      });
      const target = `${sent.url.pathname}${sent.url.search}`;
      assert.equal(verifyAws(wire(target), secretOf, now), account.access_key, target);
      assert.equal(verifyAws(wire(`${target}x`), secretOf, now), undefined, target);
    }),
    { numRuns: 400 },
  );
});
