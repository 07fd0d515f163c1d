/** The address of a chat portal: a page that other sites may frame, and what its script asks. No cookie, no session. */
import { HubError } from '../errors.ts';
import type { HookCall, HookRoute } from '../http/route.ts';
import { type Chat, maxSaid } from './chat.ts';
import { answered } from './patience.ts';
import type { Portal } from './portal.ts';
import { listChatMessages } from './store-chats.ts';
import { talkModel } from './talk-view.ts';
import {
  beginWithVisitor,
  chatOfVisitor,
  openPortal,
  replyOfVisitor,
  type Deps as VisitorDeps,
} from './visitors.ts';

export interface Deps extends VisitorDeps {
  /** A view without the frame of our own pages. */
  renderBare(view: string, model: Record<string, unknown>): string;
}

type Answer = Awaited<ReturnType<HookRoute['handle']>>;

const html = 'text/html; charset=utf-8';
/** Room for a message in which every character takes twelve bytes of a form. */
const maxBodyBytes = 12 * maxSaid + 1000;

export function visitorHooks(deps: Deps): HookRoute[] {
  const hook = (
    method: 'GET' | 'POST',
    path: string,
    work: (call: HookCall) => Promise<Answer>,
  ): HookRoute => ({
    method,
    path,
    maxBodyBytes,
    handle: (call) => answering(call, work),
  });
  const portalOf = ({ params }: HookCall) => params.portal ?? '';
  const page = async (call: HookCall): Promise<Answer> => {
    const { portal, bot, behavior } = await openPortal(deps.db, portalOf(call));
    const model = {
      title: portal.name,
      botName: bot.name,
      isOpen: behavior !== undefined,
      begin: `/chat/${portal.token}/begin`,
      look: `/chat/${portal.token}/talk`,
    };
    return {
      status: 200,
      contentType: html,
      body: deps.renderBare('chats/portal-page', model),
      headers: framing(portal),
    };
  };
  const begin = async (call: HookCall): Promise<Answer> => {
    refuseForeign(call);
    const portalToken = portalOf(call);
    const begun = await beginWithVisitor(deps, { portalToken, ip: call.ip });
    await answered(begun);
    return talk(await chatOfVisitor(deps, { portalToken, token: begun.token }), begun.token);
  };
  const say = async (call: HookCall): Promise<Answer> => {
    refuseForeign(call);
    const form = new URLSearchParams(new TextDecoder().decode(call.body));
    const at = { portalToken: portalOf(call), token: tokenOf(call) };
    const said = { turn: Number(form.get('turn')), text: form.get('text') ?? '' };
    await answered(await replyOfVisitor(deps, { ...at, ...said, ip: call.ip }));
    return talk(await chatOfVisitor(deps, at));
  };
  const look = async (call: HookCall): Promise<Answer> =>
    talk(await chatOfVisitor(deps, { portalToken: portalOf(call), token: tokenOf(call) }));
  const talk = async (
    { chat, portal }: { chat: Chat; portal: { token: string } },
    token?: string,
  ): Promise<Answer> => {
    const messages = await listChatMessages(deps, chat.id, 300);
    const address = `/chat/${portal.token}/say`;
    const again = `/chat/${portal.token}/begin`;
    const model = {
      token: token ?? null,
      talk: talkModel(chat, messages, { address, again, isVisitor: true }),
    };
    return { status: 200, contentType: html, body: deps.renderBare('chats/talk-alone', model) };
  };
  return [
    hook('GET', '/chat/:portal', page),
    hook('POST', '/chat/:portal/begin', begin),
    hook('POST', '/chat/:portal/say', say),
    hook('GET', '/chat/:portal/talk', look),
  ];
}

/** Refusals are told here, as text: error pages of the hub would give a cookie. */
async function answering(call: HookCall, work: (call: HookCall) => Promise<Answer>): Promise<Answer> {
  try {
    return await work(call);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const { retry_after: wait } = error.extra;
    const told =
      error.status >= 500 ? 'The chat does not work at the moment. Please try again later.' : error.message;
    const retry = typeof wait === 'number' ? { retryAfterSeconds: wait } : {};
    return { status: error.status, contentType: 'text/plain; charset=utf-8', body: told, ...retry };
  }
}

/** Only the portal's own page asks. Browsers say where a request comes from, and no page can make them lie. */
function refuseForeign({ headers }: HookCall): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') {
    throw new HubError('forbidden', 'A conversation goes on in its own page only.');
  }
}

function tokenOf({ headers }: HookCall): string {
  return headers['x-chat-token'] ?? '';
}

/** Who may frame the page. Older browsers know X-Frame-Options alone, which stays as it is: nobody. */
function framing({ sites }: Pick<Portal, 'sites'>): [string, string][] {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    `frame-ancestors ${sites.length === 0 ? "'none'" : sites.join(' ')}`,
  ];
  return [
    ['Content-Security-Policy', policy.join('; ')],
    ['Cross-Origin-Resource-Policy', 'cross-origin'],
    ['Referrer-Policy', 'no-referrer'],
  ];
}
