/** The sandbox's own reading of Signature Version 4, against the published example and altered copies of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyAws } from '../../../server/sandbox/aws-signature.ts';
import type { WireRequest } from '../../../server/sandbox/wire-request.ts';

const now = Date.UTC(2015, 7, 30, 12, 36);
const secretOf = (key: string) =>
  key === 'AKIDEXAMPLE' ? 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' : undefined;
const signature = '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7';

/** "ListUsers" of Amazon's documents. */
function listUsers(changes: Partial<WireRequest> = {}, authorization = signature): WireRequest {
  return {
    method: 'GET',
    scheme: 'https',
    host: 'iam.amazonaws.com',
    target: '/?Action=ListUsers&Version=2010-05-08',
    headers: [
      ['Host', 'iam.amazonaws.com'],
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['X-Amz-Date', '20150830T123600Z'],
      [
        'Authorization',
        `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=${authorization}`,
      ],
    ],
    body: new Uint8Array(),
    ...changes,
  };
}

test('the published example verifies, whatever the order of its query', () => {
  assert.equal(verifyAws(listUsers(), secretOf, now), 'AKIDEXAMPLE');
  const turned = listUsers({ target: '/?Version=2010-05-08&Action=ListUsers' });
  assert.equal(verifyAws(turned, secretOf, now), 'AKIDEXAMPLE');
});

test('what was altered, comes late or is signed by a key nobody knows does not', () => {
  for (const wire of [
    listUsers({ method: 'POST' }),
    listUsers({ target: '/?Action=ListRoles&Version=2010-05-08' }),
    listUsers({ target: '/x?Action=ListUsers&Version=2010-05-08' }),
    listUsers({ body: Buffer.from('x') }),
    listUsers({}, signature.replace('5', '6')),
    listUsers({ headers: listUsers().headers.slice(1) }),
    listUsers({ headers: [] }),
  ]) {
    assert.equal(verifyAws(wire, secretOf, now), undefined);
  }
  assert.equal(verifyAws(listUsers(), secretOf, now + 16 * 60_000), undefined);
  assert.equal(
    verifyAws(listUsers(), () => undefined, now),
    undefined,
  );
});
