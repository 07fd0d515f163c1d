/** Channels on a database, with the sandbox as their remote service; what the hub puts together, without the hub. */
import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Knex } from 'knex';
import Koa from 'koa';
import { insertBot } from '../../server/bots/store.ts';
import { authorizeChannel } from '../../server/channels/authorize.ts';
import { type ChannelDeps, createDraft, enableChannel, getChannel } from '../../server/channels/channels.ts';
import { pollChannels } from '../../server/channels/poll.ts';
import { hookJob, processHook } from '../../server/channels/process-hook.ts';
import { createHooks } from '../../server/channels/receive.ts';
import type { Channel } from '../../server/channels/records.ts';
import { type ChannelInput, saveChannel } from '../../server/channels/save.ts';
import { channelTypes } from '../../server/channels/types.ts';
import { providers } from '../../server/connections/providers/index.ts';
import { createRemoteClocks } from '../../server/connections/remote-clocks.ts';
import { createWithinBudget } from '../../server/connections/within-budget.ts';
import { tableNames } from '../../server/db/migrations/index.ts';
import { createDeliver } from '../../server/delivery/deliver.ts';
import { eraseDeliveriesOf } from '../../server/delivery/store.ts';
import { HubError } from '../../server/errors.ts';
import { hookRouter } from '../../server/http/hook-router.ts';
import type { WorkerActor } from '../../server/http/route.ts';
import { createIdMaker } from '../../server/id.ts';
import { createJobRunner } from '../../server/jobs.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../server/sandbox/sandbox.ts';
import { createVault } from '../../server/vault.ts';
import { freePort } from './mariadb.ts';

export const admin: WorkerActor = { kind: 'worker', id: 'w-admin', name: 'Ada', isAdmin: true, groupIds: [] };
export const app = { key: 'desk-app', secret: 'canary-consumer-secret' };
export const label = 'ProductionEnvironment';
/** Of the people the sandbox begins with. */
export const ids = { alice: '9007199254740993', bob: '1750000000000000007' };
export const startedAt = Date.UTC(2026, 0, 5);

const apiOrigin = 'https://api.twitter.com';

/** One process: everything in it is its own but the database. */
export interface Process {
  deps: ChannelDeps & { log: { info(fields: object): void; error(fields: object, message: string): void } };
  /** Origin of its listener for hooks. */
  origin: string;
  logged: Record<string, unknown>[];
  /** Runs what is due of its jobs; answers stay in the table. */
  runJobs(): Promise<number>;
  poll(): Promise<void>;
  /** Writes the counters. */
  flush(): Promise<void>;
  /** The same, and what is still to be written of deliveries. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface World extends Process {
  db: Knex;
  clock: { now: number };
  sandbox: Sandbox;
  botId: string;
  /** Another process on the same database. */
  another(db?: Knex): Promise<Process>;
  keysOf(person: string): {
    client_id: string;
    client_secret: string;
    oauth_token: string;
    oauth_token_secret: string;
  };
  /** A channel with keys and label, saved; not authorized. */
  addChannel(input?: ChannelInput & { person?: string; bot?: string }): Promise<Channel>;
  /** The same, authorized and enabled. */
  addActiveChannel(input?: ChannelInput & { person?: string }): Promise<Channel>;
  addBot(name: string): Promise<string>;
}

/** On an empty database, or one that tests before have used: it is emptied, which is quicker than another one. */
export async function openWorld(db: Knex, options: Partial<SandboxOptions> = {}): Promise<World> {
  for (const { table } of tableNames.toReversed()) await db(table).delete();
  const clock = { now: startedAt };
  const port = await freePort();
  const sandbox = createSandbox({
    consumers: [{ ...app, name: 'Desk', callbacks: [], accessLevel: 'read-write-directmessages' }],
    publicOrigins: [apiOrigin],
    now: () => clock.now,
    connectTo: { 'https://hub.test': `http://127.0.0.1:${port}` },
    ...options,
  });
  const remote = await sandbox.listen();
  const newId = createIdMaker(() => clock.now);
  const first = await startProcess(db, { clock, newId, remoteOrigin: remote.origin, port });
  const processes = [first];
  const addBot = async (name: string) => {
    const id = newId();
    const owner = { context: 'app', id: '0' } as const;
    await insertBot(
      db,
      id,
      { name, uri: null, owner, isDisabled: false, params: {}, image: null },
      clock.now,
    );
    return id;
  };
  const botId = await addBot('Desk bot');
  const world: World = {
    ...first,
    db,
    clock,
    sandbox,
    botId,
    addBot,
    async another(otherDb = db) {
      const other = await startProcess(otherDb, {
        clock,
        newId: createIdMaker(),
        remoteOrigin: remote.origin,
      });
      processes.push(other);
      return other;
    },
    keysOf(person) {
      const { token, tokenSecret } = sandbox.issueToken(app.key, person);
      return {
        client_id: app.key,
        client_secret: app.secret,
        oauth_token: token,
        oauth_token_secret: tokenSecret,
      };
    },
    async addChannel({ person = 'alice', bot = botId, ...input } = {}) {
      const draft = await createDraft(first.deps, admin, { bot, type: 'twitter' });
      const keys = input.accountId === undefined ? { keys: world.keysOf(person) } : {};
      return (await saveChannel(first.deps, admin, draft.id, { label, ...keys, ...input })).channel;
    },
    async addActiveChannel(input) {
      const { id } = await world.addChannel(input);
      const { state, steps } = await authorizeChannel(first.deps, admin, id);
      if (state !== 'active') throw new Error(JSON.stringify(steps));
      await enableChannel(first.deps, admin, id);
      return getChannel(db, admin, id);
    },
    async close() {
      for (const one of processes) await one.close();
      await remote.close();
    },
  };
  return world;
}

