/** Connections on a fresh database with the real provider and door, driven through their tables of routes. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Config } from '../../server/config.ts';
import { type ConnectionsApiDeps, connectionsApi } from '../../server/connections/api.ts';
import { type ConnectionsPagesDeps, connectionsPages } from '../../server/connections/pages.ts';
import { providers } from '../../server/connections/providers/index.ts';
import { createRemoteClocks } from '../../server/connections/remote-clocks.ts';
import { createWithinBudget } from '../../server/connections/within-budget.ts';
import { createDeliver } from '../../server/delivery/deliver.ts';
import { HubError } from '../../server/errors.ts';
import type { ApiAnswer, PageAnswer, WorkerActor } from '../../server/http/route.ts';
import { createViews } from '../../server/http/views.ts';
import { createIdMaker } from '../../server/id.ts';
import type { Actor } from '../../server/people/actor.ts';
import { fromRoot } from '../../server/root.ts';
import { createVault } from '../../server/vault.ts';
import { type FakeRemote, startFakeRemote } from './fake-remote.ts';

export const admin: WorkerActor = { kind: 'worker', id: 'w-admin', name: 'Ada', isAdmin: true, groupIds: [] };
export const bob: WorkerActor = { kind: 'worker', id: 'w-bob', name: 'Bob', isAdmin: false, groupIds: [] };
export const adminKey: Actor = { kind: 'api_key', id: 'key', name: 'deploy', isAdmin: true, accountIds: [] };

export const remoteHost = 'api.remote.test';

/** A service of the shape of the user's package; its hosts are connected to the fake remote. */
export const twitterParams = {
  grant_type: 'authorization_code',
  client_id: 'consumer-key',
  client_secret: 'canary-consumer-secret',
  request_token_url: `https://${remoteHost}/oauth/request_token`,
  authentication_url: `https://${remoteHost}/oauth/authenticate`,
  access_token_url: `https://${remoteHost}/oauth/access_token`,
  signature_method_: 'HMAC-SHA1',
};

interface Asking {
  form?: Record<string, string>;
  query?: string;
  worker?: WorkerActor | undefined;
  browser?: string;
}

export interface World {
  db: Knex;
  remote: FakeRemote;
  deps: ConnectionsPagesDeps & ConnectionsApiDeps;
  clock: { now: number };
  /** Records of other features that use an account, by its id. */
  users: Map<string, { context: string; id: string; label: string }[]>;
  erased: string[];
  /** A page as a signed-in admin sees it in browser 'one', unless told otherwise. Refusals are thrown. */
  get(path: string, asking?: Asking): Promise<PageAnswer>;
  post(path: string, asking?: Asking): Promise<PageAnswer>;
  /** The page as the browser gets it. */
  html(answer: PageAnswer): string;
  /** A call of the API; refusals are thrown. */
  call(method: string, path: string, body?: unknown, actor?: Actor): Promise<ApiAnswer>;
  close(): Promise<void>;
}

const views = createViews(fromRoot('views'));
let opened = 0;

