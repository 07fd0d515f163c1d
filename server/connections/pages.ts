/** The pages of connections. */
import type { PageRoute } from '../http/route.ts';
import type { ExplainDeps } from './explain.ts';
import { accountEditPages } from './pages-account-edit.ts';
import { type AccountPageDeps, accountPages } from './pages-accounts.ts';
import { explainPages } from './pages-explain.ts';
import { linkPages } from './pages-link.ts';
import { pinPages } from './pages-pin.ts';
import { pushPages } from './pages-push.ts';
import { type ServicePageDeps, servicePages } from './pages-services.ts';

export type ConnectionsPagesDeps = ServicePageDeps & AccountPageDeps & ExplainDeps;

export function connectionsPages(deps: ConnectionsPagesDeps): PageRoute[] {
  return [
    ...servicePages(deps),
    ...accountPages(deps),
    ...accountEditPages(deps),
    ...explainPages(deps),
    ...linkPages(deps),
    ...pinPages(deps),
    ...pushPages(deps),
  ];
}
