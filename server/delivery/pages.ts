/** The Activity pages: what was sent for an account, and one delivery in detail. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import type { PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { isId } from '../id.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { type Deps as ExplainDeps, openDelivery } from './explain.ts';
import type { ShownBody } from './redact.ts';
import { findDelivery, type LoggedDelivery, listDeliveries } from './store.ts';

export interface Deps extends ExplainDeps {
  db: Knex;
  /** The door, whose latest results may not be in the database yet. */
  deliver: { flush(): Promise<void> };
  mayUseAccount(actor: Actor, accountId: string): Promise<boolean>;
  /** Accounts the actor may use, by name. */
  listAccounts(actor: Actor): Promise<{ id: string; name: string }[]>;
}

const pageSize = 50;

export function deliveryPages(deps: Deps): PageRoute[] {
  return [
    { method: 'GET', path: '/activity', access: 'worker', handle: (visit) => showList(deps, visit) },
    { method: 'GET', path: '/activity/:id', access: 'worker', handle: (visit) => showOne(deps, visit) },
  ];
}

async function showList(deps: Deps, visit: Visit) {
  const worker = signedIn(visit);
  await deps.deliver.flush();
  const accounts = await deps.listAccounts(worker);
  const account = visit.query.get('account') ?? '';
  if (account !== '' && !(await maySee(deps, worker, account))) throw notFound();
  const after = visit.query.get('after') ?? '';
  const found = await listDeliveries(deps.db, {
    ...(account !== '' && { accountIds: [account] }),
    ...(account === '' && !isAdmin(worker) && { accountIds: accounts.map(({ id }) => id) }),
    ...(isId(after) && { after }),
    limit: pageSize + 1,
  });
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const rows = found.slice(0, pageSize);
  const more = new URLSearchParams({ ...(account !== '' && { account }), after: rows.at(-1)?.id ?? '' });
  return {
    view: 'delivery/list',
    model: {
      title: 'Activity',
      deliveries: rows.map((delivery) => toRow(delivery, names)),
      accounts: [
        { value: '', label: 'All accounts', selected: account === '' },
        ...accounts.map(({ id, name }) => ({ value: id, label: name, selected: id === account })),
      ],
      next: found.length > pageSize ? `/activity?${more}` : undefined,
    },
  };
}

async function showOne(deps: Deps, visit: Visit) {
  const worker = signedIn(visit);
  await deps.deliver.flush();
  const delivery = await findDelivery(deps.db, visit.params.id ?? '');
  if (!delivery || !(await maySee(deps, worker, delivery.accountId))) throw notFound();
  const { request, signature, problem } = await openDelivery(deps, delivery);
  const names = new Map((await deps.listAccounts(worker)).map(({ id, name }) => [id, name]));
  return {
    view: 'delivery/detail',
    model: {
      title: `${delivery.method} ${hostOf(delivery.url)}`,
      delivery: toRow(delivery, names),
      request: request && messageText(`${request.method} ${request.url}`, request.headers, request.body),
      answer:
        delivery.answer &&
        messageText(`HTTP ${delivery.answer.status}`, delivery.answer.headers, delivery.answer.body),
      isTokenAnswer: delivery.purpose === 'token',
      signature,
      isComparable: signature?.some(({ label }) => label === 'Base string') ?? false,
      problem,
    },
  };
}

/** Admins see everything, also what belongs to no account or to one that is gone. */
async function maySee(deps: Deps, worker: WorkerActor, accountId: string | null): Promise<boolean> {
  if (isAdmin(worker)) return true;
  return accountId !== null && deps.mayUseAccount(worker, accountId);
}

function toRow(delivery: LoggedDelivery, names: ReadonlyMap<string, string>) {
  const { id, method, url, accountId, startedAt, tookMs, connectedTo, runId, fault } = delivery;
  return {
    ...{ id, method, url, accountId, startedAt, tookMs, connectedTo, runId },
    fault: fault?.message,
    account: accountId === null ? undefined : names.get(accountId),
    outcome: outcomeOf(delivery),
  };
}

function outcomeOf({ state, status, fault }: LoggedDelivery): { text: string; kind: string } {
  switch (state) {
    case 'sending':
      return { text: 'Being sent', kind: 'info' };
    case 'answered':
      return { text: String(status), kind: fault || (status ?? 0) >= 400 ? 'bad' : 'ok' };
    case 'failed':
      return { text: 'Not sent', kind: 'bad' };
    case 'refused':
      return { text: 'Refused here', kind: 'bad' };
    case 'unknown':
      return { text: 'Sent, not answered', kind: 'warn' };
  }
}

/** A request or an answer as text; the page escapes it, whatever type the remote side claims. */
function messageText(start: string, headers: [string, string][], body: ShownBody | null): string {
  const lines = [start, ...headers.map(([name, value]) => `${name}: ${value}`), ''];
  if (body?.text) lines.push(body.text);
  else if (body?.base64) lines.push('[binary, base64]', body.base64);
  if (body?.truncated) lines.push('[the rest is not kept]');
  return lines.join('\n');
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function signedIn({ worker }: Visit): WorkerActor {
  if (!worker) throw new HubError('unauthorized');
  return worker;
}

function notFound(): HubError {
  return new HubError('not_found', 'There is no such delivery, or you may not see it.');
}
