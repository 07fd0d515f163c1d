/** Puts the rooms together: the one file that knows every feature, and the package's main export. */
import { randomBytes as cryptoRandomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Knex } from 'knex';
import { type Dependent, dependentsOf, removeDependent } from './bots/dependents.ts';
import { settleInterruptedRuns } from './bots/run.ts';
import { removeChannelRows } from './channels/dependents.ts';
import type { Listeners } from './channels/in-code.ts';
import { type Config, parseConfig } from './config.ts';
import {
  accountsInNeed,
  explainSent,
  findAccountFacts,
  listUsableAccounts,
  mayUseAccountOf,
  secretsOfAccount,
} from './connections/account-facts.ts';
import { type AccountRequest, deliverWithAccount, requestWithAccount } from './connections/accounts.ts';
import { connectionsApi } from './connections/api.ts';
import { explainProblem } from './connections/delivery-problem.ts';
import { pushHooks } from './connections/hook-push.ts';
import { waitForLink } from './connections/link-wait.ts';
import { connectionsPages } from './connections/pages.ts';
import { providers } from './connections/providers/index.ts';
import { createRemoteClocks } from './connections/remote-clocks.ts';
import { countAccounts } from './connections/store-overview.ts';
import { createWithinBudget } from './connections/within-budget.ts';
import { migrate, openDatabase, ping } from './db/open.ts';
import { deliveryApi } from './delivery/api.ts';
import { createDeliver } from './delivery/deliver.ts';
import type { OutboundRequest } from './delivery/delivery.ts';
import { deliveryPages } from './delivery/pages.ts';
import { eraseDeliveriesOf, type LoggedDetail, settleInterrupted } from './delivery/store.ts';
import { HubError } from './errors.ts';
import { apiRouter } from './http/api-router.ts';
import { createApp } from './http/app.ts';
import { hookRouter } from './http/hook-router.ts';
import { localCaller } from './http/local-call.ts';
import { createMetrics } from './http/metrics.ts';
import { openapiOf } from './http/openapi.ts';
import { pageRouter } from './http/page-router.ts';
import { createHttpServer } from './http/server.ts';
import { serveStatic } from './http/static.ts';
import { createViews } from './http/views.ts';
import { botPorts, botRoutes } from './hub-bots.ts';
import { channelJobs, channelRoutes, connectChannels, hooksOf, openInCode } from './hub-channels.ts';
import { chatRoutes } from './hub-chats.ts';
import { hangingOn, ownedBy, removeHanging } from './hub-dependents.ts';
import { packageRoutes } from './hub-packages.ts';
import type { Hub, HubOptions } from './hub-types.ts';
import { connectWebhooks } from './hub-webhooks.ts';
import { createIdMaker } from './id.ts';
import { createJobRunner, ensureRecurringJobs } from './jobs.ts';
import { keepVaultFresh } from './keys.ts';
import { createLog } from './log.ts';
import { countRecords } from './overview.ts';
import { type Actor, commandLine, type Owner } from './people/actor.ts';
import { createApiKey, findKeyActor } from './people/api-keys.ts';
import { groupApi } from './people/group-api.ts';
import { listOwners, ownerExists, ownerLabel, whoMayUse } from './people/owners.ts';
import { peoplePages } from './people/pages.ts';
import { createPasswords } from './people/passwords.ts';
import { findSessionWorker } from './people/sessions.ts';
import { ensureSetupAddress } from './people/welcome.ts';
import { addWorker } from './people/workers.ts';
import { fromRoot } from './root.ts';
import { sweeps } from './sweeps.ts';
import { createBotStage } from './templates/bot-stage.ts';

export type { Hub, HubOptions };