async function startProcess(
  db: Knex,
  {
    clock,
    newId,
    remoteOrigin,
    port = 0,
  }: { clock: { now: number }; newId: () => string; remoteOrigin: string; port?: number },
): Promise<Process> {
  const now = () => clock.now;
  const vault = createVault([{ id: 'test', secret: Buffer.alloc(32, 7) }]);
  const logged: Record<string, unknown>[] = [];
  const log = { info: (fields: object) => void logged.push({ ...fields }), error: () => {} };
  const deliver = createDeliver({
    db,
    vault,
    now,
    newId,
    config: {
      connectTo: new Map([[apiOrigin, remoteOrigin]]),
      allowPrivate: [],
      openHosts: undefined,
      connectTimeoutMs: 2_000,
      totalTimeoutMs: 5_000,
      maxAnswerBytes: 1_000_000,
    },
    log,
  });
  const deps: Process['deps'] = {
    db,
    vault,
    deliver,
    providers,
    owners: { label: async () => 'Ada' },
    now,
    newId,
    randomBytes,
    clocks: createRemoteClocks({ db, now, randomBytes, log }),
    withinBudget: createWithinBudget({
      db,
      now,
      config: { totalTimeoutMs: 5_000 },
      log,
      wait: async (ms) => {
        clock.now += ms;
      },
    }),
    types: channelTypes,
    appTokens: new Map(),
    config: { url: new URL('https://hub.test') },
    dependents: { of: async () => [] },
    eraseDeliveriesOf,
    log,
  };
  const hooks = createHooks(deps);
  // Payloads are what the product itself stored.
  const run = (payload: unknown) => processHook(deps, payload as { hookId: string });
  const runner = createJobRunner({ db, now, newId, log, handlers: [{ kind: hookJob, run }] });
  const server = createServer(
    new Koa()
      .use(answerRefusals)
      .use(hookRouter({ config: { trustProxy: [] } }, hooks.routes).routes())
      .on('error', () => {})
      .callback(),
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    deps,
    origin: `http://127.0.0.1:${address.port}`,
    logged,
    runJobs: () => runner.runDue(),
    poll: () => pollChannels(deps),
    flush: () => hooks.flush(),
    async settle() {
      await hooks.flush();
      await deliver.flush();
    },
    async close() {
      await hooks.flush();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await deliver.close();
    },
  };
}

/** In place of the hub's own: the status alone. */
async function answerRefusals(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    ctx.status = error instanceof HubError ? error.status : 500;
    ctx.body = '';
  }
}

/** What a remote service would send: the body with its signature, by code that shares nothing with the product. */
export function postSigned(
  origin: string,
  streamId: string,
  body: string | Uint8Array,
  { secret = app.secret, signature }: { secret?: string; signature?: string | null } = {},
): Promise<Response> {
  const own = `sha256=${createHmac('sha256', secret).update(body).digest('base64')}`;
  const given = signature === undefined ? own : signature;
  return fetch(`${origin}/hooks/x/${streamId}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Content-Type': 'application/json',
      ...(given !== null && { 'x-twitter-webhooks-signature': given }),
    },
    body,
  });
}

/** An envelope with direct messages as the remote service writes them; ids are text. */
export function messagesBody(
  messages: readonly { id: string; from: string; to: string; text: string; at: number }[],
  forUser: string = ids.alice,
): string {
  return JSON.stringify({
    for_user_id: forUser,
    direct_message_events: messages.map(({ id, from, to, text, at }) => ({
      type: 'message_create',
      id,
      created_timestamp: String(at),
      message_create: {
        target: { recipient_id: to },
        sender_id: from,
        message_data: { text, entities: { hashtags: [], symbols: [], user_mentions: [], urls: [] } },
      },
    })),
    users: {
      [ids.alice]: { id: ids.alice, name: 'Alice', screen_name: 'alice' },
      [ids.bob]: {
        id: ids.bob,
        name: 'Bob',
        screen_name: 'bob',
        profile_image_url_https: 'https://img.example/b.png',
      },
    },
  });
}

/** Everything that what came in has made, without our own ids and clocks. */
export async function outcomeIn(db: Knex): Promise<unknown> {
  const contacts: { id: string; remote_id: string }[] = await db('contacts').orderBy('remote_id');
  const remoteIds = new Map(contacts.map(({ id, remote_id }) => [id, remote_id]));
  const conversations = await db('conversations').orderBy(['kind', 'external_key']);
  const messages = await db('messages').orderBy(['at', 'remote_id']);
  const keys = new Map(conversations.map(({ id, external_key: key }) => [id, key]));
  const strip = ({
    id,
    channel_id,
    created_at,
    updated_at,
    client_token,
    open_key,
    ...row
  }: Record<string, unknown>) => ({
    ...row,
    ...('contact_id' in row && { contact_id: remoteIds.get(String(row.contact_id)) }),
    ...('conversation_id' in row && { conversation_id: keys.get(String(row.conversation_id)) }),
  });
  return {
    contacts: contacts.map(({ id, ...row }) => ({ ...row, created_at: 0 })),
    conversations: conversations.map(strip),
    messages: messages.map(strip),
    events: (await db('channel_events').orderBy('event_key')).map(({ event_key, kind, at }) => ({
      event_key,
      kind,
      at,
    })),
    answers: (await db('jobs').where({ kind: 'answer message' })).length,
  };
}
