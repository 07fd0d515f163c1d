/** A whole hub with a sandbox as its remote service, for flow and browser tests. Only loopback is called. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type DatabaseConfig, parseConfig } from '../../server/config.ts';
import { type Browser, createBrowser } from '../../server/demo/browser.ts';
import { createHub, type Hub } from '../../server/hub.ts';
import { type RunningSandbox, startSandbox } from '../../server/sandbox/start.ts';
import { freePort } from './mariadb.ts';

export const consumer = { key: 'test-consumer-key', secret: 'test-consumer-secret-canary' };

export interface TestHub {
  hub: Hub;
  url: string;
  sandbox: RunningSandbox;
  /** Everything the hub logged, as text. */
  log(): string;
  /** A browser that is signed in as the first admin. */
  admin: Browser;
  adminKey: string;
  api(
    method: string,
    path: string,
    body?: unknown,
    key?: string,
    headers?: Record<string, string>,
  ): Promise<ApiResult>;
  clock: { offsetMs: number };
  dataFolder: string;
  close(): Promise<void>;
}

export interface ApiResult {
  status: number;
  // A test knows what it asked for; the shapes are what is under test.
  // biome-ignore lint/suspicious/noExplicitAny: answers are probed freely here
  body: any;
  text: string;
}

export const password = 'a-password-of-tests';

/**
 * Starts a hub on an empty database, connected to a sandbox in place of Twitter's hosts. The first admin signed up
 * already, as ada@example.com, unless the test does that itself.
 */
export async function startTestHub(
  options: { database?: DatabaseConfig; env?: Record<string, string>; hasAdmin?: false } = {},
): Promise<TestHub> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'countersign-hub-'));
  const port = await freePort();
  const hosts = ['api.twitter.com', 'api.x.com', 'upload.twitter.com', 'upload.x.com'];
  const sandbox = await startSandbox({
    port: 0,
    publicOrigins: hosts.map((host) => `https://${host}`),
    consumer,
    callbacks: [`http://localhost:${port}/oauth/callback`],
  });
  const parsed = parseConfig({
    PORT: String(port),
    COUNTERSIGN_DATA: dataFolder,
    COUNTERSIGN_CONNECT_TO: hosts.map((host) => `https://${host}=${sandbox.origin}`).join(','),
    ...options.env,
  });
  const config = options.database ? { ...parsed, database: options.database } : parsed;
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const clock = { offsetMs: 0 };
  const hub = await createHub({
    config,
    log: pino({ level: 'debug' }, sink),
    now: () => Date.now() + clock.offsetMs,
    resolve: (host) => Promise.reject(new Error(`tests do not call ${host}`)),
  });
  await hub.listen();
  const admin = createBrowser();
  if (options.hasAdmin !== false) await becomeAdmin(hub, admin);
  const adminKey = await hub.createApiKey({ name: 'tests', isAdmin: true, accounts: [] });
  return {
    hub,
    url: hub.url,
    sandbox,
    log: () => lines.join(''),
    admin,
    adminKey,
    api: (method, path, body, key = adminKey, headers = {}) =>
      callApi(hub.url, method, path, body, key, headers),
    clock,
    dataFolder,
    async close() {
      await hub.close();
      await sandbox.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function becomeAdmin(hub: Hub, browser: Browser): Promise<void> {
  const page = await browser.open((await hub.setupAddress()) ?? hub.url);
  await browser.press(page, /sign in/i, {
    email: 'ada@example.com',
    name: 'Ada Admin',
    password,
    password_again: password,
  });
}

async function callApi(
  url: string,
  method: string,
  path: string,
  body: unknown,
  key: string,
  headers: Record<string, string>,
): Promise<ApiResult> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === '' ? {} : { Authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text), text };
}
