/** The API of connections. */
import type { ApiRoute } from '../http/route.ts';
import { type AccountApiDeps, accountApi } from './api-accounts.ts';
import { requestApi } from './api-request.ts';
import { type ServiceApiDeps, serviceApi } from './api-services.ts';

export type ConnectionsApiDeps = ServiceApiDeps & AccountApiDeps;

export function connectionsApi(deps: ConnectionsApiDeps): ApiRoute[] {
  return [...serviceApi(deps), ...accountApi(deps), ...requestApi(deps)];
}
