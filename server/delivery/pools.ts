/** Keep-alive sockets of the door: one pool an origin, opened under one policy. */
import { type Dispatcher, Pool } from 'undici';
import type { Config } from '../config.ts';
import { createConnector, type Resolve } from './connector.ts';
import type { Policy } from './policy.ts';

export interface Deps {
  config: Policy & Pick<Config, 'connectTimeoutMs'>;
  now(): number;
  resolve?: Resolve;
}

export interface Pools {
  /** The pool for requests to this URL's origin. A pool never serves both checked and unchecked certificates. */
  get(url: URL, ignoreCertificate: boolean): Dispatcher;
  /** Waits for the exchanges under way, then closes every socket. */
  close(): Promise<void>;
}

const maxPools = 200;
const maxSocketsPerOrigin = 128;
const idleMs = 60_000;

export function createPools(deps: Deps): Pools {
  // In order of last use, oldest first. What connect-to names and what is excepted follows from the origin.
  const pools = new Map<string, { pool: Pool; usedAt: number }>();
  return {
    get(url, ignoreCertificate) {
      const key = `${url.origin} ${ignoreCertificate}`;
      const pool = pools.get(key)?.pool ?? openPool(deps, url, ignoreCertificate);
      pools.delete(key);
      pools.set(key, { pool, usedAt: deps.now() });
      closeIdle(pools, deps.now());
      return pool;
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map(({ pool }) => pool.close()));
    },
  };
}

function openPool(deps: Deps, url: URL, ignoreCertificate: boolean): Pool {
  const { config, resolve } = deps;
  return new Pool(url.origin, {
    connections: maxSocketsPerOrigin,
    // A socket keeps the address it was checked with; it is not kept for ever.
    keepAliveMaxTimeout: idleMs,
    // The deadline of the exchange covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: createConnector({
      policy: config,
      origin: new URL(url.origin),
      connectTimeoutMs: config.connectTimeoutMs,
      ignoreCertificate,
      resolve,
    }),
  });
}

function closeIdle(pools: Map<string, { pool: Pool; usedAt: number }>, now: number): void {
  for (const [key, { pool, usedAt }] of pools) {
    if (pools.size <= maxPools && now - usedAt < idleMs) return;
    pools.delete(key);
    // Closing waits for what is under way; nobody waits for it here.
    pool.close().catch(() => undefined);
  }
}
