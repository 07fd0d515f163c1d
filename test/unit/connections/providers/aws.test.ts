/** Signature Version 4, against the example that Amazon publishes, and what the adapter adds and refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aws } from '../../../../server/connections/providers/aws.ts';
import type { OutboundRequest } from '../../../../server/delivery/delivery.ts';

/** Of the documents "Signature Version 4" of AWS; not a pair that opens anything. */
const keys = { access_key: 'AKIDEXAMPLE', secret_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const fresh = { nonce: 'unused', timestamp: Date.UTC(2015, 7, 30, 12, 36) / 1000 };

test("the published example of IAM's ListUsers has its published signature", () => {
  const sent = sign('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08', {
    headers: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']],
  });
  assert.equal(
    header(sent, 'authorization'),
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
  assert.equal(header(sent, 'x-amz-date'), '20150830T123600Z');
});

test('service and region are those that the host names, else us-east-1, else those of the record', () => {
  for (const [url, service, scope] of [
    ['https://sqs.eu-west-1.amazonaws.com/', {}, 'eu-west-1/sqs'],
    ['https://sts.amazonaws.com/', {}, 'us-east-1/sts'],
    ['https://bucket.s3.amazonaws.com/', {}, 'us-east-1/s3'],
    ['https://email.eu-west-1.amazonaws.com/', {}, 'eu-west-1/ses'],
    ['https://minio.example/', { service: 's3' }, 'us-east-1/s3'],
    ['https://minio.example/', { service: 's3', region: 'here' }, 'here/s3'],
  ] as const) {
    const sent = aws.authorize(request(url), service, keys, fresh);
    assert.ok(header(sent, 'authorization')?.includes(`/${scope}/aws4_request`), url);
  }
  assert.throws(() => sign('https://example.com/'), {
    code: 'request_refused',
    message: /example\.com does not name/,
  });
});

test("the caller's time is signed where it brought one, and a time that cannot be read is refused", () => {
  const at = (headers: [string, string][]) =>
    header(sign('https://sts.amazonaws.com/', { headers }), 'x-amz-date');
  assert.equal(at([['X-Amz-Date', '20200102T030405Z']]), '20200102T030405Z');
  assert.equal(at([['Date', 'Thu, 02 Jan 2020 03:04:05 GMT']]), '20200102T030405Z');
  for (const headers of [[['X-Amz-Date', 'now']], [['Date', 'now']]] as [string, string][][]) {
    assert.throws(() => at(headers), { code: 'request_refused' });
  }
});

test('what belongs to the connection is signed and left to the door, and the body stays its bytes', () => {
  const body = Buffer.from('Action=SendMessage&Text=\u00e9', 'utf8');
  const sent = sign('https://sqs.eu-west-1.amazonaws.com/1/q', { method: 'POST', body });
  assert.match(
    header(sent, 'authorization') ?? '',
    /SignedHeaders=content-length;content-type;host;x-amz-date/,
  );
  assert.equal(header(sent, 'host'), undefined);
  assert.equal(header(sent, 'content-length'), undefined);
  assert.equal(sent.body, body);
});

test('the address that was signed is the one that is sent, and what cannot be signed is refused', () => {
  const sent = sign("https://s3.amazonaws.com/a%20b/c?x=it's&y");
  assert.equal(sent.url.href, 'https://s3.amazonaws.com/a%20b/c?x=it%27s&y=');
  assert.throws(() => sign('https://s3.amazonaws.com/a|%zz'), { code: 'request_refused' });
  assert.throws(() => sign('https://s3.amazonaws.com/?__proto__=x'), { code: 'request_refused' });
  const odd: [string, string][] = [['__proto__', 'x']];
  assert.throws(() => sign('https://s3.amazonaws.com/', { headers: odd }), { code: 'request_refused' });
  const twice: [string, string][] = [
    ['X-Amz-Meta', 'a'],
    ['x-amz-meta', 'b'],
  ];
  assert.throws(() => sign('https://s3.amazonaws.com/', { headers: twice }), { code: 'request_refused' });
});

test('an answer that names the time as what was refused has the request signed once more', () => {
  const refuses = (status: number, text: string) =>
    aws.refusesFreshness?.({ status, headers: [], body: Buffer.from(text), truncated: false });
  assert.equal(refuses(403, '<Error><Code>RequestTimeTooSkewed</Code></Error>'), 'time');
  assert.equal(refuses(400, '{"message":"Signature expired: 2015 is now earlier than 2026"}'), 'time');
  assert.equal(refuses(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>'), undefined);
  assert.equal(refuses(200, 'RequestTimeTooSkewed'), undefined);
});

function sign(url: string, about: Partial<OutboundRequest> = {}): OutboundRequest {
  return aws.authorize({ ...request(url), ...about }, {}, keys, fresh);
}

function request(url: string): OutboundRequest {
  return { method: 'GET', url: new URL(url), headers: [] };
}

function header({ headers }: OutboundRequest, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
