/** A shop that sends its keys to the app, as Magento does: the app then fetches its tokens, and nobody is asked again. */
import type { Consumer, User } from './consumer.ts';
import { callOutside } from './outside.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

export interface PushResult {
  /** What the app answered; null when it could not be reached. */
  status: number | null;
  /** Why it could not be reached. */
  problem: string | null;
}

/** Posts consumer key, consumer secret, verifier and the shop's address. The verifier is good for one exchange. */
export async function pushKeys(
  world: World,
  input: { url: string; consumer: Consumer; user: User },
): Promise<PushResult> {
  const { url, consumer, user } = input;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new Refusal('badRequest', 'url');
  const verifier = world.tokens.newVerifier();
  world.pushed.set(consumer, { user, verifier });
  const result = await callOutside(world.outside, {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      oauth_consumer_key: consumer.key,
      oauth_consumer_secret: consumer.secret,
      store_base_url: `${world.publicOrigins[0] ?? world.ownOrigin}/`,
      oauth_verifier: verifier,
    }).toString(),
  });
  if (result.kind === 'answer') return { status: result.status, problem: null };
  return { status: null, problem: result.kind === 'timeout' ? 'no answer in time' : result.reason };
}
