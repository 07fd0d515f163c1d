/** What becomes of a person's yes or no: the way back to the app. */
import type { User } from './consumer.ts';
import type { SandboxContext } from './exchange.ts';
import { fillText } from './fill.ts';
import { endOf } from './lifetime.ts';
import { first, type Parameters } from './parameters.ts';
import { type Profile, playedTitle } from './profile.ts';
import type { RequestToken } from './tokens.ts';
import type { Views } from './views.ts';
import type { World } from './world.ts';

/** By callback or by PIN. `asked`: the query of the consent address. */
export function takeYes(
  world: World,
  views: Views,
  ctx: SandboxContext,
  { request, user, asked }: { request: RequestToken; user: User; asked: Parameters },
) {
  const { profile } = world;
  const { entry, now } = ctx.state.exchange;
  const wished = world.faults.take('callback-verifier', entry);
  const verifier = wished === undefined ? makeVerifier(world, request) : String(wished);
  const span = profile.lifetime.asked && first(asked, profile.lifetime.asked.parameter);
  request.approved = { user, verifier, endsAt: endOf(profile.lifetime, now, span) };
  entry.authenticated = { consumer: request.consumer.name, user: user.screenName };
  const app = request.consumer.name;
  if (request.callback === 'oob')
    return views.answer(ctx, 'pin', { title: 'Your PIN', service: playedTitle(profile), app, pin: verifier });
  if (request.callback === null)
    return views.answer(ctx, 'message', { title: 'Done', text: `You have let ${app} in. Go back to it.` });
  const pairs = [
    ...callbackPairs(world, ctx, request, verifier),
    ...Object.entries(profile.callbackFields).map(([name, text]): [string, string] => [
      name,
      fillText(text, user, asked),
    ]),
  ];
  returnTo(ctx, request.callback, pairs);
}

/** Ends the request token. */
export function takeNo(world: World, views: Views, ctx: SandboxContext, request: RequestToken) {
  world.tokens.dropRequest(request.token);
  const { callback } = request;
  if (callback !== null && callback !== 'oob')
    return returnTo(ctx, callback, denials[world.profile.deny](request.token));
  const text = `${request.consumer.name} was not let in.`;
  views.answer(ctx, 'message', { title: 'Cancelled', text });
}

const denials: Readonly<Record<Profile['deny'], (token: string) => [string, string][]>> = {
  denied: (token) => [['denied', token]],
  problem: (token) => [
    ['oauth_token', token],
    ['oauth_problem', 'user_refused'],
  ],
  'empty-verifier': (token) => [
    ['oauth_token', token],
    ['oauth_verifier', ''],
  ],
  nothing: () => [],
};

function makeVerifier({ profile, tokens }: World, request: RequestToken): string {
  return request.callback === 'oob' ? tokens.newPin(profile.pin?.digits ?? 7) : tokens.newVerifier();
}

function callbackPairs(
  { profile, faults }: World,
  ctx: SandboxContext,
  { token }: RequestToken,
  verifier: string,
): [string, string][] {
  const { entry } = ctx.state.exchange;
  const told = faults.take('callback-other-token', entry) ? `${token.slice(1)}x` : token;
  const pairs: [string, string][] = [['oauth_token', told]];
  if (faults.take('callback-duplicate-token', entry)) pairs.push(['oauth_token', told]);
  if (profile.verifier === 'required' && !faults.take('callback-no-verifier', entry))
    pairs.push(['oauth_verifier', verifier]);
  if (faults.take('callback-duplicate-verifier', entry)) pairs.push(['oauth_verifier', verifier]);
  if (faults.take('callback-and-denied', entry)) pairs.push(['denied', token]);
  return pairs;
}

// The registered callback stays as it is, character by character.
function returnTo(ctx: SandboxContext, callback: string, pairs: readonly [string, string][]): void {
  const query = new URLSearchParams([...pairs]).toString();
  ctx.status = 303;
  ctx.set('Location', query === '' ? callback : `${callback}${callback.includes('?') ? '&' : '?'}${query}`);
  ctx.body = '';
}
