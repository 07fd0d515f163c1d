/** The sandbox as a service that speaks OAuth 2.0: consent, tokens, refresh, revocation, and calls by bearer token. */
import { Router } from '@koa/router';
import { refuseStrangers } from './control-routes.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { readJsonBody } from './json-body.ts';
import { consentPath, showOAuth2Consent, takeOAuth2Decision } from './oauth2-consent.ts';
import { createOAuth2Grants, type OAuth2Grants, type OAuth2Rules, usualRules } from './oauth2-grants.ts';
import { OAuth2Refusal, refusing } from './oauth2-refusal.ts';
import { issueTokens, revokeToken } from './oauth2-token.ts';
import { Refusal } from './refusal.ts';
import type { Views } from './views.ts';
import { headerValues } from './wire-request.ts';
import type { World } from './world.ts';

/** Its apps are those of OAuth 1.0a: client id and client secret are consumer key and consumer secret. */
export function oauth2Routes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();
  const grants = createOAuth2Grants(world.randomBytes);
  const rules: OAuth2Rules = { ...usualRules };
  const parts = { world, views, grants, rules };

  router.get(consentPath, (ctx) => showOAuth2Consent(parts, ctx));
  router.post(consentPath, (ctx) => takeOAuth2Decision(parts, ctx));
  router.post(
    '/oauth2/access_token',
    refusing((ctx) => issueTokens(parts, ctx)),
  );
  router.post(
    '/oauth2/revoke',
    refusing((ctx) => revokeToken(parts, ctx)),
  );
  router.all(
    '/oauth2/me',
    refusing((ctx) => answerMe(grants, ctx)),
  );
  router.post('/_sandbox/oauth2', (ctx) => {
    refuseStrangers(world, ctx);
    changeRules(rules, readJsonBody(ctx.state.exchange.wire));
    answerJson(ctx, { ...rules });
  });
  return router;
}

/** Who the token speaks for: a person, or the app itself. */
function answerMe(grants: OAuth2Grants, ctx: SandboxContext): void {
  const { entry, wire, now } = ctx.state.exchange;
  const [, bearer = ''] = /^Bearer (\S+)$/.exec(headerValues(wire, 'authorization')[0] ?? '') ?? [];
  const token = grants.findToken(bearer);
  if (token?.kind !== 'access' || token.consent.isRevoked || (token.endsAt ?? now) <= now)
    throw new OAuth2Refusal('invalid_token', 'access token');
  const { consumer, user, scope } = token.consent;
  entry.verified.push('access token');
  entry.authenticated = { consumer: consumer.name, user: user?.screenName ?? null };
  answerJson(ctx, {
    id: user?.id ?? consumer.appId ?? consumer.key,
    username: user?.screenName ?? consumer.name,
    scope,
    method: ctx.method,
  });
}

function changeRules(rules: OAuth2Rules, changes: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(changes)) {
    const isKnown = Object.hasOwn(rules, name) && typeof value === typeof rules[name as keyof OAuth2Rules];
    if (!isKnown) throw new Refusal('badRequest', name);
  }
  Object.assign(rules, changes);
}
