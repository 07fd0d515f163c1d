/** The texts of the channel page: fields, the set-up list with today's names, and what the service is like. Pure. */
import type { ChannelType, KeyField, SetUpItem } from '../channel.ts';

export const keyFields: readonly KeyField[] = [
  { key: 'client_id', label: 'API key', isSecret: false },
  { key: 'client_secret', label: 'API Secret Key', isSecret: true },
  { key: 'oauth_token', label: 'Access Token', isSecret: false },
  { key: 'oauth_token_secret', label: 'Access Token Secret', isSecret: true },
];

export const label: ChannelType['label'] = {
  name: 'Environment Label',
  help: 'The name given to the Account Activity environment, with the same capitals: letters, digits, "_" and "-".',
  pattern: /^[A-Za-z0-9_-]{1,64}$/,
};

const gone = 'no longer exists';

/** In the order in which it has to be done. */
export const setUp: readonly SetUpItem[] = [
  {
    id: 'account',
    title: 'Account with a phone number',
    help: 'Make or choose the account that shall speak, and confirm a phone number in its settings.',
    today: 'X account: Settings, Your account, Phone',
  },
  {
    id: 'app',
    title: 'App',
    help: 'Make an app for the account. Its website may be a placeholder such as https://www.example.com.',
    today: 'Developer console (console.x.com), Apps; apps.twitter.com no longer exists',
  },
  {
    id: 'oauth1',
    title: 'OAuth 1.0a on',
    help: 'In the user authentication settings of the app turn OAuth 1.0a on. The callback URL asked for there is the one for linking accounts.',
    today: 'App, User authentication settings',
  },
  {
    id: 'permission',
    title: 'Permission before token',
    help: 'Choose "Read and write and Direct message" first and make the access token after it: a token keeps the permission it was made with. For posts alone "Read and write" is enough.',
    today: 'App permissions: Read and write and Direct message',
  },
  {
    id: 'anyone',
    title: 'Messages from anyone allowed',
    help: 'Let the account receive direct messages from anyone; else only people it follows can write.',
    today: 'Settings, Privacy and safety, Direct messages: Allow message requests from everyone',
  },
  {
    id: 'access',
    title: 'Access applied for',
    help: 'Say what the app is for. You may paste the text below. The answer may take a while.',
    today:
      'Pay-per-use or Enterprise in the developer console; Essential and Elevated access no longer exist',
    paste:
      'Our help desk answers customers who write to our account. The app receives their direct messages and mentions, and sends the replies of our agents and of an assistant. Nobody is written to first.',
  },
  {
    id: 'label',
    title: 'Environment label',
    help: 'Set an Account Activity environment up for the app and enter its label here, with the same capitals.',
    today: gone,
  },
  {
    id: 'keys',
    title: 'Four keys',
    help: 'Copy API key, API Secret Key, Access Token and Access Token Secret. The OAuth 2.0 Client ID and Client Secret shown beside them are not needed.',
    today: 'App, Keys and tokens: Consumer Key and Secret, Access Token and Secret',
  },
  {
    id: 'authorize',
    title: 'Authorize',
    help: 'Registers the callback URL as webhook of the app and subscribes the account to it. With polling it only checks the keys.',
    today: 'Account Activity API, deprecated since July 2026',
  },
  {
    id: 'enable',
    title: 'Enable Channel',
    help: 'From then on messages that come in make conversations, and the bot answers.',
    today: 'here',
  },
];

/** What has to be known before money or hope is spent; as X's documents stood in August 2026. */
export const honesty: readonly string[] = [
  'This channel is tested from end to end against the built-in sandbox, and never against the live service of X.',
  'X sells its interface by use since February 2026 and has no free tier any more: about $0.015 for a post or a direct message sent, $0.20 for a post with a link, $0.01 for a message received.',
  'The Account Activity API, which brings messages in by webhook, is deprecated since July 2026; no date for its end is known. Users report that it delivers no direct messages any more. Polling needs no webhook.',
  'X moves direct messages to its encrypted chat. What is encrypted reaches neither webhooks nor lists, and so not this channel.',
  'Buttons exist in version 1.1 of the interface only, which most apps may no longer call. By version 2 they become numbered lines; an answer by number or by name means the same.',
  'Since February 2026 an app may publicly answer only posts that mention or quote the account, unless it has an Enterprise contract.',
  'X wants a bot to write only to people who wrote first, to stop at once when asked to, and the account to be marked as automated.',
];
