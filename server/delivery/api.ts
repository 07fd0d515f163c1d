/** Deliveries over the API, for admin keys: redacted, newest first. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import type { ApiRoute } from '../http/route.ts';
import { isId } from '../id.ts';
import { type Deps as ExplainDeps, openDelivery } from './explain.ts';
import type { ShownBody } from './redact.ts';
import { findDelivery, type LoggedDelivery, listDeliveries } from './store.ts';

export interface Deps extends ExplainDeps {
  db: Knex;
  /** The door, whose latest results may not be in the database yet. */
  deliver: { flush(): Promise<void> };
  /** The account's id by its id or uri; undefined for one that is gone or never was. */
  findAccountId(ref: string): Promise<string | undefined>;
}

export function deliveryApi(deps: Deps): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/deliveries',
      summary: 'Outgoing requests, newest first',
      access: 'admin',
      async handle({ query }) {
        await deps.deliver.flush();
        const account = await askedAccount(deps, query);
        const after = query.get('after');
        if (after !== null && !isId(after)) throw new HubError('bad_request', 'after must be an id.');
        const limit = readLimit(query.get('limit'));
        const found = await listDeliveries(deps.db, {
          ...(account !== null && { accountIds: [account] }),
          ...(after !== null && { after }),
          limit: limit + 1,
        });
        const items = found.slice(0, limit);
        const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
        return { body: { items: items.map(toJson), next } };
      },
    },
    {
      method: 'GET',
      path: '/deliveries/:id',
      summary: 'One outgoing request with its answer, its signature explained, and what was wrong',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        await deps.deliver.flush();
        const delivery = await findDelivery(deps.db, id);
        if (!delivery)
          throw new HubError('not_found', 'There is no such delivery, or it was deleted by age.');
        const { request, signature, problem } = await openDelivery(deps, delivery);
        const { answer } = delivery;
        return {
          body: {
            ...toJson(delivery),
            request: request && {
              method: request.method,
              url: request.url,
              headers: request.headers,
              ...bodyJson(request.body),
            },
            response: answer && { status: answer.status, headers: answer.headers, ...bodyJson(answer.body) },
            signature,
            problem: problem && {
              cause: problem.cause,
              message: problem.message,
              next_step: problem.nextStep,
            },
          },
        };
      },
    },
  ];
}

/** What an account sent stays listed under its id when it is deleted. */
async function askedAccount(deps: Deps, query: URLSearchParams): Promise<string | null> {
  const ref = query.get('account');
  return ref === null ? null : ((await deps.findAccountId(ref)) ?? ref);
}

function toJson(delivery: LoggedDelivery) {
  return {
    id: delivery.id,
    account_id: delivery.accountId,
    method: delivery.method,
    url: delivery.url,
    status: delivery.status,
    fault: delivery.fault,
    started_at: new Date(delivery.startedAt).toISOString(),
    took_ms: delivery.tookMs,
    run_id: delivery.runId,
    connected_to: delivery.connectedTo,
  };
}

function bodyJson(body: ShownBody | null) {
  return {
    body: body?.text ?? null,
    body_base64: body?.base64 ?? null,
    truncated: body?.truncated ?? false,
  };
}

function readLimit(text: string | null): number {
  if (text === null) return 50;
  const limit = Number(text);
  if (!/^\d{1,3}$/.test(text) || limit < 1 || limit > 200) {
    throw new HubError('bad_request', 'limit must be a number from 1 to 200.');
  }
  return limit;
}
