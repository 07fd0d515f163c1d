/** Which connected accounts a behavior names. Pure. */
import { channelDirectMessage } from './actions/channel-direct-message.ts';
import { channelPost } from './actions/channel-post.ts';
import { httpRequestId, isNoAccount } from './actions/http-request.ts';
import { actionsOf, type Behavior, eachNode } from './behavior.ts';
import { type JsonObject, textOf } from './json-value.ts';

export const accountContext = 'cerberusweb.contexts.connected_account';

/** The account an action is bound to by its params, and the parameter that says so; undefined without one. */
export function boundAccount(action: JsonObject): { key: string; id: string } | undefined {
  const key = accountKeyOf(action);
  const id = key === undefined ? undefined : textOf(action[key])?.trim();
  return key === undefined || id === undefined || isNoAccount(id) ? undefined : { key, id };
}

/** The accounts a behavior's actions are bound to, each with the pointer of the parameter that says so. */
export function accountsOf(behavior: Behavior): { path: string; id: string }[] {
  return eachNode(behavior.nodes)
    .flatMap(actionsOf)
    .flatMap(({ path, value }) => {
      const bound = boundAccount(value);
      return bound ? [{ path: `${path}/${bound.key}`, id: bound.id }] : [];
    });
}

function accountKeyOf({ action, auth }: JsonObject): string | undefined {
  if (action === httpRequestId) return auth === 'connected_account' ? 'auth_connected_account_id' : undefined;
  return action === channelDirectMessage.id || action === channelPost.id ? 'account_id' : undefined;
}