/** With `old` a second hub over the same database: what a restart finds. */
export async function openWorld(db: Knex, old?: World): Promise<World> {
  const remote = old?.remote ?? (await startFakeRemote());
  // An hour apart, so that limits by time do not join the tests of one database.
  const clock = old?.clock ?? { now: Date.UTC(2026, 0, 1) + 3_600_000 * opened++ };
  const now = () => clock.now;
  const newId = createIdMaker(now);
  const vault = createVault([{ id: 'test', secret: Buffer.alloc(32, 7) }]);
  const log = { error() {} };
  const config: Pick<Config, 'url' | 'connectTo'> = {
    url: new URL('https://hub.test'),
    connectTo: new Map([[`https://${remoteHost}`, remote.origin]]),
  };
  const deliver = createDeliver({
    db,
    vault,
    now,
    newId,
    config: {
      ...config,
      allowPrivate: [],
      openHosts: undefined,
      connectTimeoutMs: 2_000,
      totalTimeoutMs: 5_000,
      maxAnswerBytes: 100_000,
    },
    log,
  });
  const people = [admin, bob];
  const users: World['users'] = old?.users ?? new Map();
  const erased: string[] = old?.erased ?? [];
  const deps: World['deps'] = {
    db,
    vault,
    deliver,
    providers,
    now,
    log,
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
    config,
    owners: {
      list: async () => [
        { context: 'app', id: '0', label: 'Application' },
        ...people.map(({ id, name }) => ({ context: 'worker' as const, id, label: name })),
      ],
      label: async ({ id }) => people.find((person) => person.id === id)?.name ?? 'Application',
      whoMayUse: async () => 'Whoever a test says.',
      exists: async ({ context, id }) => context === 'app' || people.some((person) => person.id === id),
    },
    dependents: {
      of: async (_context, id) => users.get(id) ?? [],
      remove: async (_trx, { id }) => {
        for (const [key, list] of users)
          users.set(
            key,
            list.filter((dependent) => dependent.id !== id),
          );
      },
    },
    eraseDeliveriesOf: async (_trx, accountId) => void erased.push(accountId),
  };
  const pages = connectionsPages(deps);
  const api = connectionsApi(deps);
  const page = async (method: 'GET' | 'POST', path: string, asking: Asking): Promise<PageAnswer> => {
    const { route, params } = match(pages, method, path);
    const worker = 'worker' in asking ? asking.worker : admin;
    if (route.access !== 'public' && !worker) throw new HubError('unauthorized');
    if (route.access === 'admin' && !worker?.isAdmin) throw new HubError('forbidden');
    const form = new FormData();
    for (const [name, value] of Object.entries(asking.form ?? {})) form.set(name, value);
    const answer = await route.handle({
      params,
      query: new URLSearchParams(asking.query),
      form,
      worker,
      browserHash: `hash-of-browser-${asking.browser ?? 'one'}`,
      sessionHash: undefined,
      ip: '192.0.2.1',
      signal: new AbortController().signal,
    });
    // Every page that a test comes by is rendered, so that a fault of its template shows.
    if ('view' in answer) views.render(answer.view, answer.model);
    return answer;
  };
  let isOpen = true;
  return {
    db,
    remote,
    deps,
    clock,
    users,
    erased,
    html(answer) {
      if (!('view' in answer)) throw new Error(`no page: ${JSON.stringify(answer)}`);
      return views.render(answer.view, { ...answer.model, csrf: 'csrf', me: admin });
    },
    get: (path, asking = {}) => page('GET', path, asking),
    post: (path, asking = {}) => page('POST', path, asking),
    async call(method, path, body, actor = adminKey) {
      const [pathname = '', query] = path.split('?');
      const { route, params } = match(api, method, pathname);
      if (route.access === 'admin' && 'isAdmin' in actor && !actor.isAdmin) throw new HubError('forbidden');
      const parsed = route.body ? route.body.parse(body ?? {}) : undefined;
      const signal = new AbortController().signal;
      return route.handle({ params, query: new URLSearchParams(query), body: parsed, actor, signal });
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await deliver.close();
      await remote.close();
    },
  };
}

function match<Route extends { method: string; path: string }>(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } {
  for (const route of routes) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    const found = route.method === method ? pattern.exec(path) : null;
    if (found) return { route, params: { ...found.groups } };
  }
  throw new Error(`no route for ${method} ${path}`);
}

/** A service and an unlinked account, owned by the application unless told otherwise. */
export async function addAccount(
  world: World,
  options: { params?: Record<string, unknown>; owner?: { context: string; id: string } } = {},
): Promise<{ serviceId: string; accountId: string }> {
  const service = await world.call('POST', '/connected-services', {
    name: 'Twitter',
    extension_id: 'cerb.service.provider.oauth1',
    params: { ...twitterParams, ...options.params },
  });
  const serviceId = idOf(service);
  const account = await world.call('POST', '/connected-accounts', {
    name: 'Our Twitter',
    service_id: serviceId,
    ...(options.owner && { owner: options.owner }),
  });
  return { serviceId, accountId: idOf(account) };
}

export function idOf(answer: ApiAnswer): string {
  const { body } = answer;
  if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string')
    return body.id;
  throw new Error('the answer has no id');
}
