/** The journey's end: a channel on a bot, and a customer's message that the bot answers. */
import { setTimeout as pause } from 'node:timers/promises';
import { channelTypes } from '../channels/types.ts';
import { HubError } from '../errors.ts';
import { commandLine } from '../people/actor.ts';
import type { Traveller } from './journey.ts';

/** What the demo asks of the remote side to play the customer. */
export interface CustomerSide {
  journal: { clear(): void };
  issueToken(consumerKey: string, screenName: string): { token: string; tokenSecret: string };
  act(act: { type: 'dm'; from: string; to: string; text: string }): Promise<unknown>;
}

const event = 'event.channel.message.received';
const answer = 'Thank you, {{sender_name}}. We look into it: {{message_text}}';
const patienceMs = 10_000;

/** Hosts that channels of the demo's type call. */
export function channelHosts(): string[] {
  // Every channel type lists them in the service it describes.
  return theType().service('key', 'secret').allowed_hosts as string[];
}

/** Makes behavior and channel, has the customer write, and waits for the answer; false if it was not sent. */
export async function answerCustomer(
  { hub, say }: Traveller,
  remote: CustomerSide,
  { botId, consumer }: { botId: string; consumer: { key: string; secret: string } },
): Promise<boolean> {
  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const answered = await hub.call(commandLine, method, path, body);
    // The shapes are the Contract's; each reader below names the members it reads.
    return answered.body as Record<string, unknown>;
  };
  const reply = { action: 'channel.reply', text: answer };
  const node = { type: 'action', title: 'Reply', status: 'live', params: { actions: [reply] } };
  await call('POST', '/behaviors', { bot_id: botId, title: 'Answer messages', event, nodes: [node] });
  const { token, tokenSecret } = remote.issueToken(consumer.key, 'alice');
  const made = await call('POST', '/channels', {
    bot_id: botId,
    type: theType().id,
    label: 'ProductionEnvironment',
    keys: {
      client_id: consumer.key,
      client_secret: consumer.secret,
      oauth_token: token,
      oauth_token_secret: tokenSecret,
    },
  });
  const authorized = await call('POST', `/channels/${made.id}/authorize`, {});
  const steps = authorized.steps as { name: string; ok: boolean; text: string }[];
  say(`Authorized a ${theType().title} channel`, steps.map(({ text }) => text).join('\n      '));
  if (!steps.every(({ ok }) => ok)) return false;
  await call('POST', `/channels/${made.id}/enable`);
  // What was asked on the way here is told by the steps.
  remote.journal.clear();
  await remote.act({ type: 'dm', from: 'bob', to: 'alice', text: 'My order has not arrived' });
  say('A customer wrote', 'My order has not arrived');
  const sent = await waitForAnswer(call, String(made.id));
  say(sent ? 'The bot answered' : 'The bot did NOT answer', sent ?? 'no message was sent in time');
  return sent !== undefined;
}

/** The text of the bot's message once the remote side took it. */
async function waitForAnswer(
  call: (method: 'GET', path: string) => Promise<Record<string, unknown>>,
  channelId: string,
): Promise<string | undefined> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(100)) {
    const conversations = await call('GET', `/conversations?channel=${channelId}`);
    for (const { id } of conversations.items as { id: string }[]) {
      const { items } = await call('GET', `/conversations/${id}/messages`);
      const messages = items as { author: string; state: string; text: string }[];
      const sent = messages.find(({ author, state }) => author === 'bot' && state === 'sent');
      if (sent) return sent.text;
    }
  }
  return undefined;
}

function theType() {
  const [type] = channelTypes.values();
  if (!type) throw new HubError('internal', 'There is no channel type.');
  return type;
}
