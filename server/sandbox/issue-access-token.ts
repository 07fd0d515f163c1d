/** Third leg (RFC 5849 §2.3), and the exchange of a session handle for another token. */
import { authenticateAccess, authenticateRequestToken } from './authenticate.ts';
import { checkWanted } from './demands.ts';
import type { Exchange, SandboxContext } from './exchange.ts';
import { fillText } from './fill.ts';
import { endOf } from './lifetime.ts';
import { readProtocol } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { isSame } from './signature.ts';
import { answerTokens } from './tell-tokens.ts';
import type { AccessToken, NewAccess, RequestToken } from './tokens.ts';
import { otherUser, type World } from './world.ts';

/** A request token, or a session handle, is good for one access token. */
export function issueAccessToken(world: World, ctx: SandboxContext): void {
  const { exchange } = ctx.state;
  const made = bringsHandle(exchange) ? renewBySession(world, exchange) : redeem(world, exchange);
  const { session } = world.profile.lifetime;
  const ending = world.faults.take('token-ending', exchange.entry);
  const issued = world.tokens.issueAccess({
    ...made,
    issuedAt: exchange.now,
    ...(session && { handleEndsAt: exchange.now + session.handleMs }),
    ...(ending !== undefined && { ending: String(ending) }),
  });
  exchange.entry.authenticated = { consumer: issued.consumer.name, user: issued.user.screenName };
  if (world.profile.api === 'twitter') ctx.set('x-access-level', issued.accessLevel);
  answerTokens(world, ctx, [
    ['oauth_token', issued.token],
    ['oauth_token_secret', issued.secret],
    ...sessionFields(issued, exchange.now),
    ...Object.entries(world.profile.tokenAnswer.fields).map(
      ([name, text]) => [name, fillText(text, issued.user)] as const,
    ),
  ]);
}

type Made = Omit<NewAccess, 'issuedAt'>;

function redeem(world: World, exchange: Exchange): Made {
  const { verified } = exchange.entry;
  const { consumer, token: request, protocol, parameters } = authenticateRequestToken(world, exchange);
  const approved = checkApproval(world, request, protocol.get('oauth_verifier'));
  verified.push(world.profile.verifier === 'required' ? 'verifier' : 'consent');
  checkWanted(world.profile.wanted.access, parameters, verified);
  world.tokens.dropRequest(request.token);
  world.pushed.delete(consumer);
  const user = world.faults.take('identity-other', exchange.entry)
    ? otherUser(world, approved.user)
    : approved.user;
  return { consumer, user, accessLevel: request.accessLevel, endsAt: approved.endsAt };
}

function checkApproval({ profile }: World, { approved }: RequestToken, verifier: string | undefined) {
  if (profile.verifier === 'absent') {
    if (!approved) throw new Refusal('unauthenticated', 'consent');
  } else if (!approved || !verifier || !isSame(verifier, approved.verifier)) {
    throw new Refusal('unauthenticated', 'verifier');
  }
  return approved;
}

function bringsHandle({ wire }: Exchange): boolean {
  const protocol = readProtocol(wire);
  return !('fault' in protocol) && protocol.values.has('oauth_session_handle');
}

/** The old token, which may have ended, is replaced; its handle goes with it. */
function renewBySession(world: World, exchange: Exchange): Made {
  const { consumer, token: old, protocol } = authenticateAccess(world, exchange);
  const isRight = old.handle && isSame(old.handle.value, protocol.get('oauth_session_handle') ?? '');
  if (!isRight || (old.handle?.endsAt ?? 0) <= exchange.now) throw new Refusal('badToken', 'session handle');
  exchange.entry.verified.push('session handle');
  world.tokens.end(old.token);
  const { user, accessLevel } = old;
  return { consumer, user, accessLevel, endsAt: endOf(world.profile.lifetime, exchange.now) };
}

function sessionFields({ handle, endsAt }: AccessToken, now: number): (readonly [string, string])[] {
  if (!handle) return [];
  const seconds = (at: number) => String(Math.round((at - now) / 1000));
  return [
    ['oauth_session_handle', handle.value],
    ...(endsAt === null ? [] : [['oauth_expires_in', seconds(endsAt)] as const]),
    ['oauth_authorization_expires_in', seconds(handle.endsAt)],
  ];
}
