import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProblem, refusesFreshness } from '../../../../server/connections/oauth1/problem.ts';
import type { ProblemCause } from '../../../../server/connections/problem.ts';

function answer(status: number, body: string, headers: [string, string][] = []) {
  return { status, headers, body: Buffer.from(body), truncated: false };
}

function error(code: number, message = 'No.') {
  return JSON.stringify({ errors: [{ code, message }] });
}

test('every way of naming a problem is read into a cause', () => {
  const cases: [ProblemCause, string | undefined, ReturnType<typeof answer>][] = [
    ['keys_refused', '32', answer(401, error(32))],
    ['keys_refused', '215', answer(400, error(215))],
    ['token_refused', '89', answer(401, error(89))],
    ['clock_refused', '135', answer(401, error(135))],
    ['callback_refused', '415', answer(403, error(415))],
    ['token_expired', 'token_expired', answer(401, 'oauth_problem=token_expired')],
    ['token_revoked', 'token_revoked', answer(401, 'oauth_problem=token_revoked')],
    ['token_refused', 'token_rejected', answer(401, 'oauth_problem=token_rejected')],
    ['parameters_refused', 'parameter_absent', answer(400, 'oauth_problem=parameter_absent')],
    ['rate_limited', 'consumer_key_throttled', answer(403, 'oauth_problem=consumer_key_throttled')],
    ['permission_refused', '453', answer(403, error(453))],
    ['rate_limited', '88', answer(429, error(88))],
    ['signature_refused', 'signature_invalid', answer(401, 'oauth_problem=signature_invalid&x=1')],
    [
      'nonce_refused',
      'nonce_used',
      answer(401, '', [['WWW-Authenticate', 'OAuth realm="x", oauth_problem="nonce_used"']]),
    ],
    [
      'consumer_key_refused',
      'consumer_key_unknown',
      answer(401, '{}', [['www-authenticate', 'OAuth oauth_problem="consumer_key_unknown"']]),
    ],
    [
      'callback_refused',
      undefined,
      answer(403, '<?xml version="1.0"?><hash><error>Callback URL not approved</error></hash>'),
    ],
    ['clock_refused', undefined, answer(401, 'Timestamp out of bounds')],
    ['credentials_refused', undefined, answer(401, '')],
    [
      'permission_refused',
      undefined,
      answer(403, '<!doctype html><title>Forbidden</title><script>callback()</script>'),
    ],
    ['remote_down', undefined, answer(503, '<html><title>Over capacity</title></html>')],
    ['other', '9999', answer(400, error(9999))],
    ['other', 'constructor', answer(400, 'oauth_problem=constructor')],
  ];
  for (const [cause, code, response] of cases) {
    const read = readProblem(response, []);
    assert.deepEqual([read.cause, read.remoteCode], [cause, code], response.body.toString());
    assert.ok(read.problem.length > 10 && read.nextStep.length > 5);
  }
});

test('32 and 215 name the mistaken OAuth 2.0 Client ID first', () => {
  const { problem, nextStep } = readProblem(answer(401, error(32)), []);
  assert.match(problem, /OAuth 2\.0 Client ID/);
  assert.match(nextStep, /API key/);
});

test('remote text is quoted short, without mark-up, control characters or secrets', () => {
  const secret = 'plain secret&words';
  const texts = [
    `Bad key ${secret} here`,
    `Bad key ${encodeURIComponent(secret)} here`,
    error(1, `you sent ${secret}`),
    `base string POST&x&oauth_token%3D${encodeURIComponent(encodeURIComponent(secret))}`,
  ];
  for (const text of texts) {
    const { problem } = readProblem(answer(400, text), [secret]);
    assert.ok(
      !problem.includes('secret&words') && !problem.includes('secret%26') && !problem.includes('secret%2526'),
    );
  }
  const unknown = 'a1b2c3d4e5f6a7b8c9d0e1f2';
  assert.ok(
    !readProblem(answer(400, `token ${unknown} and oauth_token=short`), []).problem.includes(unknown),
  );
  assert.ok(!readProblem(answer(400, 'oauth_token=short'), []).problem.includes('short'));
  const long = readProblem(answer(400, `${'words and '.repeat(100)}\u0007`), []).problem;
  assert.ok(long.length < 350 && long.includes('…'));
  assert.doesNotMatch(long, /\p{Cc}/u);
});

test('the description in a form is quoted in words', () => {
  const form = 'error=invalid_request&error_description=Timestamp+given+is+invalid%2C+differs+by+5+min.';
  const { cause, problem } = readProblem(answer(400, form), []);
  assert.equal(cause, 'clock_refused');
  assert.match(problem, /“Timestamp given is invalid, differs by 5 min\.”/);
  const told = readProblem(answer(400, 'error=x&error_description=no+oauth_token%3Dshort+here'), []).problem;
  assert.ok(!told.includes('short'));
});

test('only an answer that names timestamp or nonce is a reason to sign afresh and send once more', () => {
  const nonce: [string, string][] = [['WWW-Authenticate', 'OAuth oauth_problem="nonce_used"']];
  const named: ['time' | 'nonce', ReturnType<typeof answer>][] = [
    ['nonce', answer(401, '', nonce)],
    ['time', answer(400, 'oauth_problem=timestamp_refused&oauth_acceptable_timestamps=1-2')],
    ['time', answer(401, error(135))],
  ];
  for (const [what, refusal] of named) assert.equal(refusesFreshness(refusal), what);
  for (const other of [
    answer(200, '', nonce),
    answer(500, 'oauth_problem=nonce_used'),
    answer(401, error(32)),
    answer(400, error(1, 'The timestamp field is not a date')),
    answer(401, 'oauth_problem=token_expired'),
    answer(401, ''),
  ]) {
    assert.equal(refusesFreshness(other), undefined);
  }
});
