import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubError } from '../../../server/errors.ts';
import { convertToPackage } from '../../../server/packages/convert.ts';
import { shellWords } from '../../../server/packages/importers/shell-words.ts';

/** The one action of the one behavior of a converted package. */
function actionOf(text: string): Action {
  const { package: made, notes, format } = convertToPackage({ text });
  const [bot] = made.bots as { behaviors: Behavior[] }[];
  const [behavior] = bot?.behaviors ?? [];
  assert.ok(behavior);
  return {
    ...(behavior.nodes[0]?.params.actions[0] ?? {}),
    variables: behavior.variables,
    title: behavior.title,
    notes,
    format,
  };
}

interface Action {
  title: string;
  format: string;
  notes: { path: string; message: string }[];
  variables: Record<string, unknown>;
  /** The action's own parameters. */
  [parameter: string]: unknown;
}

interface Behavior {
  title: string;
  variables: Record<string, unknown>;
  nodes: { params: { actions: Record<string, unknown>[] } }[];
}

function servicesOf(text: string, format?: string) {
  const { package: made, notes } = convertToPackage({ text, ...(format !== undefined && { format }) });
  const records = made.records as { _context: string; name: string; params: Record<string, unknown> }[];
  const { configure } = made.package as { configure: { prompts: { key: string; label: string }[] } };
  const services = records.filter(({ _context }) => _context === 'connected_service');
  return {
    services,
    prompts: configure.prompts.map(({ key }) => key),
    notes: notes.map(({ message }) => message),
    made,
  };
}

test('a shell line is split as a shell splits it', () => {
  const cases: [line: string, words: string[] | undefined][] = [
    ['curl  -X POST\thttps://a', ['curl', '-X', 'POST', 'https://a']],
    [`a'b c'd "e f"`, ['ab cd', 'e f']],
    ['a\\\n  b \\\r\n c', ['a', 'b', 'c']],
    [`"a \\"b\\" \\$c \\d"`, ['a "b" $c \\d']],
    [`$'it\\'s\\n\\u00e9\\x41'`, ["it's\né\u0041"]],
    [`'it'\\''s'`, ["it's"]],
    [`''`, ['']],
    ['a\\ b', ['a b']],
    [`'open`, undefined],
    [`"open`, undefined],
    ['', []],
  ];
  for (const [line, words] of cases) assert.deepEqual(shellWords(line), words, line);
});

test('a cURL line becomes a behavior that sends what curl would send', () => {
  const action = actionOf(
    `curl -sS -XPOST 'https://api.example.com/things?a=1' \\\n -H 'Accept: text/html' -H "X-Note: {{braces}}" -d 'x=1' --data-urlencode 'y=a b&c'`,
  );
  assert.equal(action.format, 'curl');
  assert.equal(action.action, 'core.va.action.http_request');
  assert.equal(action.http_verb, 'post');
  assert.equal(action.http_url, 'https://api.example.com/things?a=1');
  const headers =
    "Accept: text/html\nX-Note: {{'{{'}}braces}}\nContent-Type: application/x-www-form-urlencoded";
  assert.equal(action.http_headers, headers);
  assert.equal(action.http_body, 'x=1&y=a%20b%26c');
  assert.equal(action.auth, '');
  assert.equal(action.title, 'POST api.example.com/things');
  assert.deepEqual(action.notes, []);
});

test('of a cURL line each option is taken over, told as left out, or of no meaning', () => {
  const of = (line: string) => actionOf(`curl ${line}`);
  assert.equal(of('https://a.example/').http_verb, 'get');
  assert.equal(of('a.example/x').http_url, 'http://a.example/x');
  assert.equal(of('-I https://a.example/').http_verb, 'head');
  assert.equal(of('-G -d q=1 https://a.example/?p=0').http_url, 'https://a.example/?p=0&q=1');
  assert.equal(of('-G -d q=1 https://a.example/').http_body, '');
  const json = of(`--json '{"a":1}' https://a.example/`);
  assert.equal(json.http_headers, 'Accept: application/json\nContent-Type: application/json');
  assert.equal(json.http_body, '{"a":1}');
  assert.equal(of('-A Helper https://a.example/').http_headers, 'User-Agent: Helper');
  const notes = (line: string) =>
    of(line)
      .notes.map(({ message }) => message)
      .join(' ');
  assert.match(notes('-k https://a.example/'), /Certificates are always checked/);
  assert.match(notes('-L https://a.example/'), /Redirects/);
  assert.match(notes('-b a=1 https://a.example/'), /Cookies were left out/);
  assert.match(notes('-d @file https://a.example/'), /comes from the file file/);
  assert.match(notes('--proxy http://p https://a.example/'), /option proxy was left out/);
});

