/**
 * A remote service for trying and testing: it speaks OAuth 1.0a like Twitter, or like the service of a profile, and
 * verifies for real, by code of its own.
 * Imports nothing from the rest of the product.
 */
import { randomBytes as cryptoRandomBytes, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { type Act, perform } from './act.ts';
import { applyFaults } from './apply-faults.ts';
import { type ChallengeEntry, checkWebhook } from './challenge.ts';
import { createClock } from './clock.ts';
import type { AccessLevel, Activity, Consumer, DmPolicy, User } from './consumer.ts';
import { advance, setLimits } from './control-routes.ts';
import { type ShownDelivery, showDelivery } from './delivery-log.ts';
import { openExchange, type SandboxState } from './exchange.ts';
import type { Faults } from './faults.ts';
import { issueOwnToken } from './issue-own-token.ts';
import type { Journal } from './journal.ts';
import { type PushResult, pushKeys } from './push.ts';
import { Refusal } from './refusal.ts';
import { apiGroups, routeGroups } from './route-groups.ts';
import { createViews } from './views.ts';
import type { Webhook } from './webhooks.ts';
import { createWorld, findUser, type WorldOptions } from './world.ts';

export interface SandboxOptions extends Omit<WorldOptions, 'publicOrigins'> {
  /** Origins under which clients believe to reach it, such as `https://api.twitter.com`; signatures cover them. Those of
   *  the profile unless given. Throws a TypeError for what is no URL. */
  publicOrigins?: readonly string[];
  /** Clock in milliseconds; it also makes the Date header. When given, only `clock.advance` makes anything due. */
  now?: () => number;
  randomBytes?: (size: number) => Uint8Array;
}

export interface Sandbox {
  app: Koa<SandboxState>;
  /** Port 0 takes a free one. `close` also ends open connections. */
  listen(port?: number, host?: string): Promise<{ origin: string; close(): Promise<void> }>;
  users: readonly User[];
  journal: Journal;
  faults: Faults;
  /** Makes an access token without the three legs, as a developer's page does; throws for an unknown name. `own`: this
   *  one. */
  issueToken(
    consumerKey: string,
    screenName: string,
    own?: { token: string; secret: string },
  ): { token: string; tokenSecret: string };
  /** Ends an access token, as its owner can at the service. */
  revokeToken(token: string): void;
  /** The keys that an app's RSA signatures are checked with: one, or two while they change. */
  setPublicKeys(consumerKey: string, publicKey: KeyObject, nextPublicKey?: KeyObject): void;
  /** Sends an app its keys, as a shop's owner does. */
  push(consumerKey: string, url: string, screenName: string): Promise<PushResult>;
  /** Does what a person does at the service itself, and tells the webhooks; done once each was tried. */
  act(act: Act): Promise<{ id: string | null }>;
  /** `advance` moves the clock by milliseconds and does what becomes due: retries, challenges, late echoes. */
  clock: { now(): number; advance(ms: number): Promise<void> };
  /** What webhooks were told, oldest first. */
  deliveries(): readonly ShownDelivery[];
  /** How webhooks answered their challenges, oldest first. */
  challenges(): readonly ChallengeEntry[];
  /** Until no delivery is under way; retries to come do not count. */
  settled(): Promise<void>;
  /** Checks every webhook again, or that with the id. */
  checkWebhooks(id?: string): Promise<void>;
  webhooks(): readonly Readonly<Webhook>[];
  /** Who is told about by which webhook. */
  subscriptions(): readonly { webhookId: string; userId: string }[];
  /** Limits that hold from the next call on. */
  setLimits(limits: Pick<WorldOptions, 'rateLimit' | 'messagesPerDay' | 'appMessagesPerDay'>): void;
  /** What the app may use of the Account Activity API from now on. */
  setActivity(consumerKey: string, activity: Activity): void;
  /** Whose messages a person takes from now on. */
  setDmPolicy(screenName: string, policy: DmPolicy): void;
  /** Changes an app's permission; tokens made before keep theirs. */
  setAccessLevel(consumerKey: string, accessLevel: AccessLevel): void;
}

/** Everything is kept in memory and gone with it. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { randomBytes = cryptoRandomBytes } = options;
  const publicOrigins = (options.publicOrigins ?? options.profile?.origins ?? []).map(
    (origin) => new URL(origin).origin,
  );
  const clock = createClock(options.now ?? Date.now, options.now === undefined);
  const world = createWorld({ ...options, publicOrigins, clock, randomBytes });
  const views = createViews();

  const app = new Koa<SandboxState>();
  app.use(openExchange(world));
  app.use(applyFaults(world));
  for (const routes of [...routeGroups, ...apiGroups[world.profile.api]])
    app.use(routes(world, views).routes());
  app.use(() => {
    throw new Refusal('noSuchPage', 'page');
  });

  function getUser(screenName: string): User {
    const user = findUser(world, screenName);
    if (!user) throw new RangeError(`The sandbox has no user '${screenName}'.`);
    return user;
  }
  function getConsumer(key: string): Consumer {
    const consumer = world.consumers.get(key);
    if (!consumer) throw new RangeError(`The sandbox has no app with the consumer key '${key}'.`);
    return consumer;
  }

  return {
    app,
    users: world.users,
    journal: world.journal,
    faults: world.faults,
    issueToken(consumerKey, screenName, own) {
      const issued = issueOwnToken(world, getConsumer(consumerKey), getUser(screenName), own);
      return { token: issued.token, tokenSecret: issued.secret };
    },
    revokeToken: (token) => world.tokens.revoke(token),
    setPublicKeys(consumerKey, publicKey, nextPublicKey) {
      const consumer = getConsumer(consumerKey);
      consumer.publicKey = publicKey;
      if (nextPublicKey) consumer.nextPublicKey = nextPublicKey;
      else delete consumer.nextPublicKey;
    },
    push: (consumerKey, url, screenName) =>
      pushKeys(world, { url, consumer: getConsumer(consumerKey), user: getUser(screenName) }),
    setAccessLevel(consumerKey, accessLevel) {
      getConsumer(consumerKey).accessLevel = accessLevel;
    },
    act: (act) => perform(world, act),
    clock: { now: clock.now, advance: (ms) => advance(world, ms) },
    deliveries: () => world.deliveries.all().map(showDelivery),
    challenges: () => world.challenges,
    settled: () => world.deliveries.settled(),
    async checkWebhooks(id) {
      for (const webhook of world.webhooks.list())
        if (id === undefined || webhook.id === id) await checkWebhook(world, webhook);
    },
    webhooks: () => world.webhooks.list(),
    subscriptions: () =>
      world.webhooks.subscriptions().map(({ webhook, user }) => ({ webhookId: webhook.id, userId: user.id })),
    setLimits: (limits) => setLimits(world, limits),
    setActivity(consumerKey, activity) {
      getConsumer(consumerKey).activity = activity;
    },
    setDmPolicy(screenName, policy) {
      getUser(screenName).dmPolicy = policy;
    },
    async listen(port = 0, host = '127.0.0.1') {
      const server = createServer(app.callback());
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      // A server that listens on TCP has an AddressInfo.
      const { port: actualPort } = server.address() as AddressInfo;
      world.ownOrigin = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
      return {
        origin: world.ownOrigin,
        close: () =>
          new Promise<void>((resolve) => {
            clock.stop();
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      };
    },
  };
}
