import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AccountFacts, Accounts } from '../../server/bots/accounts.ts';
import { botsApi } from '../../server/bots/api.ts';
import type { ChannelOutcome, ChannelRun } from '../../server/bots/channels.ts';
import { dependentsOf, removeDependent } from '../../server/bots/dependents.ts';
import type { GroupCommit } from '../../server/bots/group-commit.ts';
import { botsPages } from '../../server/bots/pages.ts';
import { behaviorType, botType } from '../../server/bots/records.ts';
import { runBehavior, settleInterruptedRuns } from '../../server/bots/run.ts';
import { insertRun } from '../../server/bots/store-runs.ts';
import type { CerbResponse } from '../../server/delivery/cerb-response.ts';
import type { Deliver, Delivery, DeliveryContext, OutboundRequest } from '../../server/delivery/delivery.ts';
import { HubError } from '../../server/errors.ts';
import type { PageAnswer, Visit, WorkerActor } from '../../server/http/route.ts';
import { createViews } from '../../server/http/views.ts';
import { createIdMaker } from '../../server/id.ts';
import { writeJson } from '../../server/json.ts';
import { type Actor, mayUse, type Owner } from '../../server/people/actor.ts';
import { fromRoot } from '../../server/root.ts';
import { createBotStage } from '../../server/templates/bot-stage.ts';
import { createVault } from '../../server/vault.ts';
import { keysInMemory, refusingPorts, runConfig } from '../support/bots.ts';
import { withDatabases } from '../support/databases.ts';

const at = Date.UTC(2030, 0, 1);
const admin: WorkerActor = { kind: 'worker', id: 'ANN', name: 'Ann', isAdmin: true, groupIds: [] };
const bob: WorkerActor = { kind: 'worker', id: 'BOB', name: 'Bob', isAdmin: false, groupIds: [] };
const app: Owner = { context: 'app', id: '0' };
const bobs: Owner = { context: 'worker', id: 'BOB' };
const secret = 'planted-token-secret';
const longId = '1212092628029698048';

const templates = createBotStage({ now: () => at, workers: 1 });
after(() => templates.close());
const views = createViews(fromRoot('views'));

const request = {
  action: 'core.va.action.http_request',
  http_verb: 'get',
  http_url: 'https://api.twitter.com/1.1/search/tweets.json?q={{var_query|url_encode}}',
  http_headers: 'User-Agent: Countersign',
  http_body: '',
  auth: 'connected_account',
  auth_connected_account_id: 'twitter',
  options: { raw_response_body: '1' },
  run_in_simulator: '1',
  response_placeholder: '_http_response',
};
const keepJson = {
  action: '_set_custom_var',
  value: '{{_http_response.body|json_pretty}}',
  format: 'json',
  is_simulator_only: '0',
  var: 'response_json',
};
const actionNode = (...actions: object[]) => ({
  type: 'action',
  title: 'Call',
  status: 'live',
  params: { actions },
});
const query = { var_query: { key: 'var_query', label: 'query', type: 'S', is_private: '0', params: {} } };

