/** An account that was linked by the whole flow, at a service with a life of its own. */

import { addAccount, remoteHost, type World } from './connections.ts';
import { requestToken } from './fake-remote.ts';

/** The harmless call of the fake remote. */
export const identity = { url: `https://${remoteHost}/me`, id: 'id', name: 'screen_name' };

/** Links an account of a new service with these params; `answer` stands beside the token in the token answer. */
export async function linkedAccount(
  world: World,
  params: Record<string, unknown>,
  answer: Record<string, string> = {},
): Promise<{ serviceId: string; accountId: string }> {
  const ids = await addAccount(world, { params });
  grantTokens(world, answer);
  await linkAgain(world, ids.accountId);
  return ids;
}

/** Has the fake remote add this to the tokens it grants from now on. */
export function grantTokens(world: World, answer: Record<string, string>): void {
  world.remote.script.set('/oauth/access_token', (_request, times) => ({
    body: new URLSearchParams({
      oauth_token: `canary-token-${times}`,
      oauth_token_secret: `canary-secret-${times}`,
      user_id: '9007199254740993',
      screen_name: 'alice',
      ...answer,
    }).toString(),
  }));
}

/** Walks the API's link address to its end. */
export async function linkAgain(world: World, accountId: string): Promise<void> {
  world.remote.script.set('/oauth/request_token', (_request, times) => ({
    body: new URLSearchParams(requestToken(`${accountId}-${times}`)).toString(),
  }));
  const { body } = await world.call('POST', `/connected-accounts/${accountId}/link`, {});
  const address = new URL((body as { url: string }).url); // what the route answers
  const consent = await world.post(address.pathname, {});
  const target = 'redirect' in consent ? new URL(consent.redirect) : undefined;
  const query = `oauth_token=${target?.searchParams.get('oauth_token')}&oauth_verifier=v`;
  await world.get('/oauth/callback', { query });
}

/** The account as the API tells it. */
// biome-ignore lint/suspicious/noExplicitAny: answers are probed freely here
export async function told(world: World, accountId: string): Promise<any> {
  return (await world.call('GET', `/connected-accounts/${accountId}`)).body;
}

/** Sends a GET to a path of the fake remote, signed with the account. */
// biome-ignore lint/suspicious/noExplicitAny: answers are probed freely here
export async function ask(world: World, accountId: string, path = '/thing'): Promise<any> {
  const request = { method: 'GET', url: `https://${remoteHost}${path}` };
  return (await world.call('POST', `/connected-accounts/${accountId}/request`, request)).body;
}
