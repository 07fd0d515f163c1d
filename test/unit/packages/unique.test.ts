/** What must be unique is found before anything is written, and never half-way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPackageText } from '../../../server/package-check.ts';

const header = {
  name: 'Twice',
  configure: { placeholders: [{ type: 'random', key: 'made', params: { length: 40 } }] },
};
const listener = { _context: 'webhook_listener', name: 'Hook', guid: '{{{made}}}' };

test('two webhook listeners with one guid are a fault that does not tell the guid', () => {
  const records = [
    { uid: 'one', ...listener },
    { uid: 'two', ...listener },
  ];
  const { faults } = checkPackageText(JSON.stringify({ package: header, records }));
  assert.deepEqual(
    faults.map(({ path, message }) => ({ path, message })),
    [{ path: '/records/1/guid', message: "The guid is given to 'one' already." }],
  );
});

test('a setting that a package brings twice is a fault', () => {
  const settings = { countersign: { app_name: 'Helpdesk' } };
  const records = [{ uid: 'again', _context: 'setting', name: 'app_name', value: 'Other' }];
  const { faults } = checkPackageText(JSON.stringify({ package: header, records, settings }));
  assert.equal(faults.length, 1);
  assert.match(faults[0]?.message ?? '', /^The setting 'app_name' is given to/);
});
