/** Second leg: the page where a person lets an app in, or not. Source: RFC 5849 §2.2. */
import { createHmac } from 'node:crypto';
import { Router } from '@koa/router';
import { abilitiesOf, lesserLevel } from './consumer.ts';
import type { SandboxContext, SandboxState } from './exchange.ts';
import { first, type Parameters } from './parameters.ts';
import { parseForm } from './percent.ts';
import { Refusal } from './refusal.ts';
import { isSame } from './signature.ts';
import type { RequestToken } from './tokens.ts';
import type { Views } from './views.ts';
import { wireForm, wireQuery } from './wire-request.ts';
import { findUser, type World } from './world.ts';

const cookieName = 'sandbox_browser';

/** `/oauth/authorize` gives what the app is registered for, `/oauth/authenticate` never direct messages, as at Twitter. */
export function consentRoutes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();
  const formKey = world.randomBytes(32);
  for (const path of ['/oauth/authorize', '/oauth/authenticate']) {
    router.get(path, (ctx) => showConsent(world, views, ctx, formKey));
    router.post(path, (ctx) => takeDecision(world, views, ctx, formKey));
  }
  return router;
}

function showConsent(world: World, views: Views, ctx: SandboxContext, formKey: Uint8Array) {
  const asked = readPairs(wireQuery(ctx.state.exchange.wire));
  const request = findPending(world, ctx, asked);
  if (!request) return showStale(views, ctx);

  let browser = ctx.cookies.get(cookieName);
  if (!browser) {
    browser = Buffer.from(world.randomBytes(16)).toString('base64url');
    ctx.cookies.set(cookieName, browser, {
      httpOnly: true,
      sameSite: 'lax',
      path: '/oauth/',
      overwrite: true,
    });
  }
  const picked = findUser(world, first(asked, 'screen_name') ?? '') ?? world.users[0];
  const model = {
    title: `Authorize ${request.consumer.name}`,
    app: request.consumer.name,
    action: ctx.path,
    token: request.token,
    csrf: formCode(formKey, browser, request),
    ...abilitiesOf(levelHere(ctx, request)),
    users: world.users.map((user) => ({ ...user, isPicked: user === picked })),
    returnsTo: request.callback === 'oob' ? null : new URL(request.callback).host,
  };
  // Browsers apply form-action to the redirect that answers the form, so the callback has to be allowed.
  const formTargets = request.callback === 'oob' ? [] : [new URL(request.callback).origin];
  views.answer(ctx, 'consent', model, { formTargets });
}

function takeDecision(world: World, views: Views, ctx: SandboxContext, formKey: Uint8Array) {
  const { wire, entry } = ctx.state.exchange;
  const form = readPairs(wireForm(wire));
  const request = findPending(world, ctx, form);
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

  if (first(form, 'decision') !== 'authorize') {
    world.tokens.dropRequest(request.token);
    if (request.callback !== 'oob') return returnTo(ctx, request.callback, [['denied', request.token]]);
    return views.answer(ctx, 'message', {
      title: 'Cancelled',
      text: `${request.consumer.name} was not let in.`,
    });
  }
  const user = findUser(world, first(form, 'user') ?? '');
  if (!user) throw new Refusal('badRequest', 'user');
  const verifier = world.tokens.approve(request, user, levelHere(ctx, request));
  entry.authenticated = { consumer: request.consumer.name, user: user.screenName };
  if (request.callback === 'oob') {
    return views.answer(ctx, 'pin', { title: 'Your PIN', app: request.consumer.name, pin: verifier });
  }
  const token = world.faults.take('callback-other-token', entry)
    ? `${request.token.slice(1)}x`
    : request.token;
  const pairs: [string, string][] = [['oauth_token', token]];
  if (!world.faults.take('callback-no-verifier', entry)) pairs.push(['oauth_verifier', verifier]);
  returnTo(ctx, request.callback, pairs);
}

/** A request token nobody has decided on yet. */
function findPending(world: World, ctx: SandboxContext, asked: Parameters): RequestToken | undefined {
  const request = world.tokens.findRequest(first(asked, 'oauth_token') ?? '', ctx.state.exchange.now);
  return request?.approved ? undefined : request;
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

// Bound to browser and request token, so that no other page can press the button.
function formCode(key: Uint8Array, browser: string, request: RequestToken): string {
  return createHmac('sha256', key).update(`${browser}.${request.token}`).digest('base64url');
}

// The registered callback stays as it is, character by character.
function returnTo(ctx: SandboxContext, callback: string, pairs: readonly [string, string][]): void {
  const query = new URLSearchParams([...pairs]).toString();
  ctx.status = 303;
  ctx.set('Location', `${callback}${callback.includes('?') ? '&' : '?'}${query}`);
  ctx.body = '';
}

function readPairs(wire: string): [string, string][] {
  const pairs = parseForm(wire);
  if (!pairs) throw new Refusal('badRequest', 'form');
  return pairs;
}
