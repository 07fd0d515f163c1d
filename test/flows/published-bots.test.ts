/** The idioms of published bots, imported from one package: each behavior sends the requests Cerb would send. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, before, test } from 'node:test';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const text = readFileSync(new URL('../support/packages/parcel-bot.json', import.meta.url), 'utf8');
const [api, open] = ['api.parcels.example', 'open.parcels.example'];
const answer = '{"id":9007199254740993,"id_str":"9007199254740993","note":"é/","parcels":[]}';
const raw = `{"parcels":[
  {"id":9007199254740993,"state":"lost"},{"id":7,"state":"lost"},{"id":8,"state":"Sent off"},
  {"id":9,"state":"on tour"}]}`;

interface Sent {
  method: string;
  host: string;
  url: string;
  body: string;
  headers: IncomingHttpHeaders;
}

/** A remote service that keeps what it gets, to the byte. */
async function startRecorder() {
  const sent: Sent[] = [];
  const state = { answer };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      sent.push({ method, host: headers.host ?? '', url, body: Buffer.concat(chunks).toString(), headers });
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      response.end(state.answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { sent, state, origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let remote: Awaited<ReturnType<typeof startRecorder>>;
  let warnings: { path: string; message: string }[];
  let account: string;
  const behaviors = new Map<string, string>();

  before(async () => {
    remote = await startRecorder();
    const env = {
      COUNTERSIGN_CONNECT_TO: [api, open].map((host) => `https://${host}=${remote.origin}`).join(),
    };
    hub = await startTestHub({ database: await database.create(), env });
    const service = await hub.api('POST', '/connected-services', {
      name: 'Parcels',
      extension_id: 'cerb.service.provider.token.bearer',
      params: { allowed_hosts: [api] },
    });
    const made = await hub.api('POST', '/connected-accounts', {
      name: 'Parcel account',
      uri: 'parcels',
      service_id: service.body.id,
      owner: { context: 'app', id: '0' },
    });
    account = made.body.id;
    await hub.api('PUT', `/connected-accounts/${account}/credentials`, { token: 'canary-token' });
    const prompts = { parcel_account: account, depot: 'North "1" {{x}}' };
    const imported = await hub.api('POST', '/packages/import', { package: text, prompts });
    assert.equal(imported.status, 201, imported.text);
    warnings = imported.body.warnings;
    const created = imported.body.records_created['cerberusweb.contexts.behavior'];
    for (const [uid, { id }] of Object.entries<{ id: string }>(created)) behaviors.set(uid, id);
  });
  after(async () => {
    await hub.close();
    remote.close();
  });

  async function run(uid: string, variables: object = {}, verb = 'run') {
    remote.sent.length = 0;
    const { body, text } = await hub.api('POST', `/behaviors/${behaviors.get(uid)}/${verb}`, { variables });
    assert.equal(body.status, 'done', text);
    return body;
  }
  const lines = () =>
    remote.sent.map(({ method, host, url, body }) => `${method} ${host} ${url} ${body}`.trim());

  test(`${on}: a comment before the address goes with its line end, and headers are lines`, async () => {
    await run('behavior_find', { var_query: "a b&c=é/'~", var_since: '1700000000' });
    assert.deepEqual(lines(), [
      `GET ${api} /v1/parcels?q=a%20b%26c%3D%C3%A9%2F%27~&limit=20&since=1700000000`,
    ]);
    const headers = remote.sent[0]?.headers ?? {};
    assert.equal(headers.accept, 'application/json');
    assert.equal(headers['x-depot'], 'North "1" {{x}}');
    assert.equal(headers['x-time'], '12:30');
    assert.equal(headers.authorization, 'Bearer canary-token');
    assert.equal(headers['content-type'], undefined);
    await run('behavior_find', { var_query: '', var_limit: '5.9' });
    assert.deepEqual(lines(), [`GET ${api} /v1/parcels?q=&limit=5`]);
  });

  test(`${on}: a literal over many lines becomes a form, with its type; a raw answer becomes JSON`, async () => {
    const { values } = await run('behavior_book', { var_to: 'Ann\nB & Co', var_kind: 'box' });
    const form =
      'to=Ann%0AB%20%26%20Co&from=North%20%221%22%20%7B%7Bx%7D%7D&express=1&kind=box&lines%5B0%5D=a&lines%5B1%5D=b%20c';
    assert.deepEqual(lines(), [`POST ${api} /v1/parcels ${form}`]);
    assert.equal(remote.sent[0]?.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(values._http_response.body, answer);
    assert.equal(values.response_json.id_str, '9007199254740993');
  });

  test(`${on}: JSON is built by path, and every verb may have a body`, async () => {
    await run('behavior_change', { var_id: '9007199254740993', var_note: 'ä/"\n' });
    const body = '{"id":"9007199254740993","note":{"text":"\\u00e4\\/\\"\\n"}}';
    assert.deepEqual(lines(), [`PATCH ${api} /v1/parcels/9007199254740993 ${body}`]);
    assert.equal(remote.sent[0]?.headers['content-type'], 'application/json; charset=utf-8');
    await run('behavior_cancel', { var_id: 'x/y', var_reason: 'too late' });
    assert.deepEqual(lines(), [`DELETE ${api} /v1/parcels/x/y reason=too%20late`]);
    assert.equal(remote.sent[0]?.headers['content-type'], undefined);
  });

  test(`${on}: another behavior is called with variables, and what it found is there with every digit`, async () => {
    const { values } = await run('behavior_tell', { var_name: ' Ann ' });
    assert.match(
      lines()[0] ?? '',
      /^POST api\.parcels\.example \/v1\/parcels to=Ann%0A12%20Long%20Road&.*&kind=letter&/,
    );
    assert.equal(values.told, 'Parcel 9007199254740993 / 9007199254740993 ');
  });

  test(`${on}: a loop decides for each item, by ids that no double holds`, async () => {
    remote.state.answer = raw;
    const { values } = await run('behavior_track').finally(() => {
      remote.state.answer = answer;
    });
    const body = '{"n":1,"id":9007199254740993,"raw":{"id":9007199254740993,"state":"lost"}}';
    assert.deepEqual(lines(), [`GET ${api} /v1/parcels`, `PUT ${api} /v1/searches/9007199254740993 ${body}`]);
    assert.deepEqual([values.sent, values.left], ['8;9;', '1;']);
  });

  test(`${on}: without an account nothing is signed; a script may choose the account, but never none`, async () => {
    await run('behavior_open');
    assert.deepEqual(lines(), [`HEAD ${open} /ping?f=%7B%22a%22:%5B1%5D%7D`]);
    assert.equal(remote.sent[0]?.headers.authorization, undefined);
    await run('behavior_chosen', { var_account: account });
    assert.equal(remote.sent[0]?.headers.authorization, 'Bearer canary-token');
    remote.sent.length = 0;
    const refused = await hub.api('POST', `/behaviors/${behaviors.get('behavior_chosen')}/run`, {});
    assert.equal(refused.body.error.code, 'request_refused', refused.text);
    assert.deepEqual(remote.sent, []);
  });

  test(`${on}: a bare name is told by path at import`, async () => {
    const [warning] = warnings.filter(({ message }) => message.includes('{{{behavior_book}}}'));
    assert.match(warning?.path ?? '', /behavior_id$/);
    await run('behavior_bare');
    assert.match(lines()[0] ?? '', /^POST .* to=x&/);
  });

  test(`${on}: what a bot does not allow is refused when it runs, not only in its form`, async () => {
    const { body } = await hub.api('GET', `/behaviors/${behaviors.get('behavior_find')}`);
    const { body: bot } = await hub.api('GET', `/bots/${body.bot_id}`);
    const rules = [
      { actions: { mode: 'deny', items: ['core.va.action.http_request'] } },
      { events: { mode: 'allow', items: ['event.webhook.received'] } },
    ];
    remote.sent.length = 0;
    for (const rule of rules) {
      await hub.api('PATCH', `/bots/${bot.id}`, { params: { ...bot.params, ...rule } });
      const refused = await hub.api('POST', `/behaviors/${body.id}/run`, { variables: { var_query: 'x' } });
      assert.equal(refused.status, 409, refused.text);
      assert.match(refused.body.error.message, /The bot 'Parcel Bot' does not allow the (action|event)/);
    }
    assert.deepEqual(remote.sent, []);
    await hub.api('PATCH', `/bots/${bot.id}`, { params: bot.params });
    await run('behavior_find', { var_query: 'x' });
  });

  test(`${on}: a simulation sends what is marked to run in it, and tells it`, async () => {
    const { transcript } = await run('behavior_find', { var_query: 'x' }, 'simulate');
    assert.equal(remote.sent.length, 1);
    assert.match(
      transcript[0].text,
      /^>>> Sending HTTP request:\nGET https:\/\/api\.parcels\.example\/v1\/parcels/,
    );
    assert.match(transcript[0].text, />>> Authenticating with Parcel account\n/);
    assert.match(transcript[0].text, />>> Saving response to \{\{_http_response\}\}:\nHTTP 200/);
    assert.match(transcript[1].text, /^>>> Setting custom placeholder \{\{response_json\}\}:\n\{/);
    assert.doesNotMatch(JSON.stringify(transcript), /canary-token/);
    await run('behavior_bare', {}, 'simulate');
    assert.deepEqual(remote.sent, []);
  });

  test(`${on}: a webhook is answered by the behavior that its listener names`, async () => {
    const listeners = await hub.api('GET', '/webhook-listeners');
    const [{ guid }] = listeners.body.items;
    const post = (body: string) =>
      fetch(`${hub.url}/webhooks/${guid}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      });
    const arrived = await post('event=arrived&id=7%267');
    assert.equal(arrived.status, 201);
    assert.equal(await arrived.text(), '<?xml version="1.0"?>\n<Answer>Parcel &lt;7&amp;7&gt;\n</Answer>');
    assert.equal(await (await post('x=1')).text(), 'POST none');
  });

  test(`${on}: a chat asks, waits, and books with the reply`, async () => {
    const id = behaviors.get('behavior_chat');
    const asked = await hub.api('POST', `/behaviors/${id}/run`, {});
    assert.equal(asked.body.status, 'suspended', asked.text);
    assert.deepEqual(
      asked.body.transcript.map(({ action, status }: { action: string; status: string }) => [action, status]),
      [
        ['send_message', 'done'],
        ['prompt_text', 'done'],
      ],
    );
  });
});
