import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import type { PageAnswer, Visit, WorkerActor } from '../../server/http/route.ts';
import { createViews } from '../../server/http/views.ts';
import { packagesPages } from '../../server/packages/pages.ts';
import { fromRoot } from '../../server/root.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps, packageText, rowsOf } from '../support/packages.ts';

const admin: WorkerActor = { kind: 'worker', id: 'w', name: 'Ada', isAdmin: true, groupIds: [] };
const views = createViews(fromRoot('views'));

withDatabases((database) => {
  describe(`package pages on ${database.name}`, () => {
    let db: Knex;
    before(async () => {
      db = await database.open();
    });

    const service = packageText('test/support/packages/twitter-service.json');

    async function press(
      method: 'GET' | 'POST',
      address: string,
      fields: Record<string, string | File> = {},
    ) {
      const url = new URL(address, 'https://hub.example');
      for (const route of packagesPages(importDeps(db))) {
        const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
        const match = new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}$`).exec(url.pathname);
        if (route.method !== method || !match) continue;
        assert.equal(route.access, 'admin');
        const form = new FormData();
        for (const [name, value] of Object.entries(fields)) form.set(name, value);
        const params = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
        const visit: Visit = {
          params,
          query: url.searchParams,
          form,
          worker: admin,
          browserHash: 'b',
          sessionHash: 's',
          ip: '127.0.0.1',
          signal: new AbortController().signal,
        };
        return route.handle(visit);
      }
      assert.fail(`no page ${method} ${address}`);
    }

    function html(answer: PageAnswer, status = 200): string {
      assert.ok('view' in answer, JSON.stringify(answer));
      assert.equal(answer.status ?? 200, status);
      return views.render(answer.view, {
        ...answer.model,
        csrf: 'token',
        me: { name: 'Ada', isAdmin: true },
      });
    }

    test('the page shows what the remote site will ask for, with the exact callback URL', async () => {
      const page = html(await press('GET', '/setup/import'));
      assert.match(page, /<h1>Import Package<\/h1>/);
      assert.match(page, /https:\/\/hub\.example\/oauth\/callback</);
      assert.match(page, /JSON:/);
      assert.match(page, />Import<\/button>/);
    });

    test('Import asks, says where secrets go, and Import again makes the records', async () => {
      const asked = html(await press('POST', '/setup/import', { package: service, step: 'import' }));
      assert.match(asked, /<h2>Configuration<\/h2>/);
      assert.match(asked, /name="prompt\.prompt_client_id" type="text"/);
      assert.match(asked, /name="prompt\.prompt_client_secret" type="password"/);
      assert.match(asked, /api\.twitter\.com/);
      assert.doesNotMatch(asked, /is required/);
      assert.deepEqual((await rowsOf(db)).imports, []);

      const fields = { package: service, asked: 'yes', 'prompt.prompt_client_id': 'id' };
      const incomplete = html(await press('POST', '/setup/import', fields), 422);
      assert.match(incomplete, /value="id"/);
      assert.match(incomplete, /is required/);

      const secret = 'planted-secret';
      const done = await press('POST', '/setup/import', { ...fields, 'prompt.prompt_client_secret': secret });
      assert.ok('redirect' in done);
      const result = html(await press('GET', done.redirect));
      assert.match(result, /<h2>Connected Services<\/h2>[\s\S]*<h2>Connected Accounts<\/h2>/);
      assert.match(result, /class="bubble" href="\/connected-accounts\/[0-9A-Z]{26}" data-card>Twitter</);
      assert.match(result, /signature_method_/);
    });

    test('a second import of the name offers a new copy or cancel', async () => {
      const page = html(await press('POST', '/setup/import', { package: service, step: 'import' }), 409);
      assert.match(page, /Import a new copy/);
      assert.match(page, /Cancel/);
      const again = html(await press('POST', '/setup/import', { package: service, step: 'new' }));
      assert.match(again, /name="mode" value="new"/);
      assert.match(again, /Configuration/);
    });

    test('Show plan writes nothing and gives no secret back', async () => {
      const before = await rowsOf(db);
      const fields = { package: service, step: 'plan', 'prompt.prompt_client_secret': 'planted-secret' };
      const page = html(await press('POST', '/setup/import', fields));
      assert.match(page, /What importing Bird Service would do/);
      assert.match(page, /<td>Connected Account<\/td><td>create<\/td>/);
      assert.doesNotMatch(page, /planted-secret/);
      assert.deepEqual(await rowsOf(db), before);
    });

    test('what came along from a document is named and taken off at a press', async () => {
      const pasted = `Paste the following:\n<pre>\n{% raw %}\n${service}\n{% endraw %}\n</pre>`;
      const page = html(await press('POST', '/setup/import', { package: pasted, step: 'import' }), 422);
      assert.match(page, /Line 1, column 1/);
      assert.match(page, /Take it off and go on/);
      const clean = html(
        await press('POST', '/setup/import', { package: pasted, step: 'clean', mode: 'new' }),
      );
      assert.match(clean, /Configuration/);
      assert.doesNotMatch(clean, /Paste the following:/);
      const shown = /<textarea[^>]*>\n([^<]*)</.exec(clean)?.[1]?.replaceAll('&quot;', '"');
      assert.equal(shown?.replaceAll('&#x27;', "'"), service.trim());
    });

    test('a file is taken in place of the text; one beyond the cap is refused in a sentence', async () => {
      const file = new File([service], 'p.json', { type: 'application/json' });
      const page = html(await press('POST', '/setup/import', { file, package: '', mode: 'new' }));
      assert.match(page, /Configuration/);
      assert.match(page, /service_twitter/);
      const large = new File([' '.repeat(1_000_001)], 'large.json');
      assert.match(html(await press('POST', '/setup/import', { file: large }), 413), /large\.json is larger/);
    });

    test('what cannot be stored is listed, with the choice to import the rest', async () => {
      const value = JSON.parse(service) as { package: { name: string }; records: object[] };
      value.package.name = 'Mixed';
      value.records.push({ uid: 't', _context: 'ticket' });
      const text = JSON.stringify(value);
      const page = html(await press('POST', '/setup/import', { package: text, step: 'import' }), 422);
      assert.match(page, /Import the supported part/);
      assert.match(page, /\/records\/2\/_context/);
      const asked = html(await press('POST', '/setup/import', { package: text, step: 'supported' }));
      assert.match(asked, /name="unsupported" value="skip"/);
      assert.match(asked, /Configuration/);
    });

    test('Packages lists the library and the imports', async () => {
      const page = html(await press('GET', '/setup/packages'));
      assert.match(page, /href="\/setup\/packages\/twitter">Twitter</);
      assert.match(page, /href="\/setup\/packages\/discogs">Discogs</);
      assert.match(page, /href="\/setup\/imports\/[0-9A-Z]{26}">Bird Service</);
    });

    test('the library is searched by words of name, description and needs, and says when nothing is found', async () => {
      const shown = (page: string) =>
        [...page.matchAll(/href="\/setup\/packages\/([\w-]+)"/g)].map(([, id]) => id);
      assert.deepEqual(shown(html(await press('GET', '/setup/packages?q=DISCOGS'))), ['discogs']);
      assert.deepEqual(shown(html(await press('GET', '/setup/packages?q=photos+flickr'))), ['flickr']);
      const nothing = html(await press('GET', '/setup/packages?q=zzz'));
      assert.deepEqual(shown(nothing), []);
      assert.match(nothing, /The library has no such package/);
    });

    test('a fault is shown with the lines around it', async () => {
      const text = '{\n  "package": {\n    "name": "X",,\n  }\n}';
      const page = html(await press('POST', '/setup/import', { package: text, step: 'plan' }), 422);
      assert.match(page, /data-fault-line="3"/);
      const marked = /<li class="excerpt-fault"><span[^>]*>3<\/span><code>([^<]*)<\/code>/.exec(page);
      assert.equal(marked?.[1], '    &quot;name&quot;: &quot;X&quot;,,');
      assert.match(page, /<span class="excerpt-number" aria-hidden="true">1<\/span>/);
    });

    test('a library package is created from its page', async () => {
      const page = html(await press('GET', '/setup/packages/twitter'));
      assert.match(page, /https:\/\/hub\.example\/oauth\/callback</);
      assert.match(page, /Keys and tokens/);
      assert.match(page, />Create<\/button>/);
      const done = await press('POST', '/setup/packages/twitter', {
        asked: 'yes',
        step: 'import',
        'prompt.prompt_client_id': 'id',
        'prompt.prompt_client_secret': 's',
      });
      assert.ok('redirect' in done);
      const result = html(await press('GET', done.redirect));
      assert.match(result, /<h2>Bots<\/h2>[\s\S]*<h2>Behaviors<\/h2>/);
    });

    test('a chooser offers the accounts that are here', async () => {
      const page = html(await press('GET', '/setup/packages/twitter-bot'));
      assert.match(page, /<select[^>]*name="prompt\.twitter_account_id"/);
      assert.match(page, /<option value="[0-9A-Z]{26}">Twitter</);
    });

    test('an unknown library package or import is not found', async () => {
      for (const address of ['/setup/packages/..%2Fpackage', '/setup/packages/nope', '/setup/imports/x']) {
        await assert.rejects(
          async () => press('GET', address),
          (error: unknown) => error instanceof HubError && error.code === 'not_found',
        );
      }
    });
  });
});
