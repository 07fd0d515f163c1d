import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, parseConfig } from '../../server/config.ts';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
}

test('nothing set gives the documented defaults', () => {
  const config = parseConfig({});
  assert.equal(config.url.href, 'http://localhost:3000/');
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.database.kind, 'sqlite');
  assert.equal(config.connectTimeoutMs, 10_000);
  assert.equal(config.totalTimeoutMs, 30_000);
  assert.equal(config.maxAnswerBytes, 10_000_000);
  assert.equal(config.maxPackageBytes, 10_485_760);
  assert.equal(config.keepDeliveriesDays, 30);
});

test('an empty variable counts as unset', () => {
  assert.equal(parseConfig({ PORT: '', COUNTERSIGN_URL: '' }).port, 3000);
});

test('the public URL follows the port', () => {
  assert.equal(parseConfig({ PORT: '4100' }).url.origin, 'http://localhost:4100');
});

test('every fault is named at once, without its value', () => {
  const faults = faultsOf({
    PORT: 'planted-a',
    DATABASE_URL: 'planted-b',
    LOG_LEVEL: 'planted-c',
    COUNTERSIGN_MASTER_KEY: 'planted-d',
  });
  assert.equal(faults.length, 4);
  assert.doesNotMatch(faults.join('\n'), /planted/);
});

test('the public URL has no path and is https unless it names this machine', () => {
  for (const url of [
    'http://hub.example',
    'https://hub.example/path',
    'https://u:p@hub.example',
    'ftp://localhost',
    'https://hub.example/?a=1',
  ]) {
    assert.equal(faultsOf({ COUNTERSIGN_URL: url }).length, 1, url);
  }
  for (const url of [
    'https://hub.example',
    'http://localhost:8080',
    'http://127.0.0.1:1',
    'http://[::1]:80',
  ]) {
    assert.deepEqual(faultsOf({ COUNTERSIGN_URL: url }), [], url);
  }
});

test('a MySQL address is taken apart, its escapes decoded', () => {
  assert.deepEqual(parseConfig({ DATABASE_URL: 'mysql://us%40er:p%2Fw@[::1]:3307/hub' }).database, {
    kind: 'mysql',
    host: '::1',
    port: 3307,
    user: 'us@er',
    password: 'p/w',
    database: 'hub',
  });
});

test('other databases and a missing database name are refused', () => {
  const nameless = ['mysql://h', 'mysql://h/', 'mysql://h/a/b', 'sqlite:', 'file.db'];
  for (const url of ['postgres://h/db', 'mysql://a:100%@h/db', ...nameless]) {
    const faults = faultsOf({ DATABASE_URL: url });
    assert.equal(faults.length, 1, url);
    assert.match(faults[0] ?? '', /^DATABASE_URL must /, url);
  }
});

test('MySQL in production does not start without a master key', () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: 'mysql://h/db' };
  assert.match(faultsOf(env)[0] ?? '', /COUNTERSIGN_MASTER_KEY/);
  assert.deepEqual(faultsOf({ ...env, COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') }), []);
});

test('the master key is 32 bytes in base64 and nothing else', () => {
  assert.equal(faultsOf({ COUNTERSIGN_MASTER_KEY: Buffer.alloc(31).toString('base64') }).length, 1);
  assert.equal(faultsOf({ COUNTERSIGN_MASTER_KEY: Buffer.alloc(33).toString('base64') }).length, 1);
  assert.equal(faultsOf({ COUNTERSIGN_MASTER_KEY: `${'*'.repeat(43)}=` }).length, 1);
});

test('connect-to leads to loopback or https, by exact origin', () => {
  const config = parseConfig({
    COUNTERSIGN_CONNECT_TO: 'https://api.example=http://127.0.0.1:9, https://b.example=https://c.example:444',
  });
  assert.deepEqual(
    [...config.connectTo],
    [
      ['https://api.example', 'http://127.0.0.1:9'],
      ['https://b.example', 'https://c.example:444'],
    ],
  );
  for (const value of [
    'https://a.example',
    'https://a.example=http://b.example',
    'https://a.example/x=http://127.0.0.1',
    'a=b',
    'https://a.example=http://[::1]:1,https://a.example=http://[::1]:2',
  ]) {
    assert.equal(faultsOf({ COUNTERSIGN_CONNECT_TO: value }).length, 1, value);
  }
});

test('private exceptions are hosts or blocks, with or without a port', () => {
  const { allowPrivate } = parseConfig({
    COUNTERSIGN_ALLOW_PRIVATE:
      'intra.example,intra.example:8443,10.0.0.0/8,10.1.2.3:80,fd00::/8,[fd00::1]:443',
  });
  assert.equal(allowPrivate.length, 6);
  assert.deepEqual(allowPrivate[1], { host: 'intra.example', port: 8443 });
  assert.deepEqual(
    allowPrivate.map((entry) => entry.port),
    [undefined, 8443, undefined, 80, undefined, 443],
  );
  for (const value of ['10.0.0.0/99', 'a b', 'host:0', 'host:70000', 'http://x']) {
    assert.equal(faultsOf({ COUNTERSIGN_ALLOW_PRIVATE: value }).length, 1, value);
  }
});
