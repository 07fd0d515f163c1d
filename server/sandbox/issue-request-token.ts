/** First leg (RFC 5849 §2.1). */
import { authenticateConsumer } from './authenticate.ts';
import { readCallback } from './callback.ts';
import { lesserLevel } from './consumer.ts';
import { checkNoToken, checkWanted } from './demands.ts';
import type { SandboxContext } from './exchange.ts';
import { first } from './parameters.ts';
import { answerTokens } from './tell-tokens.ts';
import { levelOf, type World } from './world.ts';

/** `x_auth_access_type` may ask for less than the app is registered for. */
export function issueRequestToken(world: World, ctx: SandboxContext): void {
  const { exchange } = ctx.state;
  const { verified } = exchange.entry;
  const { consumer, protocol, parameters } = authenticateConsumer(world, exchange);
  checkNoToken(world.profile, protocol);
  const callback = readCallback(world.profile, consumer, protocol.get('oauth_callback'));
  if (callback !== null) verified.push('callback');
  checkWanted(world.profile.wanted.request, parameters, verified);

  const asked = first(parameters, 'x_auth_access_type');
  const cap = asked === 'read' ? 'read' : asked === 'write' ? 'read-write' : 'read-write-directmessages';
  const accessLevel = lesserLevel(levelOf(consumer), cap);
  const ending = String(world.faults.take('token-ending', exchange.entry) ?? '');
  const issued = world.tokens.issueRequest({ consumer, callback, accessLevel, ending }, exchange.now);
  const pushed = world.pushed.get(consumer);
  if (pushed) issued.approved = { ...pushed, endsAt: null };
  answerTokens(world, ctx, [
    ['oauth_token', issued.token],
    ['oauth_token_secret', issued.secret],
    ...(world.profile.verifier === 'required' ? ([['oauth_callback_confirmed', 'true']] as const) : []),
  ]);
}
