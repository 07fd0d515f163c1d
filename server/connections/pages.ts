/** The pages of connections. */
import type { PageRoute } from '../http/route.ts';
import { accountEditPages } from './pages-account-edit.ts';
import { type AccountPageDeps, accountPages } from './pages-accounts.ts';
import { linkPages } from './pages-link.ts';
import { type ServicePageDeps, servicePages } from './pages-services.ts';

export type ConnectionsPagesDeps = ServicePageDeps & AccountPageDeps;

export function connectionsPages(deps: ConnectionsPagesDeps): PageRoute[] {
  return [...servicePages(deps), ...accountPages(deps), ...accountEditPages(deps), ...linkPages(deps)];
}
