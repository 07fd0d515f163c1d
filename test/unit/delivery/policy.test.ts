import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from '../../../server/config.ts';
import { classifyAddress } from '../../../server/delivery/address.ts';
import { checkAddress, checkTarget, isExceptedHost } from '../../../server/delivery/policy.ts';
import { HubError } from '../../../server/errors.ts';

function verdict(
  url: string,
  allowedHosts: readonly string[] | 'open',
  env: Record<string, string> = {},
): string {
  if (!URL.canParse(url)) return 'unreadable';
  return outcome(() => checkTarget(parseConfig(env), new URL(url), { allowedHosts }));
}

function outcome(check: () => void): string {
  try {
    check();
    return 'allowed';
  } catch (error) {
    assert.ok(error instanceof HubError);
    return error.code;
  }
}

describe('open requests', () => {
  const allowed = [
    'https://example.com/',
    'https://EXAMPLE.com:443/path?q=1#top',
    'https://example.com./',
    'https://bücher.example/',
    'https://8.8.8.8/',
    'https://134744072/',
    'https://[2606:4700:4700::1111]/',
  ];
  for (const url of allowed)
    test(`${url} may be called`, () => assert.equal(verdict(url, 'open'), 'allowed'));

  const addresses = [
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.255.255.254/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://１２７.０.０.１/',
    'https://127。0。0。1/',
    'https://0/',
    'https://0.0.0.0/',
    'https://10.0.0.1/',
    'https://10.255.255.255/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://169.254.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2852039166/',
    'https://169.254.170.2/',
    'https://100.100.100.200/',
    'https://192.0.0.192/',
    'https://168.63.129.16/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://198.51.100.7/',
    'https://203.0.113.9/',
    'https://224.0.0.1/',
    'https://239.255.255.255/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::127.0.0.1]/',
    'https://[::8.8.8.8]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::ffff:0:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b::808:808]/',
    'https://[64:ff9b:1::a00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2002:808:808::1]/',
    'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
    'https://[2606:4700::5efe:10.0.0.1]/',
    'https://[2606:4700::200:5efe:a00:1]/',
    'https://[fe80::1]/',
    'https://[fe80::a9fe:a9fe]/',
    'https://[fec0::1]/',
    'https://[fc00::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fd20:ce::254]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://[100::1]/',
    'http://example.com/',
    'http://8.8.8.8/',
  ];
  for (const url of addresses) {
    test(`${url} is refused for its address`, () =>
      assert.equal(verdict(url, 'open'), 'address_not_allowed'));
  }

  const ports = [
    'https://example.com:8443/',
    'https://example.com:22/',
    'https://example.com:25/',
    'http://example.com:443/',
  ];
  for (const url of ports) {
    test(`${url} is refused for its port`, () => assert.equal(verdict(url, 'open'), 'host_not_allowed'));
  }

  const forms = [
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:1',
    'https://user@example.com/',
    'https://a:b@example.com/',
  ];
  for (const url of forms) {
    test(`${url} is refused for its form`, () => assert.equal(verdict(url, 'open'), 'request_refused'));
  }

  test('COUNTERSIGN_OPEN_HOSTS closes every other host', () => {
    const env = { COUNTERSIGN_OPEN_HOSTS: 'example.com,*.example.net' };
    assert.equal(verdict('https://example.com/', 'open', env), 'allowed');
    assert.equal(verdict('https://a.b.example.net/', 'open', env), 'allowed');
    assert.equal(verdict('https://example.net/', 'open', env), 'host_not_allowed');
    assert.equal(verdict('https://badexample.net/', 'open', env), 'host_not_allowed');
    assert.equal(verdict('https://example.com.evil.test/', 'open', env), 'host_not_allowed');
  });
});

describe('the allow-list of a service', () => {
  const list = ['api.remote.example', '*.cdn.example', 'dev.remote.example:8443', 'Bücher.example'];
  const cases: [string, string][] = [
    ['https://api.remote.example/1/x', 'allowed'],
    ['https://API.Remote.Example./', 'allowed'],
    ['https://api.remote.example:443/', 'allowed'],
    ['https://api%2Eremote.example/', 'allowed'],
    ['https:\\\\api.remote.example\\x', 'allowed'],
    ['https://img.cdn.example/', 'allowed'],
    ['https://dev.remote.example:8443/', 'allowed'],
    ['https://xn--bcher-kva.example/', 'allowed'],
    ['https://api.remote.example:444/', 'host_not_allowed'],
    ['https://dev.remote.example/', 'host_not_allowed'],
    ['https://dev.remote.example:8444/', 'host_not_allowed'],
    ['https://cdn.example/', 'host_not_allowed'],
    ['https://evilcdn.example/', 'host_not_allowed'],
    ['https://api.remote.example.evil.example/', 'host_not_allowed'],
    ['https://api.remote.example@evil.example/', 'request_refused'],
    ['https://evil.example\\@api.remote.example/', 'host_not_allowed'],
    ['https://evil.example/api.remote.example', 'host_not_allowed'],
    ['https://аpi.remote.example/', 'host_not_allowed'],
    ['http://api.remote.example/', 'address_not_allowed'],
  ];
  for (const [url, expected] of cases)
    test(`${url}: ${expected}`, () => assert.equal(verdict(url, list), expected));

  test('an empty list allows nothing, and the refusal names service and host', () => {
    assert.throws(
      () =>
        checkTarget(parseConfig({}), new URL('https://api.remote.example/'), {
          allowedHosts: [],
          serviceName: 'Remote',
        }),
      /Service 'Remote' does not allow requests to api\.remote\.example; it allows no host at all/,
    );
  });

  test('a private exception does not widen the list', () => {
    const env = { COUNTERSIGN_ALLOW_PRIVATE: 'localhost:4000' };
    assert.equal(verdict('http://localhost:4000/', list, env), 'host_not_allowed');
    assert.equal(verdict('http://localhost:4000/', ['localhost'], env), 'host_not_allowed');
    assert.equal(verdict('http://localhost:4000/', ['localhost:4000'], env), 'allowed');
  });
});

