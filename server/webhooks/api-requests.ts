/** What came in on a listener, and trying one. */
import { z } from 'zod';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import { getListener } from './listeners.ts';
import type { RunRequestDeps } from './run-request.ts';
import { listRequests, type WebhookRequest } from './store-requests.ts';
import { tryListener } from './try-listener.ts';

export type RequestsApiDeps = Pick<RunRequestDeps, 'db' | 'runBehavior'>;

const trial = z.strictObject({
  method: z.string().max(16).default('POST'),
  query: z.string().default(''),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
});

export function requestsApi(deps: RequestsApiDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/webhook-listeners/:id/requests',
      summary: 'List the requests that came in on a webhook listener, newest first',
      access: 'admin',
      async handle({ params: { id = '' }, query }) {
        const { limit } = readPaging(new URLSearchParams({ limit: query.get('limit') ?? '50' }));
        await getListener(deps.db, id);
        const after = query.get('after') || undefined;
        const rows = await listRequests(deps.db, id, { limit: limit + 1, after });
        const items = rows.slice(0, limit);
        const next = rows.length > limit ? (items.at(-1)?.id ?? null) : null;
        return { body: { items: items.map(requestJson), next } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/webhook-listeners/:id/test',
      summary: 'Simulate what a webhook listener would answer; nothing real happens',
      access: 'admin',
      body: trial,
      async handle({ params: { id = '' }, body, actor }) {
        const { answer, run } = await tryListener(deps, { actor, listenerId: id, trial: body });
        const { run_id, status, transcript, error } = run;
        return { body: { answer: answerJson(answer), run: { run_id, status, transcript, error } } };
      },
    }),
  ];
}

function answerJson({
  status,
  contentType,
  headers,
  body,
}: Awaited<ReturnType<typeof tryListener>>['answer']) {
  const own = (headers ?? []).filter(([name]) => name !== 'Content-Security-Policy');
  return { status, content_type: contentType ?? null, headers: Object.fromEntries(own), body: body ?? '' };
}

/** Without what was sent: that is forgotten when the run begins. */
function requestJson(request: WebhookRequest): Record<string, unknown> {
  const { id, method, address, size, state, fault, status, receivedAt, answeredAt } = request;
  return {
    id,
    method,
    address,
    size,
    state,
    fault,
    run_id: request.runId,
    status,
    received_at: new Date(receivedAt).toISOString(),
    answered_at: answeredAt === null ? null : new Date(answeredAt).toISOString(),
  };
}
