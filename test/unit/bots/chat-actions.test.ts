/** Actions of conversations: what they say, ask, keep and offer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionTools, ActionType } from '../../../server/bots/action.ts';
import { promptButtons } from '../../../server/bots/actions/prompt-buttons.ts';
import { promptText } from '../../../server/bots/actions/prompt-text.ts';
import { promptWait } from '../../../server/bots/actions/prompt-wait.ts';
import { returnInteraction } from '../../../server/bots/actions/return-interaction.ts';
import { sendMessage } from '../../../server/bots/actions/send-message.ts';
import { setBotName } from '../../../server/bots/actions/set-bot-name.ts';
import { switchBehavior } from '../../../server/bots/actions/switch-behavior.ts';
import { windowClose } from '../../../server/bots/actions/window-close.ts';
import type { JsonObject } from '../../../server/bots/json-value.ts';
import { remarksOnBehavior } from '../../../server/bots/remarks.ts';
import { refusingTools } from '../../support/bots.ts';

/** Tools that keep what was shown and set; `{{name}}` is what was set. */
function bench(tools: Partial<ActionTools> = {}, known: JsonObject = {}) {
  const values: JsonObject = { ...known };
  const shown: JsonObject[] = [];
  const bound = refusingTools({
    values: () => values,
    set: (name, value) => {
      values[name] = value;
    },
    render: async (template) => template.replace(/\{\{(\w+)\}\}/g, (_, name) => String(values[name] ?? '')),
    show: (message) => void shown.push(message),
    ...tools,
  });
  return { tools: bound, values, shown };
}

async function replyTo(type: ActionType, params: JsonObject, tools: ActionTools, text: string) {
  return type.reply?.(params, tools, { text });
}

const asked = (result: unknown) => (result as { prompt: { type: string; params: JsonObject } }).prompt;

test('a message is rendered and shown with its format, and its delay has a limit', async () => {
  const { tools, shown } = bench({}, { name: 'Ana' });
  const params = { message: 'Hello {{name}}', format: 'markdown', delay_ms: '99999999' };
  assert.equal(await sendMessage.run(params, tools), 'done');
  assert.deepEqual(shown, [{ type: 'message', text: 'Hello Ana', format: 'markdown', delayMs: 10_000 }]);
  assert.equal(await sendMessage.run({ message: '{{nothing}} ', delay_ms: 'x' }, tools), 'skipped');
  assert.equal(shown.length, 1);
});

test('without a placeholder the reply to a prompt is the message', async () => {
  const { tools, values } = bench();
  const params = { placeholder: 'e.g. {{x}}', default: 'd', mode: 'multiple' };
  const { type, params: details } = asked(await promptText.run(params, tools));
  assert.equal(type, 'text');
  assert.deepEqual(details, { placeholder: 'e.g. ', default: 'd', isLong: true });
  assert.equal(await replyTo(promptText, params, tools, 'a reply'), 'done');
  assert.deepEqual(values, { message: 'a reply' });
});

test('a reply is formatted into its placeholder, and what validation says is shown before asking again', async () => {
  const { tools, values, shown } = bench({
    render: async (template) =>
      template === 'check'
        ? String(values.age) === '<old>'
          ? ' Give a number '
          : '  '
        : `<${values.message}>`,
  });
  const params = { var: 'age', var_format: '<{{message}}>', var_validate: 'check', placeholder: '' };
  const again = await replyTo(promptText, params, tools, 'old');
  assert.equal(asked(again).type, 'text');
  assert.deepEqual(shown, [
    { type: 'message', text: 'Give a number', format: '', delayMs: 0, isError: true },
  ]);
  assert.equal(await replyTo(promptText, params, tools, '42'), 'done');
  assert.equal(values.age, '<42>');
});

test('buttons are the lines of the options, each once, and nothing else is taken for a reply', async () => {
  const { tools, shown, values } = bench({}, { more: 'Maybe' });
  const params = { options: 'Yes\n No \r\n\n{{more}}\nYes', color_from: '#ff0000' };
  assert.deepEqual(asked(await promptButtons.run(params, tools)).params, { options: ['Yes', 'No', 'Maybe'] });
  assert.equal(asked(await replyTo(promptButtons, params, tools, 'Perhaps')).type, 'buttons');
  assert.match(String(shown[0]?.text), /Press one of the buttons/);
  assert.equal(await replyTo(promptButtons, params, tools, ' No '), 'done');
  assert.equal(values.message, 'No');
  assert.equal(await promptButtons.run({ options: '{{none}}' }, tools), 'skipped');
});

