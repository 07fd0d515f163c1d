/** Second leg: the page where a person lets an app in, or not. Source: RFC 5849 §2.2. */
import { createHmac } from 'node:crypto';
import { Router } from '@koa/router';
import { isAllowedCallback } from './callback.ts';
import { abilitiesOf, lesserLevel } from './consumer.ts';
import { checkWanted } from './demands.ts';
import { pathPattern } from './endpoint.ts';
import type { SandboxContext, SandboxState } from './exchange.ts';
import { first, type Parameters } from './parameters.ts';
import { parseForm } from './percent.ts';
import { playedTitle } from './profile.ts';
import { Refusal } from './refusal.ts';
import { isSame } from './signature.ts';
import { takeNo, takeYes } from './take-decision.ts';
import type { RequestToken } from './tokens.ts';
import type { Views } from './views.ts';
import { wireForm, wireQuery } from './wire-request.ts';
import { findUser, type World } from './world.ts';

const cookieName = 'sandbox_browser';

/** `/oauth/authorize` gives what the app is registered for, `/oauth/authenticate` never direct messages, as at Twitter. */
export function consentRoutes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();
  const formKey = world.randomBytes(32);
  for (const endpoint of world.profile.endpoints) {
    if (endpoint.of !== 'authorize') continue;
    router.get(pathPattern(endpoint), (ctx, next) =>
      isHere(ctx) ? showConsent(world, views, ctx, formKey) : next(),
    );
    router.post(pathPattern(endpoint), (ctx, next) =>
      isHere(ctx) ? takeDecision(world, views, ctx, formKey) : next(),
    );
  }
  return router;
}

function isHere(ctx: SandboxContext): boolean {
  return ctx.state.exchange.entry.endpoint === 'authorize';
}

function showConsent(world: World, views: Views, ctx: SandboxContext, formKey: Uint8Array) {
  const { profile } = world;
  const { wire, entry } = ctx.state.exchange;
  const asked = readPairs(wireQuery(wire));
  const request = findPending(world, ctx, first(asked, profile.authorizeToken));
  if (!request) return showStale(views, ctx);
  checkWanted(profile.wanted.authorize, asked, entry.verified);
  learnCallback(world, request, asked);

  let browser = ctx.cookies.get(cookieName);
  if (!browser) {
    browser = Buffer.from(world.randomBytes(16)).toString('base64url');
    ctx.cookies.set(cookieName, browser, {
      httpOnly: true,
      sameSite: 'lax',
      path: ctx.path,
      overwrite: true,
    });
  }
  const picked = findUser(world, first(asked, 'screen_name') ?? '') ?? world.users[0];
  const returnsTo =
    request.callback === null || request.callback === 'oob' ? null : new URL(request.callback);
  const service = playedTitle(profile);
  const model = {
    title: `Authorize ${request.consumer.name}`,
    service,
    app: request.consumer.name,
    // With its query: some services' address consists of it, and what was asked for is asked for still.
    action: ctx.url,
    token: request.token,
    csrf: formCode(formKey, browser, request),
    abilities: service === null ? abilitiesOf(levelHere(ctx, request)) : null,
    asked: service === null ? [] : shownOf(asked, profile.authorizeToken),
    users: world.users.map((user) => ({ ...user, isPicked: user === picked })),
    returnsTo: returnsTo?.host ?? null,
  };
  // Browsers apply form-action to the redirect that answers the form, so the callback has to be allowed.
  views.answer(ctx, 'consent', model, { formTargets: returnsTo ? [returnsTo.origin] : [] });
}

function takeDecision(world: World, views: Views, ctx: SandboxContext, formKey: Uint8Array) {
  const { wire, entry } = ctx.state.exchange;
  const asked = readPairs(wireQuery(wire));
  const form = readPairs(wireForm(wire));
  const request = findPending(world, ctx, first(form, 'oauth_token'));
  if (!request) return showStale(views, ctx);
  const browser = ctx.cookies.get(cookieName) ?? '';
  if (browser === '' || !isSame(first(form, 'csrf') ?? '', formCode(formKey, browser, request))) {
    entry.refused = 'form code';
    const model = {
      title: 'Start again',
      text: 'This form was not made for this browser, or cookies are off.',
    };
    return views.answer(ctx, 'message', model, { status: 403 });
  }
  entry.verified.push('form code');

  const isYes = first(form, 'decision') === 'authorize' && !world.faults.take('deny-consent', entry);
  if (!isYes) return takeNo(world, views, ctx, request);
  const user = findUser(world, first(form, 'user') ?? '');
  if (!user) throw new Refusal('badRequest', 'user');
  request.accessLevel = levelHere(ctx, request);
  takeYes(world, views, ctx, { request, user, asked });
}

/** A request token nobody has decided on yet. */
function findPending(world: World, ctx: SandboxContext, token: string | undefined): RequestToken | undefined {
  const request = world.tokens.findRequest(token ?? '', ctx.state.exchange.now);
  return request?.approved ? undefined : request;
}

/** OAuth 1.0 tells the callback here; an app that tells none gets its registered one. */
function learnCallback({ profile }: World, request: RequestToken, asked: Parameters): void {
  if (request.callback !== null) return;
  const told = first(asked, 'oauth_callback');
  if (told !== undefined && !isAllowedCallback(profile, request.consumer, told))
    throw new Refusal('badCallback', 'callback');
  request.callback = told ?? request.consumer.callbacks[0] ?? null;
}

function showStale(views: Views, ctx: SandboxContext): void {
  ctx.state.exchange.entry.refused = 'request token';
  const text =
    'The request token of this page is unknown, used or expired. Go back to the app and start again.';
  views.answer(ctx, 'message', { title: 'This page is no longer valid', text }, { status: 403 });
}

function levelHere(ctx: SandboxContext, request: RequestToken) {
  return ctx.path === '/oauth/authenticate'
    ? lesserLevel(request.accessLevel, 'read-write')
    : request.accessLevel;
}

function shownOf(asked: Parameters, tokenName: string): { name: string; value: string }[] {
  return asked
    .filter(([name]) => name !== tokenName && name !== 'oauth_callback')
    .map(([name, value]) => ({ name, value }));
}

// Bound to browser and request token, so that no other page can press the button.
function formCode(key: Uint8Array, browser: string, request: RequestToken): string {
  return createHmac('sha256', key).update(`${browser}.${request.token}`).digest('base64url');
}

function readPairs(wire: string): [string, string][] {
  const pairs = parseForm(wire);
  if (!pairs) throw new Refusal('badRequest', 'form');
  return pairs;
}
