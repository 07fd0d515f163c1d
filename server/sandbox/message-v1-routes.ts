/** Direct messages by version 1.1 of the API: the one with buttons. */
import { Router } from '@koa/router';
import { authenticateCall, countMessage } from './authenticate.ts';
import type { User } from './consumer.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { tellAfterAnswer } from './deliver.ts';
import { answerJson, answerNothing, type SandboxState } from './exchange.ts';
import { messageSent } from './happenings.ts';
import { readJsonBody } from './json-body.ts';
import { appsOf, messageV1 } from './message-shapes.ts';
import type { Message } from './messages.ts';
import { first, type Parameters, readPage } from './parameters.ts';
import { readEventBody } from './read-message.ts';
import { Refusal } from './refusal.ts';
import { sendMessage } from './send-message.ts';
import { findUserById, type World } from './world.ts';

const level = 'read-write-directmessages';

export function messageV1Routes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/1.1/direct_messages/events' });

  router.post('/new.json', async (ctx) => {
    const { token } = authenticateCall(world, ctx, level);
    const { now, wire } = ctx.state.exchange;
    const { recipientId, ...content } = readEventBody(readJsonBody(wire));
    const to = findUserById(world, recipientId);
    if (!to) throw new Refusal('noSuchRecipient', 'recipient');
    countMessage(world, ctx, token);
    const message = sendMessage(world, { from: token.user, to, via: token.consumer, ...content }, now);
    answerJson(ctx, { event: messageV1(message, world.users) });
    await tellAfterAnswer(world, ctx, messageSent(message, world.users));
  });

  router.get('/list.json', (ctx) => {
    const { token, parameters } = authenticateCall(world, ctx, level);
    const { count } = readPage(
      parameters,
      { count: 'count', sinceId: 'since_id', maxId: 'max_id' },
      { least: 1, most: 50, default: 20 },
    );
    const before = readCursor(first(parameters, 'cursor'));
    const page = { count, ...(before !== undefined && { before }) };
    const { messages, more } = world.messages.page(token.user, page, ctx.state.exchange.now);
    answerJson(ctx, {
      next_cursor: more ? writeCursor(messages.at(-1)?.id ?? 0n) : undefined,
      events: messages.map((message) => messageV1(message, world.users)),
      apps: appsOf(messages),
    });
  });

  router.get('/show.json', (ctx) => {
    const { token, parameters } = authenticateCall(world, ctx, level);
    const message = findSeen(world, token.user, parameters);
    answerJson(ctx, { event: messageV1(message, world.users), apps: appsOf([message]) });
  });

  router.delete('/destroy.json', (ctx) => {
    const { token, parameters } = authenticateCall(world, ctx, level);
    findSeen(world, token.user, parameters).deletedBy.add(token.user);
    answerNothing(ctx);
  });

  return router;
}

function findSeen(world: World, user: User, parameters: Parameters): Message {
  const message = world.messages.find(first(parameters, 'id') ?? '', user);
  if (!message) throw new Refusal('noSuchPage', 'message');
  return message;
}
