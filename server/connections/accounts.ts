/** Using connected accounts: find one as an actor may, and send a request signed with it. */
import type { Knex } from 'knex';
import { type CerbResponse, type RawBody, toCerbResponse } from '../delivery/cerb-response.ts';
import type { Deliver, Delivery, OutboundRequest } from '../delivery/delivery.ts';
import { HubError } from '../errors.ts';
import { type Actor, mayUseAccount, type Owner } from '../people/actor.ts';
import type { Vault } from '../vault.ts';
import { accountContext, type ConnectedAccount, maySeeAccount, statusAt } from './account.ts';
import { refusesFreshness } from './fresh-try.ts';
import type { Credentials } from './provider.ts';
import type { RemoteClocks } from './remote-clocks.ts';
import { renewIfDue } from './renew.ts';
import { openCredentials } from './sealed.ts';
import { howToLink, type Providers, serviceContext } from './service.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { requireSigningKey } from './signing-key.ts';
import { findAccount } from './store-accounts.ts';
import { noteAnswer } from './token-refusal.ts';
import type { BudgetContext, LimitChoice, WithinBudget } from './within-budget.ts';

/** Owners as people keeps them, handed in by the hub. */
export interface Owners {
  list(): Promise<(Owner & { label: string })[]>;
  label(owner: Owner): Promise<string>;
  /** Who may use what the owner owns, as a sentence. */
  whoMayUse(owner: Owner): Promise<string>;
  exists(owner: Owner): Promise<boolean>;
}

export interface AccountDeps {
  db: Knex;
  vault: Vault;
  deliver: Deliver;
  providers: Providers;
  owners: Pick<Owners, 'label'>;
  now(): number;
  randomBytes(size: number): Uint8Array;
  clocks: RemoteClocks;
  withinBudget: WithinBudget;
  log: { error(fields: object, message: string): void };
}

export interface AccountRequest {
  actor: Actor;
  /** Id or uri. */
  account: string;
  method: string;
  url: string;
  headers: readonly [string, string][];
  /** Text is sent as UTF-8. */
  body?: string | Uint8Array;
  timeoutMs?: number;
  /** The body stays text; else it is converted by its type as in Cerb. */
  raw?: RawBody;
  runId?: string;
  ignoreCertificate?: boolean;
  /** What to do while the remote service allows no more of these calls: 'wait' when it is not said. */
  onLimit?: LimitChoice;
}

/** The part of it that is sent. */
type RequestFields = Pick<AccountRequest, 'method' | 'url' | 'headers' | 'body'>;

/** Sends as below and answers in Cerb's shape. */
export async function requestWithAccount(deps: AccountDeps, input: AccountRequest): Promise<CerbResponse> {
  return toCerbResponse(await deliverWithAccount(deps, input), { raw: input.raw ?? false });
}

/**
 * Sends a request signed with an account. A 404 or a time-out is an answer. Throws `not_found`, `forbidden`,
 * `account_unlinked`, `host_not_allowed` (which names the service), `request_refused`: then nothing was sent, and
 * never anything unsigned.
 */
export async function deliverWithAccount(deps: AccountDeps, input: AccountRequest): Promise<Delivery> {
  const found = await getUsableAccount(deps, input.actor, input.account);
  const opened = await openServiceOf(deps, found.serviceId);
  const account = await renewIfDue(deps, found, opened);
  const credentials = linkedCredentials(deps, account, opened);
  if (input.ignoreCertificate) {
    const message = `A request signed with '${account.name}' is sent only over a verified connection.`;
    throw new HubError('request_refused', message);
  }
  const delivery = await deliverSigned(deps, opened, credentials, toOutbound(input), {
    accountId: account.id,
    ...(input.runId !== undefined && { runId: input.runId }),
    ...(input.timeoutMs !== undefined && { timeoutMs: input.timeoutMs }),
    ...(input.onLimit !== undefined && { onLimit: input.onLimit }),
  });
  await noteAnswer(deps, { account, opened, credentials }, delivery);
  return delivery;
}

/** By id or uri. Throws `not_found`, also for what the actor may not see. */
export async function getVisibleAccount(db: Knex, actor: Actor, ref: string): Promise<ConnectedAccount> {
  const account = await findAccount(db, ref);
  if (!account || !maySeeAccount(actor, account)) {
    throw new HubError('not_found', 'There is no such connected account, or you may not see it.');
  }
  return account;
}

/** As above, and throws `forbidden`, naming both owners and the remedy, when the actor may not use it. */
export async function getUsableAccount(
  deps: { db: Knex; owners: Pick<Owners, 'label'> },
  actor: Actor,
  ref: string,
): Promise<ConnectedAccount> {
  const account = await getVisibleAccount(deps.db, actor, ref);
  const reason = await whyNotUsable(deps.owners, actor, account);
  if (reason !== undefined) throw new HubError('forbidden', reason);
  return account;
}

