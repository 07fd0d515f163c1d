/** Answers of the two token endpoints, right ones and wrong ones. Pure. */
import type { FaultName } from './faults.ts';
import { writeForm } from './percent.ts';

export type TokenPairs = readonly (readonly [string, string])[];

/** The faults that spoil a token answer; each makes the whole body. */
export const tokenFaults: Partial<Record<FaultName, (pairs: TokenPairs) => string>> = {
  'no-callback-confirmed': (pairs) =>
    writeForm(pairs.filter(([name]) => name !== 'oauth_callback_confirmed')),
  'callback-confirmed-false': (pairs) => writeForm(replace(pairs, 'oauth_callback_confirmed', 'false')),
  'token-json': (pairs) => JSON.stringify(Object.fromEntries(pairs)),
  'token-malformed': () => '<!doctype html><title>Sandbox</title><p>This is no token.',
  'token-missing-secret': (pairs) => writeForm(pairs.filter(([name]) => name !== 'oauth_token_secret')),
  'token-empty': (pairs) => writeForm(replace(pairs, 'oauth_token', '')),
  'duplicate-token': (pairs) => writeForm([...pairs, ['oauth_token', 'another']]),
};

/** Twitter sends a form and calls it text/html. */
export const tokenAnswerType = 'text/html;charset=utf-8';

function replace(pairs: TokenPairs, name: string, value: string): TokenPairs {
  return pairs.map((pair) => (pair[0] === name ? [name, value] : pair));
}
