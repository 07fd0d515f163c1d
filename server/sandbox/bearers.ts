/** Tokens by which an app calls as itself, and the endpoint that gives them. Source: RFC 6749 §4.4. */
import { Router } from '@koa/router';
import type { Consumer } from './consumer.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { first } from './parameters.ts';
import { parseForm, percentDecode } from './percent.ts';
import { Refusal } from './refusal.ts';
import { isSame } from './signature.ts';
import { headerValues, wireForm } from './wire-request.ts';
import type { World } from './world.ts';

export type Bearers = ReturnType<typeof createBearers>;

/** One token per app, the same until it is ended. */
export function createBearers(randomBytes: (size: number) => Uint8Array) {
  const tokens = new Map<Consumer, string>();
  return {
    issue(consumer: Consumer): string {
      const token = tokens.get(consumer) ?? `app-${Buffer.from(randomBytes(32)).toString('base64url')}`;
      tokens.set(consumer, token);
      return token;
    },
    find: (token: string): Consumer | undefined =>
      [...tokens].find(([, issued]) => isSame(issued, token))?.[0],
    end: (consumer: Consumer): boolean => tokens.delete(consumer),
  };
}

export function bearerRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>();

  router.post('/oauth2/token', (ctx) => {
    const consumer = authenticateBasic(world, ctx);
    const form = parseForm(wireForm(ctx.state.exchange.wire)) ?? [];
    if (first(form, 'grant_type') !== 'client_credentials') throw new Refusal('badCredentials', 'grant type');
    answerJson(ctx, { token_type: 'bearer', access_token: world.bearers.issue(consumer) });
  });

  router.post('/oauth2/invalidate_token', (ctx) => {
    const consumer = authenticateBasic(world, ctx);
    const token = world.bearers.issue(consumer);
    world.bearers.end(consumer);
    answerJson(ctx, { access_token: token });
  });

  return router;
}

// Both parts are percent-encoded before they are joined, as RFC 6749 §2.3.1 wants.
function authenticateBasic(world: World, ctx: SandboxContext): Consumer {
  const { entry, wire } = ctx.state.exchange;
  const [, basic = ''] = /^Basic (\S+)$/.exec(headerValues(wire, 'authorization')[0] ?? '') ?? [];
  const [key, secret] = Buffer.from(basic, 'base64').toString('latin1').split(':').map(percentDecode);
  const consumer = world.consumers.get(key ?? '');
  if (!consumer || secret === undefined || !isSame(secret, consumer.secret))
    throw new Refusal('badCredentials', 'consumer');
  entry.verified.push('consumer');
  entry.authenticated = { consumer: consumer.name, user: null };
  return consumer;
}