/** Why the actor may not use the account, with the remedy; undefined when it may. */
export async function whyNotUsable(
  owners: Pick<Owners, 'label'>,
  actor: Actor,
  account: ConnectedAccount,
): Promise<string | undefined> {
  if (mayUseAccount(actor, account)) return undefined;
  const accountOwner = await possessive(owners, account.owner);
  if (actor.kind !== 'bot') {
    return `The account '${account.name}' belongs to ${accountOwner}: only ${usersOf[account.owner.context]} may use it. Ask an admin, or connect an account of your own.`;
  }
  const botOwner = await possessive(owners, actor.owner);
  return `The bot '${actor.name}' belongs to ${botOwner} and may not use the account '${account.name}', which belongs to ${accountOwner}. Give both the same owner, or choose an account of ${botOwner}.`;
}

/** What signing and sending a request takes. */
export type SigningDeps = Pick<AccountDeps, 'deliver' | 'clocks' | 'withinBudget'>;

/**
 * Signs and sends one request within the budget of its route; the door signs each try afresh, by the clock of the
 * remote service. A refused host is named with the service, and the error carries both, so that a page can offer an
 * admin to allow it. Throws `rate_limited` when the service allows no more for now.
 */
export async function deliverSigned(
  { deliver, clocks, withinBudget }: SigningDeps,
  opened: OpenService,
  credentials: Credentials,
  request: OutboundRequest,
  { onLimit, ...context }: BudgetContext & { runId?: string },
): Promise<Delivery> {
  requireSigningKey(opened, 'request_refused');
  const { service, provider, params } = opened;
  const { origin } = request.url;
  await clocks.refresh();
  const send = (timeoutMs: number) =>
    deliver(request, {
      ...context,
      timeoutMs,
      purpose: 'request',
      allowedHosts: service.allowedHosts,
      serviceId: service.id,
      serviceName: service.name,
      secrets: provider.secrets(params, credentials),
      authorize: (copy) =>
        provider.authorize(copy, params, credentials, clocks.freshness(origin, service.id)),
      retryRefused: (answer) => refusesFreshness(clocks, provider, request, answer),
    });
  try {
    const budget = { ...context, ...(onLimit !== undefined && { onLimit }) };
    const delivery = await withinBudget(opened, request, budget, send);
    await clocks.conclude(origin, delivery.response);
    return delivery;
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'host_not_allowed') throw error;
    const host = request.url.host;
    throw new HubError(
      'host_not_allowed',
      `Service '${service.name}' does not allow the host ${host}. An admin can add it to the service's allowed hosts.`,
      {
        cause: error,
        extra: { host, service: { context: serviceContext, id: service.id, label: service.name } },
      },
    );
  }
}

/** What the account signs with. Throws `account_unlinked` with the remedy. */
export function linkedCredentials(
  deps: Pick<AccountDeps, 'vault' | 'now'>,
  account: ConnectedAccount,
  opened: OpenService,
): Credentials {
  const credentials = openCredentials(deps.vault, account);
  const status = statusAt(account, deps.now());
  const isUsable = status !== 'expired' && status !== 'revoked' && account.life.found === null;
  if (credentials && isUsable) return credentials;
  const link = howToLink(opened, opened.service.name);
  const why = account.lastError === null ? '' : ` ${account.lastError}`;
  const message = !credentials
    ? `The account '${account.name}' is not linked. ${link}`
    : account.life.found !== null
      ? `The account '${account.name}' is stopped.${why}`
      : `The account '${account.name}' is ${status}. ${why.trim() || link}`;
  const extra = { account: { context: accountContext, id: account.id, label: account.name } };
  throw new HubError('account_unlinked', message, { extra });
}

/** A request before it is signed. Throws `request_refused` for a URL that cannot be read. */
export function toOutbound({ method, url, headers, body }: RequestFields): OutboundRequest {
  if (!URL.canParse(url)) throw new HubError('request_refused', 'The URL of the request cannot be read.');
  const request: OutboundRequest = { method: method.toUpperCase(), url: new URL(url), headers: [...headers] };
  if (body === undefined) return request;
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  // As Cerb does: a text body without a type is a form.
  if (!hasType && typeof body === 'string')
    request.headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  return { ...request, body: typeof body === 'string' ? new TextEncoder().encode(body) : body };
}

/** Whom an owner's things serve, in a sentence. */
const usersOf = { app: 'admins', group: 'its members and admins', worker: 'that worker and admins' } as const;

async function possessive(owners: Pick<Owners, 'label'>, owner: Owner): Promise<string> {
  if (owner.context === 'app') return 'the application';
  const label = await owners.label(owner);
  return owner.context === 'group' ? `the ${label.replace(/^G/, 'g')}` : `the worker ${label}`;
}