test('a wait asks for nothing and takes any reply', async () => {
  const { tools, values } = bench();
  assert.equal(asked(await promptWait.run({}, tools)).type, 'wait');
  assert.equal(await replyTo(promptWait, {}, tools, 'ignored'), 'done');
  assert.deepEqual(values, {});
});

test('a simulation asks nobody: the sample stands for the reply, and what would be refused is said', async () => {
  const said: string[] = [];
  const mode = 'simulate' as const;
  const ask = () => assert.fail('a simulation does not wait');
  const { tools, values, shown } = bench(
    { mode, ask, say: (text) => void said.push(text) },
    { message: 'Hi' },
  );
  const params = { var: 'x', var_format: '', var_validate: 'No {{x}}, please', options: 'Yes\nNo' };
  assert.equal(await promptText.run(params, tools), 'done');
  assert.equal(await promptButtons.run({ options: 'Yes\nNo' }, tools), 'done');
  assert.equal(await promptWait.run({}, tools), 'done');
  assert.equal(values.x, 'Hi');
  assert.match(said.join('\n'), /would be refused: No Hi, please/);
  assert.deepEqual(shown, []);
});

test('switching takes the conversation along; returning says so and names where the data go', async () => {
  const calls: unknown[] = [];
  const call: ActionTools['call'] = async (request) => {
    calls.push(request);
    return 'done';
  };
  const { tools } = bench({ call }, { message: 'm', interaction: 'i', other: 'o' });
  const params = { behavior_id: 'B', return: '0', var: '_behavior', var_status: '{{other}}!' };
  await switchBehavior.run(params, tools);
  await switchBehavior.run({ ...params, return: '1', var: '' }, tools);
  const shared = { behavior: 'B', variables: { var_status: 'o!' }, on: '' };
  const scope = { message: 'm', interaction: 'i' };
  assert.deepEqual(calls, [
    { ...shared, into: null, replaces: true, scope },
    {
      ...shared,
      into: '_behavior',
      replaces: false,
      scope: { ...scope, interaction_behavior_has_parent: '1' },
    },
  ]);
});

test('an interaction is offered with its parameters as an object, and with none if they are no JSON', async () => {
  const { tools, shown } = bench({}, { id: '9007199254740993' });
  const params = {
    behavior_id: 'B',
    name: 'Post a tweet',
    interaction: 'tweet.post',
    interaction_params_json: '{"id":"{{id}}"}',
  };
  await returnInteraction.run(params, tools);
  assert.deepEqual(shown, [
    {
      type: 'interaction',
      behavior: 'B',
      name: 'Post a tweet',
      interaction: 'tweet.post',
      params: { id: '9007199254740993' },
    },
  ]);
  await assert.rejects(
    async () => returnInteraction.run({ ...params, interaction_params_json: '[1]' }, tools),
    /came out as no JSON object/,
  );
});

test('closing and renaming are told to whoever shows the conversation', async () => {
  const { tools, shown } = bench({}, { who: 'Otto' });
  await windowClose.run({}, tools);
  await setBotName.run({ name: '{{who}}' }, tools);
  assert.equal(await setBotName.run({ name: '' }, tools), 'skipped');
  assert.deepEqual(shown, [{ type: 'close' }, { type: 'name', name: 'Otto' }]);
});

test('an action of conversations cannot stand in a behavior that talks with nobody', () => {
  const behavior = (key: string, action: object) => ({
    title: 'T',
    uri: null,
    botId: 'B',
    event: { key, params: {} },
    isDisabled: false,
    isPrivate: false,
    priority: 50,
    variables: [],
    nodes: [
      { type: 'action', title: 'A', status: 'live' as const, params: { actions: [action] }, nodes: [] },
    ],
  });
  const say = { action: 'send_message', message: 'x' };
  assert.deepEqual(remarksOnBehavior(behavior('event.message.chat.portal', say)), []);
  const [remark] = remarksOnBehavior(behavior('event.macro.bot', say));
  assert.equal(remark?.path, '/nodes/0/params/actions/0/action');
  assert.match(remark?.message ?? '', /needs the event "Conversation with worker" or/);
  const offer = { action: 'return_interaction', behavior_id: 'B' };
  assert.equal(remarksOnBehavior(behavior('event.interaction.chat.worker', offer)).length, 1);
});
