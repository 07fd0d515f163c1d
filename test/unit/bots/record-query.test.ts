/** Searches for records in Cerb's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAskedFor, readRecordQuery } from '../../../server/bots/record-query.ts';
import { HubError } from '../../../server/errors.ts';

const words = ['id', 'name', 'owner', 'bot'];
const record = {
  _label: 'Support desk',
  id: '7',
  bot_id: 'B',
  owner__context: 'cerberusweb.contexts.app',
  owner_id: '0',
};

for (const [query, isFound] of [
  ['', true],
  ['name:support', true],
  ['name:"Support desk"', true],
  ['name:sup*', true],
  ['name:*desk', true],
  ['name:*port', false],
  ['name:s*t*k', true],
  ['name:desk*', false],
  ['id:7', true],
  ['id:[1, 7]', true],
  ['id:1', false],
  ['owner:app', true],
  ['owner:worker', false],
  ['bot:B limit:1', true],
  ['desk support', true],
  ['"port desk"', true],
  ['sales', false],
  ['name:support id:8', false],
] as const) {
  test(`"${query}" ${isFound ? 'finds' : 'does not find'} the record`, () => {
    assert.equal(isAskedFor(record, readRecordQuery(query, words)), isFound);
  });
}

test('a limit is kept to, and is ten where none is said', () => {
  assert.equal(readRecordQuery('limit:25', words).limit, 25);
  assert.equal(readRecordQuery('x', words).limit, 10);
});

test('what is not known is refused, with what is', () => {
  for (const query of [
    'status:open',
    'name!:x',
    'limit:0',
    'limit:201',
    'bot:(id:1)',
    'name:"open',
    'sort:name',
  ]) {
    assert.throws(
      () => readRecordQuery(query, words),
      (error) => {
        assert.ok(error instanceof HubError, query);
        assert.equal(error.code, 'bad_request');
        return true;
      },
    );
  }
  assert.throws(
    () => readRecordQuery('status:open', words),
    /'status:' is not known here; there are id:, name:/,
  );
});
