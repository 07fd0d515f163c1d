/** Answers of the token endpoints, right ones and wrong ones. Pure. */
import type { FaultName } from './fault-table.ts';
import { writeForm } from './percent.ts';
import type { Profile } from './profile.ts';

export type TokenPairs = readonly (readonly [string, string])[];

/** What goes out: the body, and what it is called. */
export interface TokenAnswer {
  type: string;
  body: string;
}

/** The answer as the service writes it. */
export function writeTokenAnswer({ format, type }: Profile['tokenAnswer'], pairs: TokenPairs): TokenAnswer {
  return { type, body: format === 'json' ? JSON.stringify(Object.fromEntries(pairs)) : writeForm(pairs) };
}

/** Faults that change what is told, in the format of the service. */
export const pairFaults: Partial<Record<FaultName, (pairs: TokenPairs, value: string) => TokenPairs>> = {
  'no-callback-confirmed': (pairs) => pairs.filter(([name]) => name !== 'oauth_callback_confirmed'),
  'callback-confirmed-false': (pairs) => replace(pairs, 'oauth_callback_confirmed', 'false'),
  'callback-confirmed': (pairs, value) => replace(pairs, 'oauth_callback_confirmed', value),
  'duplicate-callback-confirmed': (pairs) => [...pairs, ['oauth_callback_confirmed', 'true']],
  'token-missing-secret': (pairs) => pairs.filter(([name]) => name !== 'oauth_token_secret'),
  'token-empty': (pairs) => replace(pairs, 'oauth_token', ''),
  'token-control': (pairs) => replace(pairs, 'oauth_token', '\0'),
  'duplicate-token': (pairs) => [...pairs, ['oauth_token', 'another']],
};

/** Faults that change how it is told. */
export const answerFaults: Partial<Record<FaultName, (pairs: TokenPairs) => Partial<TokenAnswer>>> = {
  'token-json': (pairs) => ({ body: JSON.stringify(Object.fromEntries(pairs)) }),
  'token-form-as-json': (pairs) => ({ type: 'application/json', body: writeForm(pairs) }),
  'token-json-as-form': (pairs) => ({
    type: 'application/x-www-form-urlencoded',
    body: JSON.stringify(Object.fromEntries(pairs)),
  }),
  'token-malformed': () => ({ body: '<!doctype html><title>Sandbox</title><p>This is no token.' }),
};

function replace(pairs: TokenPairs, name: string, value: string): TokenPairs {
  return pairs.map((pair) => (pair[0] === name ? [name, value] : pair));
}