test('credentials of a cURL line are never taken along: an account is asked for in their place', () => {
  for (const option of [`-u 'user:canary'`, `-H 'Authorization: Bearer canary'`, `-H 'X-Api-Key: canary'`]) {
    const action = actionOf(`curl ${option} https://a.example/`);
    assert.equal(action.auth, 'connected_account');
    assert.equal(action.auth_connected_account_id, '{{{prompt_connected_account_id}}}');
    assert.match(action.notes[0]?.message ?? '', /Credentials were left out/);
    assert.doesNotMatch(JSON.stringify(action), /canary/);
  }
});

test('a cURL line that cannot be sent is refused with the reason', () => {
  for (const [line, reason] of [
    ['-F file=@x https://a.example/', /multipart/],
    ['-X GET', /no address/],
    [`'https://a.example/`, /not closed/],
  ] as const) {
    assert.throws(() => convertToPackage({ text: `curl ${line}` }), refused('package_invalid', reason));
  }
});

test('a Postman collection becomes a bot with a behavior for each request, variables among its own', () => {
  const text = JSON.stringify({
    info: { name: 'C', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    auth: { type: 'oauth1', oauth1: [{ key: 'consumerSecret', value: 'canary' }] },
    item: [
      {
        name: 'Folder',
        item: [
          {
            name: 'Create',
            request: {
              method: 'POST',
              url: { raw: 'https://{{host}}/x?q={{Search term}}' },
              header: [
                { key: 'Accept', value: 'text/html' },
                { key: 'X-Off', value: '1', disabled: true },
                { key: 'Authorization', value: 'canary' },
              ],
              body: { mode: 'urlencoded', urlencoded: [{ key: 'a b', value: '{{v}}&' }] },
            },
          },
        ],
      },
      { name: 'Open', request: { auth: { type: 'noauth' }, method: 'GET', url: 'https://a.example/{%' } },
      { name: 'Upload', request: { method: 'POST', url: 'https://a.example/', body: { mode: 'formdata' } } },
    ],
  });
  const { package: made, notes, format } = convertToPackage({ text });
  assert.equal(format, 'postman');
  assert.doesNotMatch(JSON.stringify(made), /canary/);
  const [bot] = made.bots as { behaviors: Behavior[] }[];
  const [create, open, ...others] = bot?.behaviors ?? [];
  assert.deepEqual(others, []);
  assert.equal(create?.title, 'Create');
  assert.deepEqual(Object.keys(create.variables), ['var_host', 'var_search_term', 'var_v']);
  const action = create.nodes[0]?.params.actions[0];
  assert.equal(action?.http_url, 'https://{{var_host}}/x?q={{var_search_term}}');
  assert.equal(action?.http_headers, 'Accept: text/html\nContent-Type: application/x-www-form-urlencoded');
  assert.equal(action?.http_body, 'a%20b={{var_v}}%26');
  assert.equal(action?.auth, 'connected_account');
  const second = open?.nodes[0]?.params.actions[0];
  assert.equal(second?.auth, '');
  assert.equal(second?.http_url, "https://a.example/{{'{%'}}");
  assert.deepEqual(
    notes.map(({ path }) => path),
    ['/item/0/item/0/request/header', '/item/0/item/0/request/auth', '/item/2/request/body'],
  );
});

test("Grant's entries that speak OAuth 1.0a become services, subdomains are asked for, others are told", () => {
  const text = JSON.stringify({
    defaults: { origin: 'http://localhost' },
    trello: {
      oauth: 1,
      request_url: 'https://r.example/',
      authorize_url: 'https://a.example/',
      access_url: 'https://x.example/',
      custom_params: { expiration: 'never', n: 1 },
      scope_delimiter: ',',
      key: 'k',
      secret: 'canary',
    },
    shop: {
      oauth: 1,
      request_url: 'https://[subdomain].example.com/r',
      authorize_url: 'https://[subdomain].example.com/a',
      access_url: 'https://[subdomain].example.com/x',
      private_key: 'canary',
    },
    google: { oauth: 2, authorize_url: 'https://a', access_url: 'https://x' },
    half: { oauth: 1, request_url: 'https://r.example/' },
  });
  const { services, prompts, notes, made } = servicesOf(text);
  assert.deepEqual(
    services.map(({ name }) => name),
    ['Trello', 'Shop'],
  );
  assert.deepEqual(services[0]?.params, {
    client_id: '{{{prompt_1_client_id}}}',
    client_secret: '{{{prompt_1_client_secret}}}',
    request_token_url: 'https://r.example/',
    authentication_url: 'https://a.example/',
    access_token_url: 'https://x.example/',
    signature_method: 'HMAC-SHA1',
    authorization_params: { expiration: 'never' },
  });
  assert.equal(services[1]?.params.request_token_url, 'https://{{{prompt_2_subdomain}}}.example.com/r');
  assert.equal(services[1]?.params.signature_method, 'RSA-SHA1');
  assert.deepEqual(prompts, [
    'prompt_1_client_id',
    'prompt_1_client_secret',
    'prompt_2_subdomain',
    'prompt_2_client_id',
    'prompt_2_client_secret',
  ]);
  assert.doesNotMatch(JSON.stringify(made), /canary/);
  for (const expected of [
    /scope_delimiter/,
    /stay where they are/,
    /key on the service/,
    /'google' does not speak/,
    /'half' lacks authorize_url, access_url/,
  ])
    assert.ok(
      notes.some((note) => expected.test(note)),
      String(expected),
    );
});

test("Nango's OAUTH1 entries become services with what differs as data, and what they leave open is asked for", () => {
  const text = [
    'netsuite:',
    '  display_name: NetSuite',
    '  auth_mode: OAUTH1',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Nango's own notation
    '  request_url: https://${connectionConfig.accountId}.example.com/r',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Nango's own notation
    '  authorization_url: https://${connectionConfig.accountId}.example.com/a',
    '  authorization_params:',
    '    name: hub',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Nango's own notation
    '  token_url: https://${connectionConfig.accountId}.example.com/x',
    '  request_http_method: GET',
    '  signature_method: PLAINTEXT',
    '  scope_separator: ","',
    '  proxy:',
    '    base_url: https://api.example.com/v1',
    'github:',
    '  auth_mode: OAUTH2',
    'broken:',
    '  auth_mode: OAUTH1',
  ].join('\n');
  const { services, prompts, notes } = servicesOf(text);
  assert.equal(services.length, 1);
  assert.equal(services[0]?.name, 'NetSuite');
  assert.deepEqual(services[0]?.params, {
    client_id: '{{{prompt_1_client_id}}}',
    client_secret: '{{{prompt_1_client_secret}}}',
    request_token_url: 'https://{{{prompt_1_accountid}}}.example.com/r',
    authentication_url: 'https://{{{prompt_1_accountid}}}.example.com/a',
    access_token_url: 'https://{{{prompt_1_accountid}}}.example.com/x',
    signature_method: 'PLAINTEXT',
    request_method: 'GET',
    authorization_params: { name: 'hub' },
    allowed_hosts: ['api.example.com'],
  });
  assert.deepEqual(prompts, ['prompt_1_accountid', 'prompt_1_client_id', 'prompt_1_client_secret']);
  for (const expected of [
    /'scope_separator' has no counterpart/,
    /'broken' lacks request_url/,
    /1 entries do not speak/,
  ])
    assert.ok(
      notes.some((note) => expected.test(note)),
      String(expected),
    );
});

test("n8n's decrypted OAuth1 credential becomes a service without its secrets; an encrypted one says what to do", () => {
  const credential = {
    id: '1',
    name: 'Our shop',
    type: 'oAuth1Api',
    data: {
      consumerKey: 'canary',
      consumerSecret: 'canary',
      signatureMethod: 'HMAC-SHA256',
      requestTokenUrl: 'https://r.example/',
      authUrl: 'https://a.example/',
      accessTokenUrl: 'https://x.example/',
      oauthTokenData: { oauth_token: 'canary' },
    },
  };
  const { services, notes, made } = servicesOf(
    JSON.stringify([credential, { ...credential, data: 'U2FsdGVk' }, { ...credential, type: 'slackApi' }]),
  );
  assert.equal(services.length, 1);
  assert.equal(services[0]?.params.signature_method, 'HMAC-SHA256');
  assert.doesNotMatch(JSON.stringify(made), /canary/);
  assert.ok(notes.some((note) => /--decrypted/.test(note)));
  assert.ok(notes.some((note) => /'slackApi'/.test(note)));
});

test('what is of no known format is refused, and a format can be named', () => {
  assert.throws(() => convertToPackage({ text: 'hello' }), refused('bad_request', /none of the formats/));
  assert.throws(() => convertToPackage({ text: '{}', format: 'zapier' }), refused('bad_request', /zapier/));
  assert.throws(
    () => convertToPackage({ text: '{}', format: 'postman' }),
    refused('package_invalid', /Nothing of this/),
  );
  const named = convertToPackage({ text: 'curl https://a.example/', name: ' Mine ' });
  assert.equal((named.package.package as { name: string }).name, 'Mine');
});

function refused(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === code && message.test(error.message);
}
