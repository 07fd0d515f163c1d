import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVault, VaultError } from '../../server/vault.ts';

const old = { id: 'k1', secret: new Uint8Array(32).fill(1) };
const fresh = { id: 'k2', secret: new Uint8Array(32).fill(2) };
const place = { table: 'connected_accounts', id: 'A', field: 'sealed_credentials' };

test('what was sealed opens at its place', () => {
  const vault = createVault([old]);
  assert.equal(vault.open(vault.seal('s€cret 💎', place), place), 's€cret 💎');
});

test('the sealed value shows its key id and nothing of the text', () => {
  const sealed = createVault([old]).seal('visible-text', place);
  assert.match(sealed, /^v1:k1:/);
  assert.equal(Buffer.from(sealed.split(':')[2] ?? '', 'base64').includes('visible-text'), false);
});

test('sealing the same text twice gives different values', () => {
  const vault = createVault([old]);
  assert.notEqual(vault.seal('same', place), vault.seal('same', place));
});

test('a value with any one bit changed does not open', () => {
  const vault = createVault([old]);
  const [version, key, data] = vault.seal('text', place).split(':');
  const bytes = Buffer.from(data ?? '', 'base64');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] = (changed[i] ?? 0) ^ 1;
    assert.throws(
      () => vault.open(`${version}:${key}:${changed.toString('base64')}`, place),
      VaultError,
      `byte ${i}`,
    );
  }
});

test('a value cut short does not open', () => {
  const vault = createVault([old]);
  const sealed = vault.seal('text', place);
  assert.throws(() => vault.open(sealed.slice(0, 20), place), VaultError);
  assert.throws(() => vault.open('', place), VaultError);
});

test('a value moved to another row, field or table does not open', () => {
  const vault = createVault([old]);
  const sealed = vault.seal('text', place);
  for (const other of [
    { ...place, id: 'B' },
    { ...place, field: 'extra' },
    { ...place, table: 'link_flows' },
  ]) {
    assert.throws(() => vault.open(sealed, other), VaultError);
  }
});

test('the first key seals, every key opens, and a missing one is named', () => {
  const sealed = createVault([old]).seal('text', place);
  const rotated = createVault([fresh, old]);
  assert.equal(rotated.open(sealed, place), 'text');
  assert.match(rotated.seal('text', place), /^v1:k2:/);
  assert.throws(() => createVault([fresh]).open(sealed, place), /key k1/);
});

test('a key of another process under the same name does not open, and the error holds no text', () => {
  const sealed = createVault([old]).seal('text', place);
  assert.throws(
    () => createVault([{ id: 'k1', secret: fresh.secret }]).open(sealed, place),
    /sealed_credentials A/,
  );
});
