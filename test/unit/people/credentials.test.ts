import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEmail, parseName, passwordFault } from '../../../server/people/credentials.ts';

test('an e-mail address is trimmed and lower-case, so that one person has one account', () => {
  assert.equal(parseEmail('  Ann@Example.ORG '), 'ann@example.org');
  assert.equal(parseEmail('ann@localhost'), 'ann@localhost');
});

test('what is no e-mail address is refused', () => {
  for (const text of [
    '',
    'ann',
    '@example.org',
    'ann@',
    'a b@example.org',
    'a@b@c',
    '<a@b.c>',
    `${'a'.repeat(250)}@b.cd`,
  ]) {
    assert.equal(parseEmail(text), undefined, text);
  }
});

test('a name loses needless spaces and must hold something', () => {
  assert.equal(parseName('  Ann \n  Smith '), 'Ann Smith');
  assert.equal(parseName(' \t '), undefined);
  assert.equal(parseName('a'.repeat(101)), undefined);
});

test('a password needs length and some variety, and nothing else', () => {
  assert.equal(passwordFault('correct horse battery', 'ann@example.org'), undefined);
  assert.equal(passwordFault('päßwörtér-zwölf', 'ann@example.org'), undefined);
  assert.match(passwordFault('short', 'ann@example.org') ?? '', /at least 12/);
  assert.match(passwordFault('a'.repeat(300), 'ann@example.org') ?? '', /at most/);
  assert.match(passwordFault('Ann@Example.org', 'ann@example.org') ?? '', /e-mail/);
  assert.match(passwordFault('aaaaaaaaaaaaaaa', 'ann@example.org') ?? '', /different/);
});
