/** Accounts that a package brings for a service that does not take them are found in the plan, by path. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubError } from '../../server/errors.ts';
import { writeJson } from '../../server/json.ts';
import { importPackage } from '../../server/packages/import.ts';
import { commandLine } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps, rowsOf } from '../support/packages.ts';

const basic = {
  uid: 'svc',
  _context: 'connected_service',
  name: 'Basics',
  uri: 'basics',
  extension_id: 'cerb.service.provider.http.basic',
  params: { base_url: 'https://api.example/' },
};
const directory = {
  uid: 'svc',
  _context: 'connected_service',
  name: 'Directory',
  extension_id: 'cerb.service.provider.ldap',
  params: { host: 'ldap.example', port: '636', bind_dn: 'cn=a', context_search: 'dc=a', field_email: 'mail' },
};

const accountOf = (serviceId: string, params: object) => ({
  uid: 'acc',
  _context: 'connected_account',
  name: 'Ours',
  service_id: serviceId,
  owner__context: 'app',
  owner_id: '0',
  params,
});

withDatabases((database) => {
  const refusals: [string, object, { records?: object[]; bots?: object[] }, [string, RegExp]][] = [
    [
      'an account of a service that only signs people in',
      {},
      { records: [directory, accountOf('{{{uid.svc}}}', {})] },
      ['/records/1/service_id', /signs people in.*\.$/],
    ],
    [
      'credentials of another way of authenticating',
      {},
      { records: [basic, accountOf('{{{uid.svc}}}', { token: 'x' })] },
      ['/records/1/params/username', /'Username' is missing\./],
    ],
    [
      'credentials that the service which is here already does not take',
      { package: { name: 'Before' }, records: [basic] },
      { records: [accountOf('basics', { token: 'x' })] },
      ['/records/0/params/username', /'Username' is missing\./],
    ],
    [
      'an account whose service is another kind of record',
      {},
      {
        records: [
          basic,
          { ...accountOf('{{{uid.other}}}', {}), uid: 'acc' },
          { ...accountOf('{{{uid.svc}}}', {}), uid: 'other' },
        ],
      },
      ['/records/1/service_id', /refers to 'Ours', which is no Connected Service/],
    ],
  ];

  for (const [what, earlier, sections, [path, message]] of refusals) {
    test(`${database.name}: ${what} is a fault of the plan, by its path`, async () => {
      const db = await database.open();
      const imported = (source: object) =>
        importPackage(importDeps(db), { actor: commandLine, package: writeJson(source), prompts: {} });
      if ('package' in earlier) await imported(earlier);
      const before = await rowsOf(db);
      await assert.rejects(imported({ package: { name: 'Wrong' }, ...sections }), (error) => {
        assert.ok(error instanceof HubError);
        assert.equal(error.code, 'package_invalid');
        const faults = error.extra.faults as { path: string; message: string }[];
        const found = faults.find((fault) => fault.path === path);
        assert.match(found?.message ?? JSON.stringify(faults), message);
        return true;
      });
      assert.deepEqual(await rowsOf(db), before);
    });
  }

  test(`${database.name}: an account with the credentials that its service takes is linked by the import, one without waits`, async () => {
    const db = await database.open();
    const twitter = {
      ...basic,
      uid: 'birds',
      uri: 'birds',
      extension_id: 'cerb.service.provider.oauth1',
      params: {
        client_id: 'key',
        client_secret: 'planted',
        request_token_url: 'https://api.example/request',
        authentication_url: 'https://api.example/authorize',
        access_token_url: 'https://api.example/access',
        signature_method: 'HMAC-SHA1',
      },
    };
    const waiting = { ...accountOf('{{{uid.birds}}}', {}), uid: 'waiting', name: 'Waiting' };
    const ours = accountOf('{{{uid.svc}}}', { username: 'me', password: 'planted' });
    const records = [basic, ours, twitter, waiting];
    const source = writeJson({ package: { name: 'Right' }, records });
    const request = { actor: commandLine, package: source, prompts: {} };
    await importPackage(importDeps(db), request);
    const statuses = await db('connected_accounts').orderBy('name').pluck('status');
    assert.deepEqual(statuses, ['linked', 'unlinked']);
  });
});
