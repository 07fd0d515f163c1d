/** Conversations of workers with bots, through the pages: turns, validation, switching, restarts, interactions, rights. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseConfig } from '../../server/config.ts';
import { createHub } from '../../server/hub.ts';
import { act, decide, makeTalks, say, set, type Talks, textOf, when } from '../support/chats.ts';
import { withDatabases } from '../support/databases.ts';
import { password, startTestHub, type TestHub } from '../support/hub.ts';
import { freePort } from '../support/mariadb.ts';
import { createVisitor, signedIn, type Visitor } from '../support/visitor.ts';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let ada: Visitor;
  let talks: Talks;
  let databaseConfig: Awaited<ReturnType<typeof database.create>>;
  before(async () => {
    databaseConfig = await database.create();
    hub = await startTestHub({ database: databaseConfig });
    ada = await signedIn(hub.url, 'ada@example.com', password);
    talks = await makeTalks(hub);
  });
  after(() => hub.close());

  /** Begins with a behavior, and reads the conversation's page. */
  async function begin(behavior: string, fields: Record<string, string> = {}, who = ada) {
    await who.get(`/bots/${talks.botId}/chat`);
    const answer = await who.post(`/bots/${talks.botId}/chat`, { behavior, name: 'Talk', ...fields });
    assert.equal(answer.status, 303, answer.text);
    return look(answer.headers.get('location') ?? '', who);
  }

  async function look(path: string, who = ada) {
    const { text, status } = await who.get(path);
    return { path: path.split('#')[0] ?? '', status, html: text, said: textOf(text) };
  }

  async function reply(chat: { path: string; html: string }, text: string, who = ada) {
    const turn = /name="turn" value="(\d+)"/.exec(chat.html)?.[1] ?? '';
    const answer = await who.post(chat.path, { turn, text });
    assert.equal(answer.status, 303, answer.text);
    return look(chat.path, who);
  }

  test(`${on}: a bot speaks, asks, and goes on with the reply behind the question`, async () => {
    const id = await talks.behavior([
      act('Ask', say('What shall I **send**?', 'markdown'), {
        action: 'prompt_text',
        placeholder: 'e.g. {{1 + 1}}',
        default: 'none',
      }),
      act('Thank', say('You said: {{message}} to {{behavior_bot_name}}, {{worker_first_name}}')),
    ]);
    const begun = await begin(id);
    assert.deepEqual(begun.said, ['What shall I send?']);
    assert.match(begun.html, /<strong>send<\/strong>/);
    assert.match(begun.html, /placeholder="e.g. 2"/);
    assert.match(begun.html, /value="none"/);
    const replied = await reply(begun, '<b>Hello & "goodbye"</b>');
    const text = '&lt;b&gt;Hello &amp; &quot;goodbye&quot;&lt;/b&gt;';
    assert.deepEqual(replied.said, ['What shall I send?', text, `You said: ${text} to Otto, Ada`]);
    assert.match(replied.html, /data-state="waiting"/);
  });

  test(`${on}: a reply that the bot does not take is told why, and asked for again until it fits`, async () => {
    const id = await talks.behavior([
      act('Ask', {
        action: 'prompt_text',
        var: 'age',
        var_format: '{{message|trim}}',
        var_validate: "{% if not (age matches '/^[0-9]+$/') %}Give a number, not {{age}}.{% endif %}",
      }),
      act('Say', say('{{age}} it is')),
    ]);
    let chat = await reply(await begin(id), 'old');
    assert.deepEqual(chat.said, ['old', 'Give a number, not old.']);
    chat = await reply(chat, 'older');
    assert.equal(chat.said.at(-1), 'Give a number, not older.');
    chat = await reply(chat, ' 42 ');
    assert.equal(chat.said.at(-1), '42 it is');
  });

  test(`${on}: buttons take their options alone, and a wait goes on without a message`, async () => {
    const id = await talks.behavior([
      act('Ask', { action: 'prompt_buttons', options: 'Yes\nNo' }, say('Now'), { action: 'prompt_wait' }),
      decide('?', when('{{message}}', 'Yes', act('Good', say('Good')))),
      act('Bye', say('Bye'), { action: 'window_close' }),
    ]);
    const begun = await begin(id);
    assert.match(begun.html, /<button type="submit" name="text" value="Yes">Yes<\/button>/);
    const wrong = await reply(begun, 'Perhaps');
    assert.equal(wrong.said.at(-1), 'Press one of the buttons.');
    const pressed = await reply(wrong, 'Yes');
    assert.match(pressed.html, /data-goes-on/);
    const closed = await reply(pressed, '');
    assert.deepEqual(closed.said.slice(-3), ['Now', 'Good', 'Bye']);
    assert.match(closed.html, /data-state="ended"/);
    assert.match(closed.html, /This conversation is over/);
    const late = await ada.post(closed.path, { turn: '3', text: 'Hello?' });
    assert.equal(late.status, 409);
    assert.match(late.text, /went on meanwhile/);
  });

  test(`${on}: a behavior switches to another and comes back with what it found`, async () => {
    const inner = await talks.behavior(
      [
        act(
          'Inner',
          { action: 'prompt_text', var: 'pet' },
          say('{{pet}}{{interaction_behavior_has_parent}}{{var_x}}'),
        ),
      ],
      { is_private: true, variables: { var_x: { key: 'var_x', label: 'x', type: 'S', is_private: '0' } } },
    );
    const outer = await talks.behavior([
      act(
        'Outer',
        set('name', 'Rex'),
        { action: 'switch_behavior', behavior_id: inner, return: '1', var: '_pet', var_x: '({{name}})' },
        say('Back with {{_pet.pet}} and {{name}}'),
      ),
    ]);
    const chat = await reply(await begin(outer), 'cat');
    assert.deepEqual(chat.said, ['cat', 'cat1(Rex)', 'Back with cat and Rex']);
    const gone = await talks.behavior([
      act('Go', { action: 'switch_behavior', behavior_id: inner, return: '0', var: '' }, say('never')),
    ]);
    const left = await reply(await begin(gone), 'dog');
    assert.deepEqual(left.said, ['dog', 'dog0']);
  });

  test(`${on}: a behavior that ended takes the next message from its beginning`, async () => {
    const id = await talks.behavior([
      decide(
        '?',
        when('{{message}}', '', act('Hi', say('Say hello'))),
        when('{{message}}', 'hello', act('Yes', say('Hello!'))),
      ),
    ]);
    const chat = await reply(await begin(id), 'hello');
    assert.deepEqual(chat.said, ['Say hello', 'hello', 'Hello!']);
  });

  test(`${on}: of two tabs one replies, and the other is shown how the conversation stands`, async () => {
    const id = await talks.behavior([
      act('Ask', { action: 'prompt_text' }, say('Heard {{message}}'), { action: 'prompt_text' }),
    ]);
    const chat = await begin(id);
    const [one, other] = await Promise.all([
      ada.post(chat.path, { turn: '0', text: 'one' }),
      ada.post(chat.path, { turn: '0', text: 'two' }),
    ]);
    assert.deepEqual([one.status, other.status].sort(), [303, 409]);
    const { said } = await look(chat.path);
    assert.equal(said.length, 2);
    assert.equal(said[1], `Heard ${said[0]}`);
  });

  test(`${on}: a conversation goes on in another process after the hub was stopped`, async () => {
    const id = await talks.behavior([
      act('Ask', set('kept', 'kept'), say('Name?'), { action: 'prompt_text' }, say('{{kept}} {{message}}')),
    ]);
    const chat = await begin(id);
    const port = String(await freePort());
    const config = parseConfig({ PORT: port, COUNTERSIGN_DATA: hub.dataFolder });
    const second = await createHub({ config: { ...config, database: databaseConfig } });
    try {
      await second.listen();
      const there = await signedIn(second.url, 'ada@example.com', password);
      assert.equal((await reply(await look(chat.path, there), 'Bo', there)).said.at(-1), 'kept Bo');
    } finally {
      await second.close();
    }
    assert.deepEqual((await look(chat.path)).said, ['Name?', 'Bo', 'kept Bo']);
  });

  test(`${on}: what was left thinking by a process that is gone ends with a note`, async () => {
    const id = await talks.behavior([act('Ask', { action: 'prompt_text' })]);
    const chat = await begin(id);
    await talks.abandon(databaseConfig, chat.path.split('/').at(-1) ?? '');
    assert.match((await look(chat.path)).html, /Otto is thinking/);
    hub.clock.offsetMs += 60_000;
    await hub.hub.runJobs();
    const ended = await look(chat.path);
    assert.match(ended.html, /data-state="ended"/);
    assert.equal(ended.said.at(-1), 'The hub stopped while the bot was answering.');
  });

  test(`${on}: a failure ends the conversation and tells a worker why`, async () => {
    const id = await talks.behavior([act('Fail', { action: '_run_subroutine', subroutine: 'Nowhere' })]);
    const { html, said } = await begin(id);
    assert.match(said[0] ?? '', /The bot could not go on\..*no subroutine/);
    assert.match(html, /data-state="ended"/);
  });

  test(`${on}: interactions are offered, and one that is begun runs the behavior that takes it`, async () => {
    const create = await talks.behavior(
      [act('Ask', say('What?'), { action: 'prompt_text' }, say('{{interaction_params.to}}: {{message}}'))],
      { is_private: true },
    );
    const handler = await talks.behavior(
      [
        decide('?', {
          ...when(
            'x',
            'x',
            act('Go', { action: 'switch_behavior', return: '0', behavior_id: create, var: '_b' }),
          ),
          params: {
            groups: [{ any: 0, conditions: [{ condition: 'interaction', oper: 'is', value: 'tweet.post' }] }],
          },
        }),
      ],
      { event: { key: 'event.interaction.chat.worker' } },
    );
    const offer = (behavior_id: string, name: string) => ({
      action: 'return_interaction',
      behavior_id,
      name,
      interaction: 'tweet.post',
      interaction_params_json: '{"to":"9007199254740993"}',
    });
    await talks.behavior([act('Offer', offer(handler, 'Post a tweet'), offer('23', 'Lost'))], {
      event: { key: 'event.interactions.get.worker', params: { listen_points: 'record:*\nglobal' } },
    });
    await talks.behavior([act('Offer', offer(handler, 'Elsewhere'))], {
      event: { key: 'event.interactions.get.worker', params: { listen_points: 'record:ticket' } },
    });
    for (const path of ['/interactions', `/bots/${talks.botId}/chat`]) {
      const { text } = await ada.get(path);
      assert.match(text, /Post a tweet/);
      assert.match(text, /Lost[\s\S]*The behavior &#x27;23&#x27; that would handle it is not here/);
      assert.doesNotMatch(text, /Elsewhere/);
    }
    const chat = await begin(handler, { interaction: 'tweet.post', params: '{"to":"9007199254740993"}' });
    assert.deepEqual(chat.said, ['What?']);
    const replied = await reply(chat, 'Hi');
    assert.equal(replied.said.at(-1), '9007199254740993: Hi');
    assert.match(replied.html, /data-state="ended"/);
  });

  test(`${on}: private behaviors and disabled bots begin nothing, and a running conversation stops there`, async () => {
    const secret = await talks.behavior([act('A', say('a'))], { is_private: true });
    const refused = await ada.post(`/bots/${talks.botId}/chat`, { behavior: secret, name: 'x' });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /is private to its bot/);
    const chat = await begin(await talks.behavior([act('A', { action: 'prompt_text' })]));
    await hub.api('PATCH', `/bots/${talks.botId}`, { is_disabled: true });
    const late = await ada.post(chat.path, { turn: '0', text: 'x' });
    assert.equal(late.status, 409);
    assert.match(late.text, /is disabled/);
    await hub.api('PATCH', `/bots/${talks.botId}`, { is_disabled: false });
    assert.equal((await ada.post(chat.path, { turn: '0', text: 'x' })).status, 303);
  });

  test(`${on}: a behavior that was disabled while it waited does not go on`, async () => {
    const id = await talks.behavior([act('A', { action: 'prompt_text' }), act('B', say('went on'))]);
    const chat = await begin(id);
    await hub.api('PATCH', `/behaviors/${id}`, { is_disabled: true });
    const { html, said } = await reply(chat, 'x');
    assert.match(html, /The bot could not go on\..* is disabled/);
    assert.ok(!said.includes('went on'));
  });

  test(`${on}: nobody reads another worker's conversation, nor talks with a bot that is not theirs`, async () => {
    const address = await hub.hub.addWorker({ email: `bea-${on}@example.com`, isAdmin: true });
    const bea = createVisitor(hub.url);
    await bea.get(address);
    const form = { email: `bea-${on}@example.com`, name: 'Bea', password, password_again: password };
    await bea.post(new URL(address).pathname, form);
    const chat = await begin(await talks.behavior([act('A', { action: 'prompt_text' })]));
    assert.equal((await bea.get(chat.path)).status, 404);
    assert.equal((await bea.post(chat.path, { turn: '0', text: 'x' })).status, 404);
    const stranger = createVisitor(hub.url);
    assert.equal((await stranger.get(chat.path)).status, 303);
  });

  test(`${on}: what was said lies sealed in the database, and stays out of the log`, async () => {
    const canary = 'a-word-nobody-else-says';
    const chat = await reply(
      await begin(await talks.behavior([act('A', { action: 'prompt_text' })])),
      canary,
    );
    assert.ok(chat.html.includes(canary));
    assert.ok(!hub.log().includes(canary));
    assert.ok(!(await talks.rawMessages(databaseConfig)).includes(canary));
  });
});
