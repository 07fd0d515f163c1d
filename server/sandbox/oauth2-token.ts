/** The token endpoint: a code, a refresh token or the app's own secret for an access token (RFC 6749, RFC 7636). */
import { createHash } from 'node:crypto';
import type { Consumer } from './consumer.ts';
import { answerJson, type SandboxContext } from './exchange.ts';
import type { Consent, OAuth2Grants, OAuth2Rules } from './oauth2-grants.ts';
import { OAuth2Refusal } from './oauth2-refusal.ts';
import { first, type Parameters } from './parameters.ts';
import { parseForm, percentDecode, writeForm } from './percent.ts';
import { isSame } from './signature.ts';
import { headerValues, wireForm } from './wire-request.ts';
import type { World } from './world.ts';

interface Parts {
  world: World;
  grants: OAuth2Grants;
  rules: OAuth2Rules;
}

/** Issues by `grant_type`. Throws OAuth2Refusal. */
export function issueTokens(parts: Parts, ctx: SandboxContext) {
  const form = readForm(ctx);
  const consumer = authenticateClient(parts, ctx, form);
  const consent = consentOf(parts, ctx, consumer, form);
  const { lifetimeSeconds, rotates, answers } = parts.rules;
  const { now, entry } = ctx.state.exchange;
  entry.authenticated = { consumer: consumer.name, user: consent.user?.screenName ?? null };
  const isRefresh = first(form, 'grant_type') === 'refresh_token';
  const withRefresh = consent.user !== null && (rotates || !isRefresh);
  const answer = {
    access_token: parts.grants.issueToken(consent, 'access', now + lifetimeSeconds * 1000),
    token_type: 'bearer',
    expires_in: lifetimeSeconds,
    ...(withRefresh && { refresh_token: parts.grants.issueToken(consent, 'refresh', null) }),
    ...(consent.scope !== '' && { scope: consent.scope }),
  };
  if (answers === 'json') return answerJson(ctx, answer);
  ctx.status = 200;
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body = writeForm(Object.entries(answer).map(([name, value]) => [name, String(value)]));
}

/** Ends all that came of the consent a token belongs to (RFC 7009). */
export function revokeToken(parts: Parts, ctx: SandboxContext): void {
  const form = readForm(ctx);
  const consumer = authenticateClient(parts, ctx, form);
  const token = parts.grants.findToken(first(form, 'token') ?? '');
  if (token?.consent.consumer === consumer) token.consent.isRevoked = true;
  answerJson(ctx, {});
}

function consentOf(parts: Parts, ctx: SandboxContext, consumer: Consumer, form: Parameters): Consent {
  switch (first(form, 'grant_type')) {
    case 'authorization_code':
      return redeemCode(parts, ctx, consumer, form);
    case 'refresh_token':
      return redeemRefresh(parts, ctx, consumer, form);
    case 'client_credentials':
      return { consumer, user: null, scope: first(form, 'scope') ?? '', isRevoked: false };
    default:
      throw new OAuth2Refusal('unsupported_grant_type', 'grant type');
  }
}

/** A code is good once; who brings it twice ends what it was good for (RFC 6749 §4.1.2). */
function redeemCode({ grants }: Parts, ctx: SandboxContext, consumer: Consumer, form: Parameters): Consent {
  const { now, entry } = ctx.state.exchange;
  const code = grants.findCode(first(form, 'code') ?? '');
  if (code?.consent.consumer !== consumer) throw new OAuth2Refusal('invalid_grant', 'code');
  if (code.isUsed) code.consent.isRevoked = true;
  if (code.isUsed || code.endsAt <= now) throw new OAuth2Refusal('invalid_grant', 'code used or expired');
  code.isUsed = true;
  if (first(form, 'redirect_uri') !== code.redirectUri)
    throw new OAuth2Refusal('invalid_grant', 'redirect uri');
  const verifier = first(form, 'code_verifier');
  if (code.challenge !== undefined) {
    const isProven = verifier !== undefined && /^[\w.~-]{43,128}$/.test(verifier);
    const challenge = createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url');
    if (!isProven || !isSame(challenge, code.challenge))
      throw new OAuth2Refusal('invalid_grant', 'code verifier');
    entry.verified.push('code verifier');
  } else if (verifier !== undefined)
    throw new OAuth2Refusal('invalid_grant', 'code verifier without challenge');
  entry.verified.push('code');
  return code.consent;
}

/** With rotation a refresh token that comes twice was stolen, by one of the two: everything ends (RFC 9700 §4.14). */
function redeemRefresh(
  { grants, rules }: Parts,
  ctx: SandboxContext,
  consumer: Consumer,
  form: Parameters,
): Consent {
  const token = grants.findToken(first(form, 'refresh_token') ?? '');
  if (token?.kind !== 'refresh' || token.consent.consumer !== consumer)
    throw new OAuth2Refusal('invalid_grant', 'refresh token');
  if (token.isUsed && rules.rotates) token.consent.isRevoked = true;
  if (token.consent.isRevoked) throw new OAuth2Refusal('invalid_grant', 'consent revoked');
  token.isUsed = true;
  ctx.state.exchange.entry.verified.push('refresh token');
  return token.consent;
}

/** By Basic header or in the form (RFC 6749 §2.3.1), never both. */
function authenticateClient({ world, rules }: Parts, ctx: SandboxContext, form: Parameters): Consumer {
  const { wire, entry } = ctx.state.exchange;
  const [, basic] = /^Basic (\S+)$/.exec(headerValues(wire, 'authorization')[0] ?? '') ?? [];
  const inForm = first(form, 'client_secret');
  if (basic !== undefined && inForm !== undefined) throw new OAuth2Refusal('invalid_request', 'two secrets');
  const way = basic === undefined ? 'post' : 'basic';
  if (rules.clientAuth !== 'any' && rules.clientAuth !== way)
    throw new OAuth2Refusal('invalid_client', `client authentication by ${way}`);
  const [id, secret] =
    basic === undefined
      ? [first(form, 'client_id'), inForm]
      : Buffer.from(basic, 'base64').toString('latin1').split(':').map(decodePart);
  const consumer = world.consumers.get(id ?? '');
  if (!consumer || secret === undefined || !isSame(secret, consumer.secret))
    throw new OAuth2Refusal('invalid_client', 'client');
  entry.verified.push(`client by ${way}`);
  return consumer;
}

function decodePart(text: string): string | undefined {
  return percentDecode(text.replaceAll('+', '%20'));
}

function readForm(ctx: SandboxContext): Parameters {
  const form = parseForm(wireForm(ctx.state.exchange.wire)) ?? [];
  const names = form.map(([name]) => name);
  if (new Set(names).size < names.length) throw new OAuth2Refusal('invalid_request', 'doubled parameter');
  return form;
}
