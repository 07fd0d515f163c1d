/** What runs and actions need in tests: tools that keep what was asked of them, limits, and keys in memory. */
import assert from 'node:assert/strict';
import type { ActionTools } from '../../server/bots/action.ts';
import type { BotKeys } from '../../server/bots/tools.ts';
import { parseConfig } from '../../server/config.ts';

const { runLimits, timeZone } = parseConfig({});

/** Settings of runs, as when nothing is set. */
export const runConfig = { runLimits, timeZone };

const refuse = async () => assert.fail('a bot asked for something that the test does not give');

/** What bots ask of the rest of the hub, each of it refused. */
export const refusingPorts = { schedules: { add: refuse, remove: refuse }, sendMail: refuse, records: [] };

/** Keys of bots, in memory; '' forgets one. */
export function keysInMemory(): BotKeys {
  const kept = new Map<string, string>();
  return {
    get: async (botId, key) => kept.get(`${botId} ${key}`) ?? null,
    set: async (botId, key, value) => {
      if (value === '') kept.delete(`${botId} ${key}`);
      else kept.set(`${botId} ${key}`, value);
    },
  };
}

/** Tools of which every one refuses, but for those given: a test names what its action may do. */
export function refusingTools(tools: Partial<ActionTools>): ActionTools {
  const refuse = async () => assert.fail('the action asked for something that it does not need');
  return {
    mode: 'live',
    render: async (template) => template,
    values: () => ({}),
    set: () => {},
    setVariable: () => assert.fail('no variable is set'),
    say: () => {},
    account: refuse,
    send: refuse,
    call: refuse,
    ask: (type, params) => ({ go: 'wait', prompt: { type, params, action: '/nodes/0', node: '/nodes/0' } }),
    keys: { get: refuse, set: refuse },
    schedules: { add: refuse, remove: refuse },
    mail: refuse,
    records: () => assert.fail('no records are asked for'),
    show: () => assert.fail('nothing is shown'),
    answer: {
      status: () => assert.fail('nothing is answered'),
      header: () => assert.fail('nothing is answered'),
      body: () => assert.fail('nothing is answered'),
    },
    channels: { reply: refuse, directMessage: refuse, post: refuse },
    ...tools,
  };
}
