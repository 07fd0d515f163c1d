/** Puts together what packages need: the records they bring, and the pages and calls about them. */
import type { Knex } from 'knex';
import { type Deps as BotDeps, behaviorType, botType } from './bots/records.ts';
import type { Config } from './config.ts';
import type { Owners } from './connections/accounts.ts';
import { connectedAccountType, connectedServiceType, type RecordDeps } from './connections/records.ts';
import type { ApiRoute, PageRoute } from './http/route.ts';
import { packagesApi } from './packages/api.ts';
import { convertPages } from './packages/convert-pages.ts';
import { exportApi } from './packages/export-api.ts';
import { exportPages } from './packages/export-pages.ts';
import { packagesPages } from './packages/pages.ts';
import type { RecordType } from './packages/record-type.ts';
import { listGroups } from './people/group-store.ts';
import { settingsPages } from './settings/pages.ts';
import { settingType } from './settings/records.ts';
import { readSettings } from './settings/store.ts';
import type { Vault } from './vault.ts';
import { webhookListenerType } from './webhooks/records.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'maxPackageBytes' | 'url'>;
  vault: Vault;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

/** Longest list of groups a form offers. */
const mostGroups = 500;

type Connections = RecordDeps & { owners: Pick<Owners, 'exists'> };

/** Every type of record that a package can bring, in the order in which results show them. */
export function recordTypes(connections: Connections, bots: BotDeps): RecordType[] {
  return [
    connectedServiceType(connections),
    connectedAccountType(connections),
    botType(bots),
    behaviorType(bots),
    webhookListenerType(bots),
    settingType(bots),
  ];
}

/** Pages and calls of packages, and of records that packages alone bring. */
export function packageRoutes(
  shared: Deps,
  connections: Connections,
  bots: BotDeps,
): { pages: PageRoute[]; api: ApiRoute[] } {
  const packages = {
    ...shared,
    recordTypes: recordTypes(connections, bots),
    settings: () => readSettings(shared.db),
    groups: () => listGroups(shared.db, { limit: mostGroups }),
  };
  return {
    pages: [
      ...packagesPages(packages),
      ...exportPages(packages),
      ...convertPages(),
      ...settingsPages(shared),
    ],
    api: [...packagesApi(packages), ...exportApi(packages)],
  };
}
