/** The handshake that a remote site begins: it sends its keys to a one-time address, and tokens are fetched with them. */
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { hashSecret } from '../people/secret-hash.ts';
import { type ConnectedAccount, isOtherIdentity, tellApart } from './account.ts';
import { replaceAccount, withGrant } from './account-changes.ts';
import { getUsableAccount } from './accounts.ts';
import { callbackUrl, type LinkDeps } from './link.ts';
import { identify } from './link-exchange.ts';
import type { Grant, LinkSteps, PushSteps, Reading, ServiceParams } from './provider.ts';
import { type PushHandshake, pushMs, refuseEndedPush } from './push-handshake.ts';
import { openParams, sealParams } from './sealed.ts';
import { type OpenService, openServiceOf, requireAdmin } from './services.ts';
import { findAccount } from './store-accounts.ts';
import { findPush, movePush, replacePushes } from './store-pushes.ts';
import { updateService } from './store-services.ts';
import { askForTokens } from './token-call.ts';

/** The two addresses that the remote site's form asks for. */
export interface PushAddress {
  /** Where the store sends its keys. */
  callbackUrl: string;
  /** What the store opens for its owner: it shows what came of it. */
  identityUrl: string;
  expiresAt: number;
}

/** Makes an address for an account in place of any other. Throws `forbidden`, and `conflict` where nothing is pushed. */
export async function createPushAddress(deps: LinkDeps, actor: Actor, ref: string): Promise<PushAddress> {
  requireAdmin(actor);
  const account = await getUsableAccount(deps, actor, ref);
  pushOf(await openServiceOf(deps, account.serviceId));
  const code = Buffer.from(deps.randomBytes(32)).toString('base64url');
  const now = deps.now();
  const push: PushHandshake = {
    id: deps.newId(),
    accountId: account.id,
    askedBy: actor.name,
    state: 'open',
    outcome: null,
    createdAt: now,
    expiresAt: now + pushMs,
  };
  await inTransaction(deps.db, (trx) => replacePushes(trx, push, hashSecret(code)));
  const { origin } = deps.config.url;
  return {
    callbackUrl: `${origin}/hooks/push/${code}`,
    identityUrl: `${origin}/link/push/${code}`,
    expiresAt: push.expiresAt,
  };
}

/** What an address is about, for the page that the store opens. Throws `not_found`. */
export async function getPush(
  deps: Pick<LinkDeps, 'db' | 'vault' | 'providers'>,
  code: string,
): Promise<{ push: PushHandshake; account: ConnectedAccount; opened: OpenService }> {
  const push = await findPush(deps.db, hashSecret(code));
  const account = push && (await findAccount(deps.db, push.accountId));
  if (!push || !account) throw new HubError('not_found', 'There is no such address. Make a new one.');
  return { push, account, opened: await openServiceOf(deps, account.serviceId) };
}

/**
 * Takes what a store sent, once, and links the account. What is not a store of this service costs nothing. Throws
 * `not_found`, `flow_used`, `flow_expired`, `bad_request`, `host_not_allowed`, `conflict`, `remote_failed`.
 */
export async function takePush(
  deps: LinkDeps,
  input: { code: string; form: URLSearchParams },
): Promise<void> {
  const { push, account, opened } = await getPush(deps, input.code);
  refuseEndedPush(push, deps.now());
  const { steps, link } = pushOf(opened);
  const { consumer, verifier } = steps.read(input.form, opened.params);
  const take = { from: 'open', to: 'exchanging', liveAt: deps.now() } as const;
  if (!(await movePush(deps.db, push.id, take)))
    throw new HubError('flow_used', 'The address was used already.');
  try {
    const pushed = { ...opened, params: { ...opened.params, ...consumer } };
    const fetched = await fetchTokens(deps, push, account, pushed, link, verifier);
    const grant = await identify(deps, pushed, account, fetched);
    refuseOther(account, grant);
    await keep(deps, push, account, pushed, consumer, grant);
  } catch (error) {
    // Where it was moved on already, nothing changes.
    await settle(deps, push, 'failed', error instanceof HubError ? error.message : 'It failed here.');
    throw error;
  }
}

function refuseOther(account: ConnectedAccount, grant: Grant): void {
  if (!isOtherIdentity(account.identity, grant.identity)) return;
  const { was, becomes } = tellApart(account.identity, grant.identity);
  const message = `The account is linked as ${was}, and the store answers as ${becomes}. Unlink it first.`;
  throw new HubError('conflict', message);
}

async function fetchTokens(
  deps: LinkDeps,
  push: PushHandshake,
  account: ConnectedAccount,
  pushed: OpenService,
  link: LinkSteps,
  verifier: string,
): Promise<Grant> {
  const common = { callbackUrl: callbackUrl(deps.config), random: deps.randomBytes };
  let wasAnswered = false;
  const asking = async <T>(
    secrets: readonly string[],
    ask: Parameters<typeof askForTokens<Reading<T>>>[3],
  ): Promise<T> => {
    const asked = await askForTokens(deps, pushed, { accountId: account.id, secrets }, ask);
    const { name } = pushed.service;
    if (!asked.value) {
      const message = `${name} could not be asked for tokens: ${asked.problem}`;
      // Where nothing reached the store it may send its keys once more.
      await settle(deps, push, wasAnswered || asked.sent ? 'unknown' : 'open', message);
      throw new HubError('remote_failed', message);
    }
    wasAnswered = true;
    if (!asked.value.ok) throw new HubError('remote_failed', `${name}: ${asked.value.problem}`);
    return asked.value.value;
  };
  const handshake = await asking([verifier], (send, fresh) =>
    link.start(pushed.params, { ...common, ...fresh, send }),
  );
  const proof = { ...handshake, ...common, verifier, query: new URLSearchParams() };
  return asking([verifier, handshake.token, handshake.secret], (send, fresh) =>
    link.finish(pushed.params, { ...proof, ...fresh, send }),
  );
}

/** Keys on the service, tokens on the account, and the end of the address: all or nothing. */
async function keep(
  deps: LinkDeps,
  push: PushHandshake,
  account: ConnectedAccount,
  pushed: OpenService,
  consumer: ServiceParams,
  grant: Grant,
): Promise<void> {
  const { service, provider } = pushed;
  const params = { ...openParams(deps.vault, service), ...consumer };
  const updatedAt = Math.max(deps.now(), service.updatedAt + 1);
  const changed = { ...service, ...sealParams(deps.vault, service.id, provider, params), updatedAt };
  await inTransaction(deps.db, async (trx) => {
    if (!(await updateService(trx, service, changed))) {
      throw new HubError('conflict', `Service '${service.name}' was changed meanwhile. Start again.`);
    }
    await replaceAccount(deps, trx, account, withGrant(deps, pushed, account, grant));
    await movePush(trx, push.id, { from: 'exchanging', to: 'done' });
  });
}

async function settle(
  { db }: Pick<LinkDeps, 'db'>,
  { id }: PushHandshake,
  to: 'open' | 'failed' | 'unknown',
  outcome: string,
): Promise<void> {
  await movePush(db, id, { from: 'exchanging', to }, outcome);
}

/** Throws `conflict` for a service whose remote site sends no keys. */
function pushOf({ provider, params, service }: OpenService): { steps: PushSteps; link: LinkSteps } {
  const { push: steps, link } = provider;
  if (steps?.isPushed(params) && link) return { steps, link };
  throw new HubError('conflict', `'${service.name}' sends no keys of its own (its 'handshake' is not push).`);
}
