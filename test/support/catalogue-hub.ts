/** A hub that reaches, in place of every service of the catalogue, a sandbox that behaves like it. */
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import type { DatabaseConfig } from '../../server/config.ts';
import { createBrowser, findLink, type Page } from '../../server/demo/browser.ts';
import { createSandbox, type Sandbox } from '../../server/sandbox/sandbox.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { startTestHub, type TestHub } from './hub.ts';
import { freePort } from './mariadb.ts';

/** The remote side of one entry. */
export interface Remote {
  sandbox: Sandbox;
  origin: string;
}

export interface CatalogueHub {
  hub: TestHub;
  remoteOf(entry: CatalogueEntry): Remote;
  close(): Promise<void>;
}

/** Whoever consents, and owns what is handed out. */
export const person = { id: '9007199254740993', screenName: 'alice' };

export async function startCatalogueHub(
  entries: readonly CatalogueEntry[],
  database: DatabaseConfig,
): Promise<CatalogueHub> {
  // Some tokens end at midnight: at noon, here and there, there is time.
  const offsetMs = msUntilNoon(Date.now());
  const port = await freePort();
  const callbacks = [`http://localhost:${port}/oauth/callback`];
  const closings: (() => Promise<void>)[] = [];
  const remotes = new Map<string, Remote>();
  const connectTo: string[] = [];
  for (const { id, profile, consumer, token } of entries) {
    const isRegistered = profile.consumers === 'registered';
    const sandbox = createSandbox({
      profile,
      consumers: isRegistered ? [{ ...consumer, name: 'Desk', callbacks }] : [],
      now: () => Date.now() + offsetMs,
    });
    if (token) sandbox.issueToken(consumer.key, person.screenName, token);
    const { origin, close } = await sandbox.listen();
    closings.push(close);
    remotes.set(id, { sandbox, origin });
    connectTo.push(...profile.origins.map((service) => `${service}=${origin}`));
  }
  const inTheClear = entries.flatMap(({ profile }) => profile.origins.filter((o) => o.startsWith('http:')));
  const hub = await startTestHub({
    database,
    env: {
      PORT: String(port),
      COUNTERSIGN_CONNECT_TO: connectTo.join(','),
      COUNTERSIGN_ALLOW_PRIVATE: inTheClear.map((origin) => new URL(origin).host).join(','),
    },
  });
  hub.clock.offsetMs = offsetMs;
  return {
    hub,
    remoteOf({ id }) {
      const remote = remotes.get(id);
      return remote ?? assert.fail(`no sandbox plays ${id}`);
    },
    async close() {
      await hub.close();
      for (const close of closings) await close();
    },
  };
}

function msUntilNoon(now: number): number {
  const dayMs = 24 * 3_600_000;
  const newYorkNoon = 17 * 3_600_000;
  return (newYorkNoon - (now % dayMs) + dayMs) % dayMs;
}

/** Makes an RSA key in the app, and registers its public half at the remote service. */
export async function makeKey(hub: TestHub, serviceId: string, { sandbox }: Remote, consumerKey: string) {
  const { status, body, text } = await hub.api('POST', `/connected-services/${serviceId}/keys`, {});
  assert.equal(status, 201, text);
  sandbox.setPublicKeys(consumerKey, createPublicKey(body.public_key));
}

/** What a person does until the account is linked, by what the service's record says. */
export async function linkAccount(hub: TestHub, accountId: string, entry: CatalogueEntry, remote: Remote) {
  if (entry.params.handshake === 'push') return pushKeys(hub, accountId, remote);
  const offer = await hub.api('POST', `/connected-accounts/${accountId}/link`, {});
  assert.equal(offer.status, 201, offer.text);
  const browser = createBrowser();
  const begun = await browser.press(await browser.open(offer.body.url), /^Continue to /);
  const isAsked = new URL(remote.origin).host === begun.url.host;
  if (entry.params.callback !== 'oob') {
    assert.ok(isAsked, told(begun));
    const done = await browser.press(begun, /^Authorize/, { user: person.screenName });
    assert.equal(done.status, 200, told(done));
    return;
  }
  assert.match(begun.url.pathname, /^\/link\/pin\//, told(begun));
  const consent = findLink(begun, /^http:\/\/127\./) ?? assert.fail('the PIN page leads to no consent');
  const shown = await browser.press(await browser.open(consent), /^Authorize/, { user: person.screenName });
  const pin = /<code>(\d+)<\/code>/.exec(shown.html)?.[1] ?? assert.fail(told(shown));
  const done = await browser.press(begun, /^Link /, { pin });
  assert.equal(done.status, 200, told(done));
}

/** The store's owner enters the one-time address at the store, and activates the app there. */
async function pushKeys(hub: TestHub, accountId: string, { origin }: Remote): Promise<void> {
  const address = await hub.api('POST', `/connected-accounts/${accountId}/push-address`);
  assert.equal(address.status, 201, address.text);
  const store = createBrowser();
  const fields = { url: address.body.callback_url, user: person.screenName };
  const done = await store.press(await store.open(`${origin}/push`), /^Activate/, fields);
  assert.match(done.html, /The app has the keys/);
}

function told({ url, status, html }: Page): string {
  return `${url.pathname} ${status} ${html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')}`;
}
