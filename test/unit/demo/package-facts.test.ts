import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  consumerOf,
  hasBots,
  makeAnswers,
  requestHosts,
  sampleFor,
} from '../../../server/demo/package-facts.ts';
import { packageText } from '../../support/packages.ts';

const service = packageText('test/support/packages/twitter-service.json');
const bot = packageText('test/support/packages/twitter-bot.json');

test('prompts are answered by their default, their first choice, the account at hand, or something made up', () => {
  const answers = makeAnswers(
    [
      { key: 'made', type: 'text', params: {} },
      { key: 'preset', type: 'text', params: { default: 'given' } },
      { key: 'list', type: 'picklist', params: { options: ['one', 'two'] } },
      { key: 'map', type: 'picklist', params: { options: { a: 'x' } } },
      { key: 'chosen', type: 'picklist', params: { options: ['one', 'two'], default: 'two' } },
      { key: 'account', type: 'chooser', params: { context: 'the context' } },
    ],
    (context) => `id in ${context}`,
    () => 'made up',
  );
  assert.deepEqual(answers, {
    made: 'made up',
    preset: 'given',
    list: 'one',
    map: 'x',
    chosen: 'two',
    account: 'id in the context',
  });
});

test('the consumer is what the import will store', () => {
  const answers = { prompt_client_id: 'key', prompt_client_secret: 'text {{{prompt_client_id}}}' };
  assert.deepEqual(consumerOf(service, answers), { key: 'key', secret: 'text {{{prompt_client_id}}}' });
  assert.equal(consumerOf(bot, answers), undefined);
});

test('bots and the hosts they name outright are known', () => {
  assert.deepEqual([hasBots(service), hasBots(bot)], [false, true]);
  assert.deepEqual(
    requestHosts('{"http_url":"https://API.x.com/2","b":{"http_url": "https://api.x.com/3"}}'),
    ['api.x.com'],
  );
  assert.deepEqual(requestHosts('{"http_url":"{{url}}"}'), []);
});

test('variables get a sample of their kind', () => {
  assert.equal(sampleFor('var_screen_name', 'S', 'now'), 'alice');
  assert.match(sampleFor('var_text', 'S', 'now'), /now$/);
  assert.equal(sampleFor('var_count', 'N', 'now'), '10');
});
