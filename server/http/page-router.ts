/** Mounts PageRoutes: browser cookie, session, CSRF, form, layout, redirect. */
import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context, DefaultState } from 'koa';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { hashSecret } from '../people/secret-hash.ts';
import { readForm } from './body.ts';
import { callerAddress, isOwnOrigin } from './caller.ts';
import {
  browserCookie,
  clearCookie,
  csrfToken,
  noticeCookie,
  parseCookies,
  sameText,
  sessionCookie,
  setCookie,
} from './cookies.ts';
import { contentPolicy } from './headers.ts';
import type { PageAnswer, PageRoute, WorkerActor } from './route.ts';
import type { Views } from './views.ts';

const browserCookieSeconds = 400 * 24 * 60 * 60;

export interface Deps {
  config: Config;
  views: Views;
  randomBytes(size: number): Uint8Array;
  /** The worker of a live session, by the SHA-256 of its id. */
  findSessionWorker(sessionHash: string): Promise<WorkerActor | undefined>;
}

/** What a request says about the person behind it; made once, also for error pages. */
export interface Visitor {
  browser: string;
  session: string | undefined;
  worker: WorkerActor | undefined;
  notice: string | undefined;
}

export function pageRouter(deps: Deps, routes: readonly PageRoute[]): Router<DefaultState, Context> {
  const router = new Router<DefaultState, Context>();
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx: Context) => {
      if (route.hidesAddress) ctx.set('Referrer-Policy', 'no-referrer');
      const visitor = await recogniseVisitor(deps, ctx);
      if (!admit(ctx, route, visitor)) return;
      const form =
        route.method === 'POST' ? await readForm(ctx.req, route.maxBodyBytes ?? 1024 * 1024) : new FormData();
      if (route.method === 'POST') checkOrigin(deps, ctx, route, visitor, form);
      const answer = await route.handle({
        params: ctx.params,
        query: new URLSearchParams(ctx.querystring),
        form,
        worker: visitor.worker,
        browserHash: hashSecret(visitor.browser),
        sessionHash: visitor.session === undefined ? undefined : hashSecret(visitor.session),
        ip: callerAddress(ctx.req.socket.remoteAddress, ctx.get('X-Forwarded-For'), deps.config.trustProxy),
        signal: aborted(ctx),
      });
      respond(deps, ctx, visitor, answer);
    });
  }
  return router;
}

/** Reads cookies and session, once a request; gives a browser that has none its cookie. */
export async function recogniseVisitor(deps: Deps, ctx: Context): Promise<Visitor> {
  ctx.state.visitor ??= await readVisitor(deps, ctx);
  return ctx.state.visitor;
}

async function readVisitor(deps: Deps, ctx: Context): Promise<Visitor> {
  const cookies = parseCookies(ctx.get('Cookie'));
  let browser = cookies.get(browserCookie) ?? '';
  if (!/^[A-Za-z0-9_-]{43}$/.test(browser)) {
    browser = Buffer.from(deps.randomBytes(32)).toString('base64url');
    ctx.append('Set-Cookie', setCookie(browserCookie, browser, browserCookieSeconds));
  }
  const session = cookies.get(sessionCookie) || undefined;
  const worker = session === undefined ? undefined : await deps.findSessionWorker(hashSecret(session));
  const notice = cookies.get(noticeCookie);
  return {
    browser,
    session: worker ? session : undefined,
    worker,
    notice: notice ? Buffer.from(notice, 'base64url').toString('utf8') : undefined,
  };
}

/** Renders a view with what every page shows; also used for error pages. */
export function renderPage(deps: Deps, ctx: Context, visitor: Visitor, view: string, model: object): void {
  ctx.type = 'text/html; charset=utf-8';
  if (visitor.notice !== undefined) ctx.append('Set-Cookie', clearCookie(noticeCookie));
  ctx.body = deps.views.render(view, {
    ...model,
    csrf: csrfToken(visitor.browser, visitor.session),
    me: visitor.worker ? { name: visitor.worker.name, isAdmin: visitor.worker.isAdmin } : null,
    notice: visitor.notice ?? null,
    path: ctx.path,
    connectTo: connectedElsewhere(deps.config.connectTo),
  });
}

/** For the banner: a line for each origin that stands in, with those it stands in for. */
function connectedElsewhere(connectTo: Config['connectTo']): { to: string; from: string[] }[] {
  return Array.from(new Set(connectTo.values()), (to) => ({
    to,
    from: Array.from(connectTo).flatMap(([from, target]) => (target === to ? [from] : [])),
  }));
}

/** Aborted when the caller goes away before the answer is out. */
export function aborted(ctx: Context): AbortSignal {
  const controller = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) controller.abort();
  });
  return controller.signal;
}

function admit(ctx: Context, route: PageRoute, visitor: Visitor): boolean {
  if (route.access === 'public') return true;
  if (!visitor.worker) {
    if (route.method !== 'GET')
      throw new HubError('unauthorized', 'You are not signed in any more. Sign in and try again.');
    ctx.status = 303;
    ctx.redirect(`/sign-in?next=${encodeURIComponent(ctx.url)}`);
    return false;
  }
  if (route.access === 'admin' && !visitor.worker.isAdmin)
    throw new HubError('forbidden', 'This page is for admins.');
  return true;
}

function checkOrigin(deps: Deps, ctx: Context, route: PageRoute, visitor: Visitor, form: FormData): void {
  const token = form.get('csrf');
  const expected = csrfToken(visitor.browser, visitor.session);
  const hasToken = route.csrf === false || (typeof token === 'string' && sameText(token, expected));
  if (!hasToken || !isOwnOrigin(ctx.req.headers, deps.config.url.origin)) {
    throw new HubError(
      'forbidden',
      'This form did not come from a page of this hub, or is too old. Open the page again and retry.',
    );
  }
}

function respond(deps: Deps, ctx: Context, visitor: Visitor, answer: PageAnswer): void {
  if ('view' in answer) {
    ctx.status = answer.status ?? 200;
    ctx.set('Content-Security-Policy', contentPolicy(answer.formActions ?? []));
    renderPage(deps, ctx, visitor, answer.view, answer.model);
    return;
  }
  if ('events' in answer) {
    ctx.type = 'text/event-stream';
    ctx.set('X-Accel-Buffering', 'no');
    ctx.body = Readable.from(eventLines(answer.events));
    return;
  }
  if ('download' in answer) {
    ctx.attachment(answer.filename);
    ctx.type = answer.contentType;
    ctx.set('Content-Security-Policy', `${contentPolicy([])}; sandbox`);
    ctx.body = Buffer.from(answer.download);
    return;
  }
  if (answer.session) {
    const cookie =
      'begin' in answer.session ? setCookie(sessionCookie, answer.session.begin) : clearCookie(sessionCookie);
    ctx.append('Set-Cookie', cookie);
  }
  if (answer.notice !== undefined) {
    ctx.append('Set-Cookie', setCookie(noticeCookie, Buffer.from(answer.notice).toString('base64url'), 60));
  }
  if (!answer.outside && !/^\/(?![/\\])/.test(answer.redirect))
    throw new Error('a page may redirect to paths of its own only');
  ctx.status = 303;
  ctx.redirect(answer.redirect);
}

async function* eventLines(events: AsyncIterable<string>): AsyncGenerator<string> {
  // Browsers pass over a comment; it only keeps the connection from looking dead.
  for await (const event of events) yield event === '' ? ':\n\n' : `data: ${event}\n\n`;
}
