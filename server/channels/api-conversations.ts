/** /api/v1/conversations: what came in and went out, and answering. */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ApiCall, type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import { conversationJson, messageJson } from './api-words.ts';
import { type Deps, listConversations, listThread, replyAsWorker } from './conversations.ts';

export type { Deps };

const reply = z.strictObject({
  text: z.string(),
  buttons: z.array(z.strictObject({ label: z.string(), payload: z.string().optional() })).optional(),
});

export function conversationRoutes(deps: Deps): ApiRoute[] {
  const idOf = (call: Pick<ApiCall, 'params'>) => call.params.id ?? '';
  return [
    {
      method: 'GET',
      path: '/conversations',
      summary: 'Conversations, spoken in last first; ?channel=ID, ?state=open or closed',
      access: 'admin',
      async handle({ query, actor }) {
        const { limit, after } = pageAsked(query);
        const channelId = query.get('channel') ?? undefined;
        const found = await listConversations(deps, {
          actor,
          channelId,
          state: readState(query.get('state')),
          limit: limit + 1,
          after,
        });
        const items = found.slice(0, limit).map(conversationJson);
        return { body: { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null } };
      },
    },
    {
      method: 'GET',
      path: '/conversations/:id/messages',
      summary: 'Messages of a conversation, newest first',
      access: 'admin',
      async handle(call) {
        const { limit, after } = pageAsked(call.query);
        const found = await listThread(deps, { actor: call.actor, id: idOf(call), limit: limit + 1, after });
        const items = found.slice(0, limit).map(messageJson);
        return { body: { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null } };
      },
    },
    apiRoute({
      method: 'POST',
      path: '/conversations/:id/messages',
      summary: 'Answer in a conversation; the message is queued, and the bot is silent for a time',
      access: 'admin',
      body: reply,
      keepsAnswer: true,
      async handle(call) {
        const { text, buttons = [] } = call.body;
        const message = await replyAsWorker(deps, {
          actor: call.actor,
          id: idOf(call),
          text,
          buttons: buttons.map(({ label, payload = label }) => ({ label, payload })),
        });
        return { status: 201, body: messageJson(message) };
      },
    }),
  ];
}

function readState(text: string | null): 'open' | 'closed' | undefined {
  if (text === null || text === 'open' || text === 'closed') return text ?? undefined;
  throw new HubError('bad_request', "'state' must be open or closed.");
}

/** `after` is an id: newest first, names play no part. */
function pageAsked(query: URLSearchParams): { limit: number; after: string | undefined } {
  const sized = new URLSearchParams({ limit: query.get('limit') ?? '50' });
  return { limit: readPaging(sized).limit, after: query.get('after') || undefined };
}
