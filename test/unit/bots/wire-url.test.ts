import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wireUrl } from '../../../server/bots/wire-url.ts';

describe('the address of a request', () => {
  const cases: [string, string][] = [
    ['https://a.test/x?q=1', 'https://a.test/x?q=1'],
    ['https://a.test', 'https://a.test'],
    ['https://a.test/a b?f={"x":[1]}', 'https://a.test/a%20b?f=%7B%22x%22:%5B1%5D%7D'],
    ['https://a.test/?q=é|^`\\', 'https://a.test/?q=%C3%A9%7C%5E%60%5C'],
    ['https://a.test/?q=100%&r=%20%2f', 'https://a.test/?q=100%25&r=%20%2f'],
    ['https://a.test/?q=a\nb', 'https://a.test/?q=a%0Ab'],
    ["https://a.test/~u/(1)'!*;,@:$?a=b+c&d", "https://a.test/~u/(1)'!*;,@:$?a=b+c&d"],
    ['  https://a.test/x \r\n', 'https://a.test/x'],
    ['https://a.test/x#part', 'https://a.test/x'],
    ['not an address', 'not an address'],
    ['https://a.test/\ud800', 'https://a.test/%EF%BF%BD'],
  ];
  for (const [text, expected] of cases)
    it(`${JSON.stringify(text)} leaves as ${expected}`, () => assert.equal(wireUrl(text), expected));
});
