/** Where a person lets an app in by OAuth 2.0, or not (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9207). */
import type { SandboxContext } from './exchange.ts';
import type { Asked, OAuth2Grants, OAuth2Rules } from './oauth2-grants.ts';
import { first, type Parameters } from './parameters.ts';
import { parseForm } from './percent.ts';
import { Refusal } from './refusal.ts';
import type { Views } from './views.ts';
import { wireForm, wireQuery } from './wire-request.ts';
import { findUser, type World } from './world.ts';

interface Parts {
  world: World;
  views: Views;
  grants: OAuth2Grants;
  rules: OAuth2Rules;
}

export const consentPath = '/oauth2/authorize';
const cookieName = 'sandbox_oauth2';

/** Shows who asks for what. An app or a callback that is not registered is told here and never sent back to. */
export function showOAuth2Consent(parts: Parts, ctx: SandboxContext) {
  const { world, views, grants } = parts;
  const asked = readPairs(wireQuery(ctx.state.exchange.wire));
  const consumer = world.consumers.get(first(asked, 'client_id') ?? '');
  const redirectUri = first(asked, 'redirect_uri') ?? '';
  if (!consumer) return refuse(views, ctx, 'client', 'No app is registered under this client id.');
  if (!consumer.callbacks.includes(redirectUri))
    return refuse(views, ctx, 'redirect uri', 'This callback is not registered for the app.');
  const state = first(asked, 'state');
  const fault = faultOf(parts.rules, asked);
  if (fault !== undefined) {
    ctx.state.exchange.entry.refused = fault;
    return sendBack(parts, ctx, { redirectUri, state }, [['error', 'invalid_request']]);
  }
  const scope = first(asked, 'scope') ?? '';
  const browser = browserOf(world, ctx);
  const challenge = first(asked, 'code_challenge');
  const id = grants.ask({ consumer, redirectUri, state, scope, challenge, browser });
  const model = {
    title: `Authorize ${consumer.name}`,
    service: null,
    app: consumer.name,
    action: consentPath,
    token: id,
    csrf: '',
    abilities: null,
    asked: scope === '' ? [] : [{ name: 'scope', value: scope }],
    users: world.users.map((user, index) => ({ ...user, isPicked: index === 0 })),
    returnsTo: new URL(redirectUri).host,
  };
  views.answer(ctx, 'consent', model, { formTargets: [new URL(redirectUri).origin] });
}

/** The person's word, once, from the browser that was shown the page. */
export function takeOAuth2Decision(parts: Parts, ctx: SandboxContext) {
  const { world, views, grants } = parts;
  const { entry, now } = ctx.state.exchange;
  const form = readPairs(wireForm(ctx.state.exchange.wire));
  const asked = grants.takeAsked(first(form, 'oauth_token') ?? '');
  if (!asked || asked.browser !== ctx.cookies.get(cookieName))
    return refuse(views, ctx, 'form', 'This page was not made for this browser, or was answered before.');
  const isYes = first(form, 'decision') === 'authorize' && !world.faults.take('deny-consent', entry);
  if (!isYes) return sendBack(parts, ctx, asked, [['error', 'access_denied']]);
  const user = findUser(world, first(form, 'user') ?? '');
  if (!user) throw new Refusal('badRequest', 'user');
  entry.authenticated = { consumer: asked.consumer.name, user: user.screenName };
  sendBack(parts, ctx, asked, [['code', grants.issueCode(asked, user, now)]]);
}

function faultOf(rules: OAuth2Rules, asked: Parameters): string | undefined {
  if (first(asked, 'response_type') !== 'code') return 'response type';
  const challenge = first(asked, 'code_challenge');
  if (challenge === undefined) return rules.requiresPkce ? 'code challenge' : undefined;
  const isSha256 = first(asked, 'code_challenge_method') === 'S256' && /^[\w-]{43}$/.test(challenge);
  return isSha256 ? undefined : 'code challenge';
}

function sendBack(
  { world, rules }: Parts,
  ctx: SandboxContext,
  { redirectUri, state }: Pick<Asked, 'redirectUri' | 'state'>,
  answer: [string, string][],
): void {
  const target = new URL(redirectUri);
  for (const [name, value] of answer) target.searchParams.set(name, value);
  if (state !== undefined) target.searchParams.set('state', state);
  if (rules.saysIssuer) target.searchParams.set('iss', issuerOf(world, ctx));
  ctx.redirect(target.href);
}

/** What the client believes to reach. */
function issuerOf(world: World, ctx: SandboxContext): string {
  const { scheme, host } = ctx.state.exchange.wire;
  return world.publicOrigins[0] ?? `${scheme}://${host}`;
}

function browserOf(world: World, ctx: SandboxContext): string {
  const known = ctx.cookies.get(cookieName);
  if (known) return known;
  const browser = Buffer.from(world.randomBytes(16)).toString('base64url');
  ctx.cookies.set(cookieName, browser, {
    httpOnly: true,
    sameSite: 'lax',
    path: consentPath,
    overwrite: true,
  });
  return browser;
}

function refuse(views: Views, ctx: SandboxContext, check: string, text: string): void {
  ctx.state.exchange.entry.refused = check;
  views.answer(ctx, 'message', { title: 'This page is not valid', text }, { status: 400 });
}

function readPairs(wire: string): [string, string][] {
  const pairs = parseForm(wire);
  if (!pairs) throw new Refusal('badRequest', 'form');
  return pairs;
}
