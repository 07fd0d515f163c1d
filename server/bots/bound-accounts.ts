/** Which connected accounts a behavior names. Pure. */
import { boundAccount } from './actions/http-request.ts';
import { actionsOf, type Behavior, eachNode } from './behavior.ts';

export const accountContext = 'cerberusweb.contexts.connected_account';

/** The accounts a behavior's actions are bound to, each with the pointer of the parameter that says so. */
export function accountsOf(behavior: Behavior): { path: string; id: string }[] {
  return eachNode(behavior.nodes)
    .flatMap(actionsOf)
    .flatMap(({ path, value }) => {
      const id = boundAccount(value);
      return id === undefined ? [] : [{ path: `${path}/auth_connected_account_id`, id }];
    });
}
