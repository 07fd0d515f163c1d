/** A token without the three legs, as a developer's page gives for one's own account. */
import type { Consumer, User } from './consumer.ts';
import { endOf } from './lifetime.ts';
import type { AccessToken } from './tokens.ts';
import { levelOf, type World } from './world.ts';

/** `own`: this token and this secret, where the service handed them out in another way. */
export function issueOwnToken(
  world: World,
  consumer: Consumer,
  user: User,
  own?: { token: string; secret: string },
): AccessToken {
  const now = world.now();
  const { lifetime } = world.profile;
  return world.tokens.issueAccess({
    consumer,
    user,
    accessLevel: levelOf(consumer),
    issuedAt: now,
    endsAt: endOf(lifetime, now),
    ...(own && { own }),
  });
}
