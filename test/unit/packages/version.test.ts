import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions } from '../../../server/packages/version.ts';

// Results of PHP 8's version_compare for the same pairs.
const pairs: [string, string, -1 | 0 | 1][] = [
  ['9.1.0', '10.4.10', -1],
  ['10.4.10', '10.4.10', 0],
  ['10.4.9', '10.4.10', -1],
  ['10.4.11', '10.4.10', 1],
  ['11', '10.4.10', 1],
  ['10.4', '10.4.0', -1],
  ['10.4.0', '10.4', 1],
  ['1.0-dev', '1.0-alpha', -1],
  ['1.0alpha', '1.0beta', -1],
  ['1.0b2', '1.0RC1', -1],
  ['1.0rc1', '1.0', -1],
  ['1.0', '1.0pl1', -1],
  ['1.0', '1.0rc1', 1],
  ['1.0-something', '1.0-dev', -1],
  ['1_2', '1.2', 0],
];

test('versions compare as in PHP', () => {
  for (const [left, right, expected] of pairs) {
    assert.equal(Math.sign(compareVersions(left, right)), expected, `${left} and ${right}`);
  }
});

test('comparing the other way round turns the sign', () => {
  for (const [left, right, expected] of pairs) {
    assert.equal(
      Math.sign(compareVersions(right, left)),
      expected === 0 ? 0 : -expected,
      `${right}, ${left}`,
    );
  }
});
