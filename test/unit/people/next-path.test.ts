import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPath } from '../../../server/people/next-path.ts';

const local = [
  '/',
  '/bots',
  '/connected-accounts/01J0000000000000000000000A/edit',
  '/activity?account=x&after=y#top',
  '/a//b',
  '/a?next=//evil.example',
  '/%2f%2fevil.example',
  '/@evil.example',
  '/:80',
];

const elsewhere = [
  '',
  'bots',
  './bots',
  '../bots',
  'https://evil.example',
  'https:evil.example',
  'http:/evil.example',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/\\/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/./\\evil.example',
  '/a\\b',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\nSet-Cookie: a=b',
  '\t//evil.example',
  ' //evil.example',
  '/ /evil.example',
  '/\u0000/evil.example',
  '/\u2028/evil.example',
  '/ü',
  'javascript:alert(1)',
  'data:text/html,x',
  '@evil.example',
  '?next=/bots',
  '#top',
  '/sign-in',
  '/sign-in?next=/sign-in',
  '/sign-out',
  `/${'a'.repeat(2000)}`,
];

test('a path of our own is kept as it is', () => {
  for (const path of local) assert.equal(localPath(path), path);
});

test('whatever a browser might read as another place leads to the start', () => {
  for (const path of elsewhere) assert.equal(localPath(path), '/', JSON.stringify(path));
  assert.equal(localPath(null), '/');
});

test('dots in a path are resolved before it is judged', () => {
  assert.equal(localPath('/bots/../activity'), '/activity');
  assert.equal(localPath('/a/../sign-out'), '/');
});
