/** GET on a channel's address: the challenge of the remote service, answered at once and without writing. */
import type { Config } from '../config.ts';
import type { HookCall } from '../http/route.ts';
import type { HookChannel } from './hook-channel.ts';

/** What the address answers, and what is noted of it. */
export interface HookAnswer {
  status: number;
  contentType?: string;
  body?: string;
  location?: string;
  retryAfterSeconds?: number;
  outcome: string;
}

/** A challenge that is signed wrongly gets no answer that could be used. */
export function answerChallenge(
  config: Pick<Config, 'url'>,
  { type, secret }: HookChannel,
  { rawQuery, headers }: HookCall,
): HookAnswer {
  const answer = type.answerChallenge(rawQuery, headers, secret);
  if (answer?.ok) {
    return { status: 200, contentType: 'application/json', body: answer.body, outcome: 'challenge' };
  }
  if (answer) return { status: 401, outcome: 'bad_challenge' };
  if (!isConsent(rawQuery)) return { status: 400, outcome: 'no_challenge' };
  // People enter this address where the one for linking accounts belongs; their browser is sent on.
  const location = `${config.url.origin}/oauth/callback?${rawQuery}`;
  return { status: 302, location, outcome: 'consent' };
}

function isConsent(rawQuery: string): boolean {
  const query = new URLSearchParams(rawQuery);
  return query.has('oauth_token') || query.has('denied');
}
