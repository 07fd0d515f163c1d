/**
 * A remote service for trying and testing: it speaks OAuth 1.0a like Twitter and verifies for real, by code of its own.
 * Imports nothing from the rest of the product.
 */
import { randomBytes as cryptoRandomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { applyFaults } from './apply-faults.ts';
import { consentRoutes } from './consent.ts';
import type { AccessLevel, Consumer, User } from './consumer.ts';
import { openExchange, type SandboxState } from './exchange.ts';
import type { Faults } from './faults.ts';
import { homeRoutes } from './home.ts';
import type { Journal } from './journal.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { Refusal } from './refusal.ts';
import { v1Routes } from './v1-routes.ts';
import { v2Routes } from './v2-routes.ts';
import { createViews } from './views.ts';
import { createWorld, findUser, levelOf } from './world.ts';

export interface SandboxOptions {
  consumers: readonly Consumer[];
  /** Origins under which clients believe to reach it, such as `https://api.twitter.com`; signatures cover them. Throws
   *  a TypeError for what is no URL. */
  publicOrigins?: readonly string[];
  /** Clock in milliseconds; it also makes the Date header. */
  now?: () => number;
  randomBytes?: (size: number) => Uint8Array;
  users?: readonly User[];
  /** Calls per token, route and quarter of an hour; 900. */
  rateLimit?: number;
}

export interface Sandbox {
  app: Koa<SandboxState>;
  /** Port 0 takes a free one. `close` also ends open connections. */
  listen(port?: number, host?: string): Promise<{ origin: string; close(): Promise<void> }>;
  journal: Journal;
  faults: Faults;
  /** Makes an access token without the three legs, as Twitter's developer page does; throws for an unknown name. */
  issueToken(consumerKey: string, screenName: string): { token: string; tokenSecret: string };
  /** Ends an access token, as its owner can at Twitter. */
  revokeToken(token: string): void;
  /** Changes an app's permission; tokens made before keep theirs. */
  setAccessLevel(consumerKey: string, accessLevel: AccessLevel): void;
}

/** Everything is kept in memory and gone with it. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { now = Date.now, randomBytes = cryptoRandomBytes } = options;
  const publicOrigins = (options.publicOrigins ?? []).map((origin) => new URL(origin).origin);
  // Copies, so that a change of permission stays in this sandbox.
  const consumers = options.consumers.map((consumer) => ({ ...consumer }));
  const world = createWorld({ ...options, consumers, publicOrigins, now, randomBytes });
  const views = createViews();

  const app = new Koa<SandboxState>();
  app.use(openExchange(world));
  app.use(applyFaults(world));
  for (const router of [
    oauthRoutes(world),
    consentRoutes(world, views),
    v1Routes(world),
    v2Routes(world),
    homeRoutes(world, views),
  ]) {
    app.use(router.routes());
  }
  app.use(() => {
    throw new Refusal('noSuchPage', 'page');
  });

  function getConsumer(key: string): Consumer {
    const consumer = world.consumers.get(key);
    if (!consumer) throw new RangeError(`The sandbox has no app with the consumer key '${key}'.`);
    return consumer;
  }

  return {
    app,
    journal: world.journal,
    faults: world.faults,
    issueToken(consumerKey, screenName) {
      const user = findUser(world, screenName);
      if (!user) throw new RangeError(`The sandbox has no user '${screenName}'.`);
      const consumer = getConsumer(consumerKey);
      const { token, secret } = world.tokens.issueAccess(consumer, user, levelOf(consumer));
      return { token, tokenSecret: secret };
    },
    revokeToken: (token) => world.tokens.revoke(token),
    setAccessLevel(consumerKey, accessLevel) {
      getConsumer(consumerKey).accessLevel = accessLevel;
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
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      };
    },
  };
}