withDatabases((database) => {
  async function setUp(answer: Partial<CerbResponse> | HubError = {}) {
    const db = await database.open();
    const facts: AccountFacts[] = [
      { id: 'A'.repeat(26), uri: 'twitter', name: 'Twitter', owner: app },
      { id: 'B'.repeat(26), uri: 'bobs', name: "Bob's Twitter", owner: bobs },
    ];
    const sent: Parameters<Accounts['request']>[0][] = [];
    const opened: { request: OutboundRequest; context: DeliveryContext }[] = [];
    const accounts: Accounts = {
      find: async (name) => facts.find((one) => one.id === name || one.uri === name),
      list: async (actor) => facts.filter((one) => mayUse(actor, one.owner)),
      secrets: async () => [secret],
      request: async (input) => {
        sent.push(input);
        if (answer instanceof HubError) throw answer;
        return {
          content_type: 'application/json',
          headers: { 'content-type': 'application/json' },
          body: `{"id":${longId},"id_str":"${longId}"}`,
          info: { url: input.url, http_code: 200 },
          error: '',
          delivery_id: 'D1',
          ...answer,
        };
      },
    };
    const deliver: Deliver = async (outbound, context) => {
      opened.push({ request: outbound, context });
      const body = new TextEncoder().encode('hello');
      const response: Delivery['response'] = {
        status: 200,
        headers: [['Content-Type', 'text/plain']],
        body,
        truncated: false,
      };
      return { id: 'D2', request: outbound, response, startedAt: at, tookMs: 1 };
    };
    const people = new Map([
      ['app:0', 'Application'],
      ['worker:ANN', 'Ann'],
      ['worker:BOB', 'Bob'],
    ]);
    const key = (owner: Owner) => `${owner.context}:${owner.id}`;
    const spoken: { run: ChannelRun; said: object }[] = [];
    const speak = async (run: ChannelRun, said: object): Promise<ChannelOutcome> => {
      spoken.push({ run, said });
      return { ok: true, status: 'sent', messageId: 'M1', text: 'Sent.' };
    };
    const deps = {
      db,
      accounts,
      channels: { reply: speak, directMessage: speak, post: speak },
      commit: (work: Parameters<GroupCommit>[0]) => work(db),
      keys: keysInMemory(),
      ...refusingPorts,
      config: runConfig,
      vault: createVault([{ id: 'test', secret: Buffer.alloc(32, 7) }]),
      otherDependents: { of: async () => [], remove: async () => {} },
      deliver,
      templates,
      owners: {
        list: async () => [
          { ...app, label: 'Application' },
          { ...bobs, label: 'Bob' },
        ],
        whoMayUse: async () => 'Whoever a test says.',
        label: async (owner: Owner) => people.get(key(owner)) ?? 'Unknown worker',
        exists: async (owner: Owner) => people.has(key(owner)),
      },
      now: () => at,
      newId: createIdMaker(() => at),
      log: { error: () => undefined },
    };
    const routes = botsApi(deps);
    const call = async (method: string, path: string, body: unknown = {}, actor: Actor = admin) => {
      const url = new URL(path, 'http://hub.example');
      const { route, params } = match(routes, method, url.pathname);
      const parsed = route.body ? route.body.parse(body) : undefined;
      const signal = new AbortController().signal;
      const result = await route.handle({ params, query: url.searchParams, body: parsed, actor, signal });
      // The API writes JSON; tests read what a caller would.
      return { status: result.status ?? 200, body: JSON.parse(writeJson(result.body ?? null)) };
    };
    const pages = botsPages(deps);
    const visit = async (
      worker: WorkerActor,
      method: string,
      path: string,
      form: Record<string, string> = {},
    ) => {
      const url = new URL(path, 'http://hub.example');
      const { route, params } = match(pages, method, url.pathname);
      const data = new FormData();
      for (const [name, value] of Object.entries(form)) data.set(name, value);
      const signal = new AbortController().signal;
      const rest = { browserHash: 'b', sessionHash: 's', ip: '127.0.0.1', signal };
      const full: Visit = { params, query: url.searchParams, form: data, worker, ...rest };
      return shown(await route.handle(full));
    };
    const make = async (owner: Owner, nodes: object[], more: object = {}) => {
      const bot = (await call('POST', '/bots', { name: 'Twitter Bot', owner })).body;
      const fields = { bot_id: bot.id, title: 'Search', variables: query, nodes, ...more };
      const behavior = (await call('POST', '/behaviors', fields)).body;
      return { bot, behavior };
    };
    return { db, deps, sent, opened, spoken, call, visit, make };
  }

  const said = (sentence: string) => `${database.name}: ${sentence}`;

  test(said('a run signs as the bot, and ids above 2^53 keep their digits to the answer'), async () => {
    const { call, make, sent, db, deps } = await setUp();
    const { bot, behavior } = await make(app, [actionNode(request, keepJson)]);
    assert.equal(behavior.runnable, true);
    const result = await runBehavior(deps, {
      actor: admin,
      behavior: behavior.id,
      variables: { var_query: 'a b&c' },
      mode: 'live',
    });
    assert.equal(result.status, 'done');
    assert.equal(result.error, null);
    assert.equal(writeJson(result.values.response_json), `{"id":${longId},"id_str":"${longId}"}`);
    assert.deepEqual(Object.keys(result.values), ['var_query', '_http_response', 'response_json']);
    assert.deepEqual(sent[0]?.actor, { kind: 'bot', id: bot.id, name: 'Twitter Bot', owner: app });
    assert.equal(sent[0]?.url, 'https://api.twitter.com/1.1/search/tweets.json?q=a%20b%26c');
    assert.equal(sent[0]?.runId, result.run_id);
    assert.deepEqual(
      result.transcript.map(({ node, action, status }) => [node, action, status]),
      [
        ['/nodes/0', 'core.va.action.http_request', 'done'],
        ['/nodes/0', '_set_custom_var', 'done'],
      ],
    );
    const stored = await call('GET', `/runs/${result.run_id}`);
    assert.equal(stored.body.status, 'done');
    assert.ok(writeJson((await db('runs').first()).outcome).includes(longId));
  });

  test(said('secrets of the account never show in transcript, values or database'), async () => {
    const { db, make, call } = await setUp({ body: `{"echo":"${secret}"}` });
    const { behavior } = await make(app, [actionNode(request, keepJson)]);
    const { body } = await call('POST', `/behaviors/${behavior.id}/run`, {
      variables: { var_query: secret },
    });
    assert.equal(body.values.response_json.echo, `[masked, ${secret.length} characters]`);
    assert.ok(!JSON.stringify(body).includes(secret));
    assert.ok(!String((await db('runs').first()).outcome).includes(secret));
  });

  test(
    said("a bot does not reach another owner's account: forbidden with both owners and the remedy"),
    async () => {
      const { make, call, sent } = await setUp();
      const { behavior } = await make(app, [actionNode({ ...request, auth_connected_account_id: 'bobs' })]);
      const { body } = await call('POST', `/behaviors/${behavior.id}/run`);
      assert.equal(body.status, 'failed');
      assert.equal(body.error.code, 'forbidden');
      assert.equal(body.error.node, '/nodes/0');
      assert.match(
        body.error.message,
        /owned by the application .*'Bob's Twitter'.* owned by the worker Bob.*same owner/,
      );
      assert.deepEqual(sent, []);
    },
  );

  test(said('what one may not use one may not run, see or edit'), async () => {
    const { make, deps, call, visit } = await setUp();
    const { bot, behavior } = await make(app, [actionNode(request)]);
    const input = { actor: bob, behavior: behavior.id, variables: {}, mode: 'live' } as const;
    await rejects(runBehavior(deps, input), 'not_found');
    await rejects(call('GET', `/bots/${bot.id}`, {}, bob), 'not_found');
    await rejects(visit(bob, 'GET', `/behaviors/${behavior.id}`), 'not_found');
    await rejects(visit(bob, 'POST', `/bots/${bot.id}/delete`), 'not_found');
    assert.deepEqual((await call('GET', '/behaviors', {}, bob)).body, { items: [], next: null });
    const key: Actor = { kind: 'api_key', id: 'K', name: 'k', isAdmin: false, accountIds: ['A'.repeat(26)] };
    await rejects(runBehavior(deps, { ...input, actor: key }), 'not_found');
  });

  test(said('what cannot run is refused with every reason before anything runs'), async () => {
    const { make, call, sent, db } = await setUp();
    const { behavior } = await make(app, [actionNode(request, { action: 'worklist_open' })]);
    assert.equal(behavior.runnable, false);
    assert.equal(behavior.unsupported[0].path, '/nodes/0/params/actions/1/action');
    await rejects(call('POST', `/behaviors/${behavior.id}/run`), 'behavior_not_runnable', /worklist_open/);
    assert.deepEqual(sent, []);
    assert.equal((await db('runs').select()).length, 0);
  });

  for (const [what, change, code] of [
    ['no account', { auth_connected_account_id: '0' }, 'behavior_not_runnable'],
    ['an unchecked certificate', { options: { ignore_ssl_validation: '1' } }, 'behavior_not_runnable'],
  ] as const) {
    test(said(`a request with authentication and ${what} is refused, never sent`), async () => {
      const { make, call, sent, opened } = await setUp();
      const { behavior } = await make(app, [actionNode({ ...request, ...change })]);
      await rejects(call('POST', `/behaviors/${behavior.id}/run`), code);
      assert.deepEqual([sent, opened], [[], []]);
    });
  }

  const reply = { action: 'channel.reply', text: 'Hello {{sender_name}}, you said: {{message_text}}' };
  const received = { key: 'event.channel.message.received' };

  test(
    said('a behavior answers the message it was started by, each of its messages under a name'),
    async () => {
      const { make, call, deps, spoken } = await setUp();
      const { bot, behavior } = await make(app, [actionNode(reply, reply)]);
      assert.match(behavior.unsupported[0].message, /needs the event "Message received on a channel"/);
      const changed = await call('PATCH', `/behaviors/${behavior.id}`, { event: received });
      assert.equal(changed.body.runnable, true);
      const result = await runBehavior(deps, {
        actor: { kind: 'bot', id: bot.id, name: 'Twitter Bot', owner: app },
        behavior: behavior.id,
        variables: {},
        mode: 'live',
        scope: { sender_name: 'Ana', message_text: 'Hi' },
        origin: { conversationId: 'C1', eventKey: 'dm:1' },
      });
      assert.deepEqual(
        [result.status, Object.keys(result.values)],
        ['done', ['var_query', '_response', '_error']],
      );
      const run = {
        bot: { id: bot.id, name: 'Twitter Bot' },
        origin: { conversationId: 'C1', eventKey: 'dm:1' },
      };
      const said = { text: 'Hello Ana, you said: Hi', buttons: [] };
      assert.deepEqual(spoken, [
        { run: { ...run, token: `run:dm:1:${behavior.id}:1` }, said },
        { run: { ...run, token: `run:dm:1:${behavior.id}:2` }, said },
      ]);
    },
  );

  test(said('the simulator takes made-up placeholders of the event and sends nothing'), async () => {
    const { make, call, visit, spoken } = await setUp();
    const { behavior } = await make(app, [actionNode(reply)]);
    await call('PATCH', `/behaviors/${behavior.id}`, { event: received });
    const { body } = await call('POST', `/behaviors/${behavior.id}/simulate`, {
      placeholders: { sender_name: 'Zoe' },
    });
    assert.match(body.transcript[0].text, /Hello Zoe, you said: My order has not arrived/);
    const page = await visit(admin, 'GET', `/behaviors/${behavior.id}/simulator`);
    assert.match(page.html, /name="event_sender_name"[^>]*value="Ana Ruiz"/);
    const simulated = await visit(admin, 'POST', `/behaviors/${behavior.id}/simulator`, {
      mode: 'simulate',
      event_sender_name: 'Bob',
      event_message_text: 'Bye',
    });
    assert.match(simulated.html, /Hello Bob, you said: Bye/);
    assert.deepEqual(spoken, []);
  });

  test(said('a behavior that replies is made by hand, with its event'), async () => {
    const { make, call, visit } = await setUp();
    const { bot } = await make(app, []);
    const page = (await visit(admin, 'GET', `/behaviors/new?bot=${bot.id}&action=channel.reply`)).html;
    assert.match(page, /<legend>Reply on the channel<\/legend>/);
    assert.match(page, /value="event.channel.message.received" selected/);
    const form = { bot_id: bot.id, action: 'channel.reply', title: 'Greet', text: 'Hello' };
    const wrong = await visit(admin, 'POST', '/behaviors/new', { ...form, event: 'event.macro.bot' });
    assert.match(wrong.html, /needs the event/);
    await visit(admin, 'POST', '/behaviors/new', { ...form, event: received.key });
    const { body } = await call('GET', `/behaviors?bot=${bot.id}`);
    const made = body.items.find((one: { title: string }) => one.title === 'Greet');
    assert.deepEqual([made.event.key, made.runnable], [received.key, true]);
  });

  test(said('disabled bots and behaviors do not run'), async () => {
    const { make, call } = await setUp();
    const { bot, behavior } = await make(app, [actionNode(request)]);
    await call('PATCH', `/bots/${bot.id}`, { is_disabled: true });
    await rejects(call('POST', `/behaviors/${behavior.id}/run`), 'behavior_not_runnable', /bot .* disabled/);
    await call('PATCH', `/bots/${bot.id}`, { is_disabled: false });
    await call('PATCH', `/behaviors/${behavior.id}`, { is_disabled: true });
    await rejects(
      call('POST', `/behaviors/${behavior.id}/simulate`),
      'behavior_not_runnable',
      /behavior .* disabled/,
    );
  });

  test(said('a request without authentication goes through the open door'), async () => {
    const { make, call, opened, sent } = await setUp();
    const open = { ...request, auth: '', options: { ignore_ssl_validation: '1' } };
    const { behavior } = await make(app, [actionNode(open)]);
    const { body } = await call('POST', `/behaviors/${behavior.id}/run`);
    assert.equal(body.values._http_response.body, 'hello');
    assert.equal(opened[0]?.context.allowedHosts, 'open');
    assert.equal(opened[0]?.context.ignoreCertificate, true);
    assert.deepEqual(sent, []);
  });

  test(said('a refusal at the door ends the run at its node with its code'), async () => {
    const { make, call } = await setUp(
      new HubError('account_unlinked', "The account 'Twitter' is not linked."),
    );
    const { behavior } = await make(app, [actionNode(request, keepJson)]);
    const { body } = await call('POST', `/behaviors/${behavior.id}/run`);
    assert.equal(body.status, 'failed');
    assert.equal(body.error.code, 'account_unlinked');
    assert.equal(body.transcript.length, 1);
    assert.equal(body.transcript[0].status, 'failed');
  });

  test(said('a template with a fault ends the run with a sentence'), async () => {
    const { make, call } = await setUp();
    const { behavior } = await make(app, [actionNode({ ...keepJson, value: '{{ x|nothing_like_it }}' })]);
    const { body } = await call('POST', `/behaviors/${behavior.id}/run`);
    assert.equal(body.error.code, 'behavior_not_runnable');
    assert.match(body.error.message, /nothing_like_it/);
  });

  test(said('variables that the behavior does not ask for are refused by name'), async () => {
    const { make, call } = await setUp();
    const { behavior } = await make(app, [actionNode(request)]);
    const body = { variables: { var_quary: 'x' } };
    await rejects(call('POST', `/behaviors/${behavior.id}/run`, body), 'bad_request', /var_quary.*var_query/);
  });

  test(said('nodes for the simulator run there only, disabled ones never'), async () => {
    const { make, call } = await setUp();
    const set = (name: string) => ({ action: '_set_custom_var', value: 'yes', format: '', var: name });
    const { behavior } = await make(app, [
      { ...actionNode(set('a')), status: 'simulator' },
      { ...actionNode(set('b')), status: 'disabled' },
      actionNode(set('c')),
    ]);
    const live = (await call('POST', `/behaviors/${behavior.id}/run`)).body.values;
    const simulated = (await call('POST', `/behaviors/${behavior.id}/simulate`)).body.values;
    assert.deepEqual(Object.keys(live), ['var_query', 'c']);
    assert.deepEqual(Object.keys(simulated), ['var_query', 'a', 'c']);
  });

  test(said("templates see the bot's configuration, which is not among the values"), async () => {
    const { make, call } = await setUp();
    const value = '{{behavior_bot_config.tag}} {{behavior_title}} {{va_name}}';
    const { bot, behavior } = await make(app, [actionNode({ action: '_set_custom_var', value, var: 'x' })]);
    await call('PATCH', `/bots/${bot.id}`, { params: { config: { tag: 'blue' } } });
    const { body } = await call('POST', `/behaviors/${behavior.id}/run`);
    assert.deepEqual(body.values, { var_query: '', x: 'blue Search Twitter Bot' });
  });

  test(said('a run longer than the caller waits answers 202 and is found at its end'), async () => {
    const { deps, make, call } = await setUp();
    const { behavior } = await make(app, [actionNode(request)]);
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = {
      ...deps,
      patienceMs: 0,
      accounts: {
        ...deps.accounts,
        request: async (input: Parameters<Accounts['request']>[0]) => {
          await gate;
          return deps.accounts.request(input);
        },
      },
    };
    const input = { actor: admin, behavior: behavior.id, variables: {}, mode: 'live' } as const;
    const first = await runBehavior(slow, input);
    assert.equal(first.status, 'running');
    const under = await call('GET', `/runs/${first.run_id}`);
    assert.deepEqual(under.body, { run_id: first.run_id, status: 'running' });
    open();
    let status = 'running';
    for (let tries = 0; status === 'running' && tries < 1000; tries++) {
      status = (await call('GET', `/runs/${first.run_id}`)).body.status;
    }
    assert.equal(status, 'done');
  });

  test(said('a run that a dead process left behind has failed once no run could take so long'), async () => {
    const { db, make, call } = await setUp();
    const { behavior } = await make(app, []);
    const asker = { askedBy: 'Ann', actorKind: 'worker', actorId: 'ANN' };
    await insertRun(db, { id: 'R1', behaviorId: behavior.id, mode: 'live', ...asker }, at);
    assert.equal(await settleInterruptedRuns(db, at + 10 * 60_000, 10 * 60_000), 0);
    assert.equal(await settleInterruptedRuns(db, at + 11 * 60_000 + 1, 10 * 60_000), 1);
    const { body } = await call('GET', '/runs/R1');
    assert.equal(body.status, 'failed');
    assert.match(body.error.message, /stopped while this run was under way/);
  });

  test(said('a bot with behaviors is in use, and goes with them when asked'), async () => {
    const { db, make, call } = await setUp();
    const { bot, behavior } = await make(app, [
      actionNode({ ...request, auth_connected_account_id: 'A'.repeat(26) }),
    ]);
    const label = { context: 'cerberusweb.contexts.behavior', id: behavior.id, label: 'Search' };
    const refusal = await rejects(call('DELETE', `/bots/${bot.id}`), 'in_use');
    assert.deepEqual(refusal.extra.by, [label]);
    const account = 'cerberusweb.contexts.connected_account';
    assert.deepEqual(await dependentsOf(db, account, 'A'.repeat(26), 'twitter'), [label]);
    assert.deepEqual(await dependentsOf(db, account, 'B'.repeat(26), 'bobs'), []);
    assert.equal((await call('DELETE', `/bots/${bot.id}?with=dependents`)).status, 204);
    await rejects(call('GET', `/behaviors/${behavior.id}`), 'not_found');
    await removeDependent(db, label);
  });

  test(said('lists go on behind the last id, by name'), async () => {
    const { call } = await setUp();
    for (const name of ['b', 'a', 'B', 'a']) await call('POST', '/bots', { name });
    const first = (await call('GET', '/bots?limit=2')).body;
    assert.deepEqual(
      first.items.map((bot: { name: string }) => bot.name),
      ['B', 'a'],
    );
    const second = (await call('GET', `/bots?limit=2&after=${first.next}`)).body;
    assert.deepEqual(
      second.items.map((bot: { name: string }) => bot.name),
      ['a', 'b'],
    );
    assert.equal(second.next, null);
    await rejects(call('GET', '/bots?limit=0'), 'bad_request');
  });

  test(said('a uri is unique and stands for the id'), async () => {
    const { make, call } = await setUp();
    const { bot } = await make(app, [], { uri: 'search' });
    assert.equal((await call('POST', '/behaviors/search/run')).body.status, 'done');
    const twice = { bot_id: bot.id, title: 'Again', uri: 'Search' };
    await rejects(call('POST', '/behaviors', twice), 'conflict', /'search' is taken/);
  });

  test(said('a package is warned when its choice gives a bot an account it may not use'), async () => {
    const { db, deps } = await setUp();
    const [botId, behaviorId] = ['C'.repeat(26), 'D'.repeat(26)];
    const bots = botType(deps);
    const behaviors = behaviorType(deps);
    const bot = bots.read({ name: 'Imported', owner: { context: 'app', id: 0 } }, '/bots/0');
    const node = actionNode({ ...request, auth_connected_account_id: 'B'.repeat(26) });
    const fields = { title: 'T', bot_id: botId, event: { key: 'event.macro.bot' }, nodes: [node] };
    const reading = behaviors.read(fields, '/bots/0/behaviors/0');
    assert.deepEqual(reading.faults, []);
    assert.deepEqual(
      reading.references.map((one) => one.id),
      [botId, 'B'.repeat(26)],
    );
    const planned = (id: string) =>
      id === botId && bot.owner
        ? { context: bots.context, label: bot.label, owner: bot.owner, value: bot.value }
        : undefined;
    const { warnings } = await behaviors.check(db, reading.value, '/bots/0/behaviors/0', planned);
    assert.equal(warnings.length, 1);
    assert.equal(warnings[0]?.path, '/bots/0/behaviors/0/nodes/0/params/actions/0/auth_connected_account_id');
    assert.match(warnings[0]?.message ?? '', /'Imported' is owned by the application .*worker Bob/);
    await bots.insert(db, botId, bot.value, admin);
    assert.equal((await behaviors.check(db, reading.value, '')).warnings.length, 1);
    await behaviors.insert(db, behaviorId, reading.value, admin);
    assert.deepEqual(await behaviors.find(db, behaviorId), { id: behaviorId, label: 'T' });
    assert.deepEqual(await bots.list(db, 'name:import'), [{ id: botId, label: 'Imported' }]);
  });

  test(said('by hand: a bot, a behavior with one request, its variables, the simulator'), async () => {
    const { visit, call, sent } = await setUp();
    const bot = await visit(bob, 'POST', '/bots/new', {
      name: 'Helper',
      owner: 'worker:BOB',
      status: 'enabled',
      config: '{"a":',
    });
    assert.match(bot.html, /This is not JSON/);
    const made = await visit(bob, 'POST', '/bots/new', {
      name: 'Helper',
      owner: 'worker:BOB',
      config: '{"a":1}',
    });
    const botId = made.location.split('/').at(-1) ?? '';
    assert.match((await visit(bob, 'GET', '/bots')).html, /Helper/);
    assert.match((await visit(bob, 'GET', `/behaviors/new?bot=${botId}`)).html, /Bob&#x27;s Twitter/);

    const form = {
      bot_id: botId,
      title: 'Look up',
      http_verb: 'get',
      http_url: 'https://api.twitter.com/{{ var_name',
      auth: 'connected_account',
      auth_connected_account_id: 'A'.repeat(26),
      run_in_simulator: 'yes',
      response_placeholder: '_http_response',
    };
    const refused = await visit(bob, 'POST', '/behaviors/new', form);
    assert.equal(refused.status, 400);
    assert.match(refused.html, /id="e-http_url"/);
    assert.match(refused.html, /owned by the worker Bob and may not use the account &#x27;Twitter&#x27;/);
    const right = {
      ...form,
      http_url: 'https://api.twitter.com/{{ var_name }}',
      auth_connected_account_id: 'B'.repeat(26),
    };
    const saved = await visit(bob, 'POST', '/behaviors/new', right);
    const card = await visit(bob, 'GET', saved.location);
    assert.match(card.html, /Custom behavior on bot/);
    assert.match(card.html, /GET https:\/\/api\.twitter\.com\/\{\{ var_name \}\}/);
    assert.match(card.html, />Simulator</);

    const row = {
      variable_0_key: 'name',
      variable_0_label: 'Name',
      variable_0_type: 'S',
      variable_0_private: '0',
    };
    const change = { bot_id: botId, title: 'Look up', status: 'enabled', priority: '10', ...row };
    const changed = await visit(bob, 'POST', `${saved.location}/edit`, change);
    assert.equal(changed.location, saved.location);
    assert.match((await visit(bob, 'GET', `${saved.location}/edit`)).html, /value="var_name"/);

    const editor = await visit(bob, 'GET', `${saved.location}/nodes/0.0`);
    for (const label of [
      'URL',
      'Request headers',
      'Request body',
      'Authentication:',
      'Save response to a placeholder named',
    ]) {
      assert.ok(editor.html.includes(label), label);
    }
    const verb = {
      ...right,
      node_title: 'Call it',
      node_status: 'live',
      http_verb: 'post',
      http_body: 'a=1',
    };
    await visit(bob, 'POST', `${saved.location}/nodes/0.0`, verb);
    const simulator = await visit(bob, 'GET', `${saved.location}/simulator`);
    assert.match(simulator.html, /name="var_name"/);
    const result = await visit(bob, 'POST', `${saved.location}/simulator`, {
      var_name: 'x',
      mode: 'simulate',
    });
    assert.match(result.html, /Sending HTTP request:\nPOST https:\/\/api\.twitter\.com\/x/);
    assert.match(result.html, new RegExp(longId));
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.actor.kind, 'bot');

    const deleted = await visit(bob, 'POST', `/bots/${botId}/delete`, { with: 'dependents' });
    assert.equal(deleted.location, '/bots');
    assert.deepEqual((await call('GET', '/behaviors')).body.items, []);
  });

  test(said('a worker may not make a bot of the application'), async () => {
    const { visit } = await setUp();
    const answer = await visit(bob, 'POST', '/bots/new', { name: 'Mine', owner: 'app:0' });
    assert.equal(answer.status, 400);
    assert.match(answer.html, /only admins give one to the application/);
  });

  test(said('the card shows a tree with what cannot run marked where it stands'), async () => {
    const { make, visit } = await setUp();
    const chat = actionNode({ action: 'worklist_open' });
    const outcome = { type: 'outcome', title: 'global', params: { groups: [] }, nodes: [chat] };
    const { behavior } = await make(app, [{ type: 'switch', title: 'Point:', nodes: [outcome] }]);
    const { html } = await visit(admin, 'GET', `/behaviors/${behavior.id}`);
    assert.match(
      html,
      /Point:[\s\S]*global[\s\S]*Open worklist[\s\S]*&quot;worklist_open&quot; \(Open worklist\) cannot run yet/,
    );
    const refused = await visit(admin, 'POST', `/behaviors/${behavior.id}/simulator`, { mode: 'simulate' });
    assert.equal(refused.status, 409);
    assert.match(refused.html, /cannot run/);
  });
});

interface Matchable {
  method: string;
  path: string;
}

function match<T extends Matchable>(routes: readonly T[], method: string, path: string) {
  for (const route of routes) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const found = new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}$`).exec(path);
    if (!found || route.method !== method) continue;
    return { route, params: Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ''])) };
  }
  throw new Error(`no route for ${method} ${path}`);
}

function shown(answer: PageAnswer): { html: string; status: number; location: string } {
  if ('redirect' in answer) return { html: '', status: 303, location: answer.redirect };
  assert.ok('view' in answer, 'a page');
  const model = {
    csrf: 'token',
    me: { name: 'Bob', isAdmin: false },
    notice: null,
    path: '/bots',
    connectTo: [],
  };
  const html = views.render(answer.view, { ...model, ...answer.model });
  return { html, status: answer.status ?? 200, location: '' };
}

async function rejects(promise: Promise<unknown>, code: string, message = /./): Promise<HubError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return error;
  }
  return assert.fail(`expected ${code}`);
}
