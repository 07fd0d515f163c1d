import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { prepareRequest } from '../../../server/delivery/headers.ts';
import { HubError } from '../../../server/errors.ts';

const url = new URL('https://api.remote.example/');
const prepare = (headers: [string, string][], isSigned = true) =>
  prepareRequest({ method: 'get', url, headers }, isSigned).headers.filter(([name]) => name !== 'User-Agent');

describe('headers that would confuse are left out', () => {
  const names = [
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'Cookie',
    'Forwarded',
    'X-Forwarded-For',
    'x-forwarded-host',
    'Proxy-Authorization',
    'Proxy-Connection',
    'Accept-Encoding',
    'Authorization',
  ];
  for (const name of names) {
    test(name, () =>
      assert.deepEqual(
        prepare([
          [name, '1'],
          ['X-Kept', 'yes'],
        ]),
        [['X-Kept', 'yes']],
      ),
    );
  }

  test('and those that Connection names', () => {
    assert.deepEqual(
      prepare([
        ['X-One', '1'],
        ['Connection', 'close, x-one'],
        ['X-Two', '2'],
      ]),
      [['X-Two', '2']],
    );
  });
});

test('Authorization stays where nothing is signed over it', () => {
  assert.deepEqual(prepare([['Authorization', 'Bearer abc']], false), [['Authorization', 'Bearer abc']]);
});

test('a repeated header stays repeated, a repeated Content-Type is refused', () => {
  assert.equal(
    prepare([
      ['X-A', '1'],
      ['X-A', '2'],
    ]).length,
    2,
  );
  assert.throws(
    () =>
      prepare([
        ['Content-Type', 'a/b'],
        ['content-type', 'c/d'],
      ]),
    /two Content-Type/,
  );
});

test('values with controls or beyond Latin-1 are refused, their edges trimmed', () => {
  for (const value of ['a\r\nX: y', 'a\nb', 'a\0', 'a\x7f', 'a\tb', 'č', '\u{1F600}']) {
    assert.throws(() => prepare([['X-A', value]]), HubError);
  }
  assert.deepEqual(prepare([['X-A', ' ü ']]), [['X-A', 'ü']]);
});

test('names that are no tokens are refused', () => {
  for (const name of ['', 'a b', 'a:', 'a\r\n', 'ä', '"x"'])
    assert.throws(() => prepare([[name, '1']]), HubError);
});

test('whatever names and values come, only tokens and clean values go on', () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(pairs, (headers) => {
      try {
        for (const [name, value] of prepare(headers)) {
          assert.match(name, /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
          assert.match(value, /^[\x20-\x7e\x80-\xff]*$/);
        }
      } catch (error) {
        assert.ok(error instanceof HubError);
      }
    }),
  );
});

test('methods are upper-cased; what is no method is refused', () => {
  assert.equal(prepareRequest({ method: 'pAtCh', url, headers: [] }, false).method, 'PATCH');
  for (const method of ['', 'GET X', 'G\r\n', 'connect', 'trace']) {
    assert.throws(() => prepareRequest({ method, url, headers: [] }, false), HubError);
  }
});

test('the request that came in is left as it was', () => {
  const request = { method: 'get', url, headers: [['Host', 'x']] as [string, string][] };
  const copy = prepareRequest(request, true);
  copy.url.searchParams.set('a', '1');
  assert.equal(url.search, '');
  assert.deepEqual(request.headers, [['Host', 'x']]);
});
