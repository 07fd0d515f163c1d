/** The API of connections. */
import type { ApiRoute } from '../http/route.ts';
import { type AccountApiDeps, accountApi } from './api-accounts.ts';
import { explainApi } from './api-explain.ts';
import { pushApi } from './api-push.ts';
import { requestApi } from './api-request.ts';
import { serviceKeyApi } from './api-service-keys.ts';
import { type ServiceApiDeps, serviceApi } from './api-services.ts';
import type { ExplainDeps } from './explain.ts';
import type { ServiceKeyDeps } from './service-keys.ts';

export type ConnectionsApiDeps = ServiceApiDeps & ServiceKeyDeps & AccountApiDeps & ExplainDeps;

export function connectionsApi(deps: ConnectionsApiDeps): ApiRoute[] {
  return [
    ...serviceApi(deps),
    ...serviceKeyApi(deps),
    ...accountApi(deps),
    ...pushApi(deps),
    ...requestApi(deps),
    ...explainApi(deps),
  ];
}
