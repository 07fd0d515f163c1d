/** Listeners for tests: a bot, a behavior for webhooks, and the requests that a remote service would send. */
import assert from 'node:assert/strict';
import type { TestHub } from './hub.ts';

export const set = (name: string, value: string) => ({
  action: '_set_custom_var',
  var: name,
  value,
  format: '',
});
export const act = (...actions: object[]) => ({ type: 'action', title: 'Act', params: { actions } });

/** Answers what came in, in capitals of its placeholders. */
export const echo = act(
  { action: 'set_http_status', value: '201' },
  { action: 'set_http_header', name: 'Content-Type', value: 'text/xml' },
  { action: 'set_http_header', name: 'X-Verb', value: '{{http_verb}}' },
  {
    action: 'set_http_body',
    value:
      '<{{http_path}} {{http_params.a}} {{http_params.b}} {{http_headers.x_kind}} {{http_headers.cookie}} {{http_client_ip}} {{http_body}}>',
  },
);

/** Of a hub: makes behaviors with the event, and listeners on them. */
export async function webhookDesk(hub: TestHub) {
  const bot = await hub.api('POST', '/bots', { name: 'Hooks', owner: { context: 'app', id: '0' } });
  assert.equal(bot.status, 201, bot.text);
  const behavior = async (nodes: object[], fields: object = {}): Promise<string> => {
    const made = await hub.api('POST', '/behaviors', {
      bot_id: bot.body.id,
      title: 'On webhook',
      event: { key: 'event.webhook.received' },
      variables: {},
      nodes,
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  };
  const listener = async (nodes: object[], fields: object = {}) => {
    const behaviorId = await behavior(nodes);
    const made = await hub.api('POST', '/webhook-listeners', {
      name: 'Orders',
      behavior_id: behaviorId,
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return made.body;
  };
  return { botId: bot.body.id as string, behavior, listener };
}

/** What came back, read whole. */
export async function send(
  url: string,
  {
    method = 'POST',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
