/** Tokens that a service gives out for its own keys, without a person's consent. */
import { HubError } from '../errors.ts';
import type { Grant } from './provider.ts';
import { obtainsTokens } from './service.ts';
import type { OpenService } from './services.ts';
import { askForTokens, type TokenDeps } from './token-call.ts';

/**
 * Asks for tokens now; undefined for a service whose accounts get theirs otherwise. Throws `credentials_refused` with
 * what the remote side said, or `remote_failed` when it did not answer.
 */
export async function obtainGrant(
  deps: TokenDeps,
  opened: OpenService,
  accountId: string,
): Promise<Grant | undefined> {
  const { service, provider, params } = opened;
  if (!obtainsTokens(opened)) return undefined;
  const asked = await askForTokens(deps, opened, { accountId, secrets: [] }, (send, fresh) =>
    // Whoever obtains tokens has the step for it.
    Promise.resolve(provider.obtain?.(params, { ...fresh, send })),
  );
  if (!asked.value) {
    const problem = 'problem' in asked ? asked.problem : 'nothing was asked';
    throw new HubError('remote_failed', `${service.name} gave out no token: ${problem}`);
  }
  const reading = asked.value;
  if (reading.ok) return reading.value;
  const message = `${service.name} gave out no token. ${reading.problem} ${reading.nextStep}`;
  throw new HubError('credentials_refused', message);
}
