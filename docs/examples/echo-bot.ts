/**
 * A bot that answers every direct message and mention. It needs the four keys of an app and an account, and no
 * public address: messages are fetched by polling.
 *
 *   CONSUMER_KEY=… CONSUMER_SECRET=… ACCESS_TOKEN=… ACCESS_TOKEN_SECRET=… npx tsx echo-bot.ts
 */
import { createHub, type Hub, type HubOptions } from 'countersign';

/** The keys as the remote service's pages call them. `options` is for settings of the hub itself. */
export async function startEchoBot(
  keys: { consumerKey: string; consumerSecret: string; accessToken: string; accessTokenSecret: string },
  options: HubOptions = {},
): Promise<Hub> {
  const hub = await createHub({ ...options, channels: [{ twitter: { credentials: keys } }] });
  hub.on('update', (bot, update) => bot.reply(update, 'Right back at you'));
  hub.on('error', (error) => console.error(error));
  await hub.listen();
  return hub;
}

if (process.argv[1]?.endsWith('echo-bot.ts')) {
  const {
    CONSUMER_KEY = '',
    CONSUMER_SECRET = '',
    ACCESS_TOKEN = '',
    ACCESS_TOKEN_SECRET = '',
  } = process.env;
  const hub = await startEchoBot({
    consumerKey: CONSUMER_KEY,
    consumerSecret: CONSUMER_SECRET,
    accessToken: ACCESS_TOKEN,
    accessTokenSecret: ACCESS_TOKEN_SECRET,
  });
  console.log(`Answering. The hub is at ${hub.url}`);
  process.once('SIGINT', () => void hub.close());
}