describe('exceptions for private addresses', () => {
  const cases: [string, string, string][] = [
    ['localhost', 'http://localhost:9/', 'allowed'],
    ['localhost:9', 'http://localhost:9/', 'allowed'],
    ['localhost:9', 'http://localhost:8/', 'host_not_allowed'],
    ['10.0.0.0/8', 'https://10.1.2.3/', 'allowed'],
    ['10.0.0.0/8', 'http://10.1.2.3:8080/', 'allowed'],
    ['10.0.0.0/8:8080', 'http://10.1.2.3:8080/', 'allowed'],
    ['10.0.0.0/8:8080', 'https://10.1.2.3/', 'address_not_allowed'],
    ['10.0.0.0/8', 'https://11.1.2.3/', 'allowed'],
    ['10.0.0.0/8', 'https://192.168.0.1/', 'address_not_allowed'],
    ['10.0.0.0/8', 'https://[::ffff:10.1.2.3]/', 'address_not_allowed'],
    ['fd00::/8', 'https://[fd00::1]/', 'allowed'],
    ['169.254.0.0/16', 'http://169.254.169.254/', 'address_not_allowed'],
    ['169.254.169.254', 'http://169.254.169.254/', 'address_not_allowed'],
    ['168.63.129.16', 'http://168.63.129.16/', 'address_not_allowed'],
    ['64:ff9b::/96', 'https://[64:ff9b::a9fe:a9fe]/', 'address_not_allowed'],
    ['64:ff9b::/96', 'https://[64:ff9b::808:808]/', 'allowed'],
    ['fd00::/8', 'https://[fd00:ec2::254]/', 'address_not_allowed'],
  ];
  for (const [exception, url, expected] of cases) {
    test(`with ${exception}, ${url}: ${expected}`, () => {
      assert.equal(verdict(url, 'open', { COUNTERSIGN_ALLOW_PRIVATE: exception }), expected);
    });
  }

  test('after resolving, plain http needs every address excepted', () => {
    const policy = parseConfig({ COUNTERSIGN_ALLOW_PRIVATE: '10.0.0.0/8' });
    const url = new URL('http://inside.example/');
    assert.equal(
      outcome(() => checkAddress(policy, url, '10.0.0.7')),
      'allowed',
    );
    assert.equal(
      outcome(() => checkAddress(policy, url, '93.184.216.34')),
      'address_not_allowed',
    );
  });

  test('an excepted host may resolve to any address but metadata', () => {
    const policy = parseConfig({ COUNTERSIGN_ALLOW_PRIVATE: 'inside.example' });
    const url = new URL('http://inside.example/');
    assert.equal(
      outcome(() => checkAddress(policy, url, '127.0.0.1')),
      'allowed',
    );
    assert.equal(
      outcome(() => checkAddress(policy, url, '169.254.169.254')),
      'address_not_allowed',
    );
    assert.equal(isExceptedHost(policy, url), true);
  });
});

describe('connect-to', () => {
  const env = { COUNTERSIGN_CONNECT_TO: 'https://api.remote.example=http://127.0.0.1:4000' };

  test('lifts the address rules, not the allow-list', () => {
    assert.equal(verdict('https://api.remote.example/', ['api.remote.example'], env), 'allowed');
    assert.equal(verdict('https://api.remote.example/', ['other.example'], env), 'host_not_allowed');
    assert.equal(verdict('https://127.0.0.1:4000/', ['127.0.0.1:4000'], env), 'address_not_allowed');
  });

  test('does not lead to metadata addresses', () => {
    const url = new URL('https://api.remote.example/');
    assert.equal(
      outcome(() => checkAddress(parseConfig(env), url, '127.0.0.1')),
      'allowed',
    );
    assert.equal(
      outcome(() => checkAddress(parseConfig(env), url, '169.254.169.254')),
      'address_not_allowed',
    );
  });
});

test('what is no address is never public', () => {
  for (const text of ['', 'localhost', '1.2.3.4.5', '/tmp/socket'])
    assert.equal(classifyAddress(text), 'private');
});
