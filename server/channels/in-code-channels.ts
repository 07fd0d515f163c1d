/** Channels that a program names in code: bot, service, account and channel found or made, the same each time. */
import type { Bot } from '../bots/bot.ts';
import { type Deps as BotDeps, changeBot, createBot } from '../bots/bots.ts';
import { findBot } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import { commandLine } from '../people/actor.ts';
import { hashSecret } from '../people/secret-hash.ts';
import { authorizeChannel } from './authorize.ts';
import type { ChannelType, KeyField } from './channel.ts';
import { type ChannelDeps, createDraft, enableChannel } from './channels.ts';
import type { Transport } from './records.ts';
import { type Keys, saveChannel } from './save.ts';
import { findChannel, listChannels } from './store-channels.ts';

export interface Credentials {
  consumerKey: string;
  consumerSecret: string;
  accessToken: string;
  accessTokenSecret: string;
}

/** Type of the channel -> its keys. Several entries make several bots. */
export type ChannelInCode = Readonly<
  Record<
    string,
    {
      credentials: Credentials;
      /** Environment label; with it, and an https address, messages come by webhook, else by polling. */
      label?: string;
    }
  >
>;

export type Deps = ChannelDeps & BotDeps;

/** What code calls the keys. */
const codeNames: Readonly<Record<KeyField['key'], keyof Credentials>> = {
  client_id: 'consumerKey',
  client_secret: 'consumerSecret',
  oauth_token: 'accessToken',
  oauth_token_secret: 'accessTokenSecret',
};

/** Ids of the channels, in the order given. Throws `bad_request` that names the first thing that is missing. */
export async function ensureInCode(deps: Deps, given: readonly ChannelInCode[]): Promise<string[]> {
  if (!Array.isArray(given)) throw new HubError('bad_request', 'channels is to be a list.');
  const wanted = given.flatMap((entry: ChannelInCode, index) =>
    Object.entries(entry).map(([typeId, named]) => {
      const path = `channels[${index}].${typeId}`;
      const type = deps.types.get(typeId);
      if (!type) {
        const known = [...deps.types.keys()].join(', ');
        throw new HubError('bad_request', `${path}: there is no such channel type; known are ${known}.`);
      }
      // Programs in JavaScript may leave out what the types ask for.
      const { credentials, label = '' }: Partial<typeof named> = named ?? {};
      return { type, keys: readKeys(type, credentials, `${path}.credentials`), label };
    }),
  );
  const ids: string[] = [];
  for (const { type, keys, label } of wanted) ids.push(await ensureChannel(deps, type, keys, label));
  return ids;
}

/**
 * Authorizes what is not yet, and enables what never was; one that a person disabled stays so. Answers what could
 * not be done, as sentences.
 */
export async function startInCode(deps: Deps, ids: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const id of ids) {
    const channel = await findChannel(deps.db, id);
    if (!channel) continue;
    if (channel.state !== 'active') {
      const { steps } = await authorizeChannel(deps, commandLine, id);
      const failed = steps.find((step) => !step.ok);
      if (failed) faults.push(`The channel '${channel.name}' is not authorized: ${failed.text}`);
    }
    if (channel.enabledAt === null) await enableChannel(deps, commandLine, id);
  }
  return faults;
}

function readKeys(type: ChannelType, credentials: Partial<Credentials> | undefined, path: string): Keys {
  const keys: Keys = {};
  for (const { key, label } of type.keyFields) {
    const value = credentials?.[codeNames[key]];
    if (typeof value !== 'string' || value.trim() === '') {
      throw new HubError('bad_request', `${path}.${codeNames[key]} is missing: it is the ${label}.`);
    }
    keys[key] = value.trim();
  }
  return keys;
}

async function ensureChannel(deps: Deps, type: ChannelType, keys: Keys, label: string): Promise<string> {
  const { db } = deps;
  const fingerprint = hashSecret(type.keyFields.map(({ key }) => keys[key]).join('\n'));
  const name = `${type.title} in code`;
  const bot = await ensureBot(deps, { name, uri: uriOf(type, keys), params: { in_code: fingerprint } });
  const [found] = await listChannels(db, { botId: bot.id, type: type.id });
  const channel = found ?? (await createDraft(deps, commandLine, { bot: bot.id, type: type.id, name }));
  const transport = transportOf(deps, label);
  const isNew = channel.accountId === null || bot.params.in_code !== fingerprint;
  if (isNew || channel.transport !== transport || channel.label !== label) {
    await saveChannel(deps, commandLine, channel.id, { transport, label, ...(isNew && { keys }) });
    const params = { ...bot.params, in_code: fingerprint };
    await changeBot(deps, { actor: commandLine, bot: bot.id, fields: { params } });
  }
  return channel.id;
}

/** The account's id at the remote service stands before the dash of its token; it stays when keys are renewed. */
function uriOf(type: ChannelType, { client_id: clientId = '', oauth_token: token = '' }: Keys): string {
  const own = /^(\d+)-/.exec(token)?.[1];
  const other = hashSecret(`${clientId}\n${token}`)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  return `in-code-${type.id}-${own ?? other.slice(0, 24)}`;
}

async function ensureBot(
  deps: Deps,
  fields: Pick<Bot, 'name' | 'params'> & { uri: string },
): Promise<{ id: string; params: Bot['params'] }> {
  const found = await findBot(deps.db, fields.uri);
  if (found) return found;
  try {
    const owner = { context: 'app', id: '0' };
    const id = await createBot(deps, { actor: commandLine, fields: { ...fields, owner } });
    return { id, params: fields.params };
  } catch (error) {
    // Another process that starts now made it.
    const other =
      error instanceof HubError && error.code === 'conflict' && (await findBot(deps.db, fields.uri));
    if (other) return other;
    throw error;
  }
}

/** A webhook needs an address that the remote service can call, and a label to be registered under. */
function transportOf({ config }: Pick<Deps, 'config'>, label: string): Transport {
  return config.url.protocol === 'https:' && label !== '' ? 'webhook' : 'polling';
}