/** Opens the database, brings it up to date, opens the vault and connects every room. */
export async function createHub(options: HubOptions = {}): Promise<Hub> {
  const config = options.config ?? parseConfig(options.env ?? process.env);
  const db = openDatabase(config.database);
  try {
    await migrate(db);
    return await connectRooms(db, config, options);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function connectRooms(db: Knex, config: Config, options: HubOptions): Promise<Hub> {
  const { now = Date.now, randomBytes = cryptoRandomBytes } = options;
  const log = options.log ?? createLog(options.logLevel ?? config.logLevel);
  const newId = createIdMaker(now, randomBytes);
  const keyring = await keepVaultFresh({ db, config, now });
  const metrics = createMetrics({ countAccounts: () => countAccounts(db, now()) });
  const shared = { db, config, vault: keyring.vault, now, newId, randomBytes, log };

  const deliver = createDeliver({
    ...shared,
    ...(options.resolve ? { resolve: options.resolve } : {}),
    onEnd: metrics.countDelivery,
  });
  const templates = createBotStage({ now, timeZone: config.timeZone });
  const owners = {
    list: () => listOwners(db),
    label: (owner: Owner) => ownerLabel(db, owner),
    whoMayUse: (owner: Owner) => whoMayUse(db, owner),
    exists: (owner: Owner) => ownerExists(db, owner),
  };

  const dependents = {
    of: async (context: string, id: string, by: Knex = db) => [
      ...(await dependentsOf(by, context, id, (await findAccountFacts({ db: by }, id))?.uri ?? null)),
      ...(await hangingOn(by, context, id)),
    ],
    async remove(trx: Knex, dependent: Dependent) {
      await removeHanging(trx, dependent);
      await removeDependent(trx, dependent);
      await removeChannelRows({ ...shared, eraseDeliveriesOf }, trx, dependent);
    },
  };
  const otherDependents = { of: hangingOn, remove: dependents.remove };
  const manners = { clocks: createRemoteClocks(shared), withinBudget: createWithinBudget(shared) };
  const connections = { ...shared, ...manners, deliver, providers, owners, dependents, eraseDeliveriesOf };
  const connected = connectChannels({ ...connections, otherDependents, wake: () => jobs.wake() });
  const accounts = {
    find: (ref: string) => findAccountFacts(connections, ref),
    list: (actor: Actor) => listUsableAccounts(connections, actor),
    secrets: (id: string) => secretsOfAccount(connections, id),
    request: (input: AccountRequest) => requestWithAccount(connections, input),
  };
  const bots = {
    ...shared,
    deliver,
    accounts,
    owners,
    templates,
    otherDependents,
    channels: connected.port,
    ...botPorts({ ...shared, owners, otherDependents, conversations: connected.sending }),
  };
  const delivery = {
    ...shared,
    deliver,
    explainSignature: (request: OutboundRequest, accountId: string) =>
      explainSent(connections, request, accountId),
    explainProblem: (kept: LoggedDetail) => explainProblem(connections, kept),
    mayUseAccount: (actor: Actor, accountId: string) => mayUseAccountOf(connections, actor, accountId),
    listAccounts: (actor: Actor) => listUsableAccounts(connections, actor),
    findAccountId: async (ref: string) => (await accounts.find(ref))?.id,
  };
  const people = {
    ...shared,
    passwords: createPasswords(),
    counts: () => countRecords(db),
    accountsInNeed: (worker: Actor) => accountsInNeed(connections, worker),
    ownedBy,
    listAccounts: async () =>
      (await listUsableAccounts(connections, commandLine)).map(({ id, name }) => ({ id, label: name })),
  };

  const packages = packageRoutes(shared, connections, bots);
  const channels = channelRoutes(connected, bots);
  const webhooks = connectWebhooks({ ...shared, wake: () => jobs.wake() }, bots);
  const views = createViews(fromRoot('views'));
  const chats = chatRoutes(shared, bots, views);
  const ofBots = botRoutes(shared, bots);
  const pages = [
    ...peoplePages(people),
    ...packages.pages,
    ...connectionsPages(connections),
    ...ofBots.pages,
    ...channels.pages,
    ...chats.pages,
    ...webhooks.pages,
    ...deliveryPages(delivery),
  ];
  const api = [
    ...groupApi(people),
    ...packages.api,
    ...connectionsApi(connections),
    ...ofBots.api,
    ...channels.api,
    ...webhooks.api,
    ...deliveryApi(delivery),
  ];
  const visitors = {
    ...shared,
    views,
    findSessionWorker: (hash: string) => findSessionWorker(db, hash, now()),
  };
  const hooks = hooksOf(connected);
  const addresses = [...hooks.routes, ...pushHooks(connections), ...webhooks.hooks, ...chats.hooks];
  const app = createApp({
    ...visitors,
    hooks: hookRouter(shared, addresses),
    metrics,
    ping: () => ping(db),
    staticFiles: serveStatic(fromRoot('views', 'static')),
    pages: pageRouter(visitors, pages),
    api: apiRouter({ ...shared, findKeyActor: (key) => findKeyActor(db, key, now()) }, api),
    openapi: openapiOf(api, config.url.origin),
  });

  const inCode = await openInCode(connected, options.channels ?? []);
  const isInCode = options.channels !== undefined;
  const ofChannels = channelJobs(connected, bots, { isInCode });
  const handlers = [...sweeps(connections), ...ofChannels, ...ofBots.jobs, ...webhooks.jobs, ...chats.jobs];
  const jobs = createJobRunner({ ...shared, handlers });
  const { server, stop } = createHttpServer(app);
  const hub: Hub = {
    url: config.url.origin,
    pages,
    on(event: keyof Listeners, handler: never) {
      connected.listeners[event].push(handler);
      return hub;
    },
    call: localCaller(api),
    async listen() {
      await settleInterrupted(db, now(), config.totalTimeoutMs);
      await settleInterruptedRuns(db, now(), config.runLimits.maxMs);
      server.listen(config.port, config.host);
      await once(server, 'listening').catch((cause) => {
        const place = `${config.host}:${config.port}`;
        const message = `Cannot listen on ${place} (${cause.code}). Set HOST or PORT to another.`;
        throw new HubError('conflict', message, { cause });
      });
      await ensureRecurringJobs({ ...shared, handlers });
      await inCode.start();
      jobs.start();
    },
    async close() {
      if (server.listening) await stop();
      await jobs.stop();
      await hooks.flush();
      await chats.flush();
      await deliver.close();
      await templates.close();
      keyring.stop();
      await db.destroy();
    },
    setupAddress: () => ensureSetupAddress(shared),
    addWorker: async (input) => (await addWorker(shared, { actor: commandLine, ...input })).address,
    createApiKey: async ({ accounts: accountIds, ...input }) =>
      (await createApiKey(people, { actor: commandLine, ...input, accountIds })).key,
    waitForLink: (address, interrupted) => waitForLink(shared, { address, interrupted }),
    request: (input) => deliverWithAccount(connections, { actor: commandLine, ...input }),
    runJobs: () => jobs.runDue(),
  };
  return hub;
}
