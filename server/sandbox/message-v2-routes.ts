/** Direct messages by version 2 of the API: text alone. */
import { Router } from '@koa/router';
import { authenticateCall, countMessage } from './authenticate.ts';
import type { User } from './consumer.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { tellAfterAnswer } from './deliver.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { messageSent } from './happenings.ts';
import { readJsonBody } from './json-body.ts';
import { conversationId, messageV2 } from './message-shapes.ts';
import { first, list, readPage } from './parameters.ts';
import { readMessageBody } from './read-message.ts';
import { Refusal } from './refusal.ts';
import { sendMessage } from './send-message.ts';
import { userV2 } from './shapes.ts';
import { findUserById, type World } from './world.ts';

const level = 'read-write-directmessages';

export function messageV2Routes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/2' });
  const getPeer = (id: string | undefined): User => {
    const peer = findUserById(world, id);
    if (!peer) throw new Refusal('noSuchRecipient', 'participant');
    return peer;
  };

  router.post('/dm_conversations/with/:id/messages', async (ctx) => {
    const { token } = authenticateCall(world, ctx, level);
    const { now, wire } = ctx.state.exchange;
    const { text } = readMessageBody(readJsonBody(wire));
    const to = getPeer(ctx.params.id);
    countMessage(world, ctx, token);
    const message = sendMessage(world, { from: token.user, to, via: token.consumer, text }, now);
    const data = { dm_conversation_id: conversationId(token.user, to), dm_event_id: String(message.id) };
    answerJson(ctx, { data }, 201);
    await tellAfterAnswer(world, ctx, messageSent(message, world.users));
  });

  router.get('/dm_conversations/with/:id/dm_events', (ctx) => {
    answerPage(world, ctx, getPeer(ctx.params.id));
  });

  router.get('/dm_events', (ctx) => answerPage(world, ctx, undefined));

  router.delete('/dm_events/:id', (ctx) => {
    const { token } = authenticateCall(world, ctx, level);
    const message = world.messages.find(ctx.params.id ?? '', token.user);
    if (!message) throw new Refusal('noSuchPage', 'message');
    message.deletedBy.add(token.user);
    answerJson(ctx, { data: { deleted: true } });
  });

  return router;
}

function answerPage(world: World, ctx: SandboxContext, peer: User | undefined) {
  const { token, parameters } = authenticateCall(world, ctx, level);
  const { count } = readPage(
    parameters,
    { count: 'max_results', sinceId: 'since_id', maxId: 'until_id' },
    { least: 1, most: 100, default: 100 },
  );
  const before = readCursor(first(parameters, 'pagination_token'));
  const page = { count, ...(before !== undefined && { before }), ...(peer && { peer }) };
  const { messages, more } = world.messages.page(token.user, page, ctx.state.exchange.now);
  const meta = {
    result_count: messages.length,
    next_token: more ? writeCursor(messages.at(-1)?.id ?? 0n) : undefined,
  };
  if (messages.length === 0) return answerJson(ctx, { meta });
  const fields = list(parameters, 'dm_event.fields');
  const expansions = list(parameters, 'expansions');
  const people = [...new Set(messages.flatMap(({ from, to }) => [from, to]))];
  const isExpanded = expansions.includes('sender_id') || expansions.includes('participant_ids');
  answerJson(ctx, {
    data: messages.map((message) => messageV2(message, world.users, [...fields, ...expansions])),
    includes: isExpanded
      ? { users: people.map((user) => userV2(user, list(parameters, 'user.fields'))) }
      : undefined,
    meta,
  });
}
