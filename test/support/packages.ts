/** The importer on a fresh database, with the real record types. */
import { readFileSync } from 'node:fs';
import type { Knex } from 'knex';
import { dependentsOf } from '../../server/bots/dependents.ts';
import { behaviorType, botType } from '../../server/bots/records.ts';
import { providers } from '../../server/connections/providers/index.ts';
import { connectedAccountType, connectedServiceType } from '../../server/connections/records.ts';
import { findAccount } from '../../server/connections/store-accounts.ts';
import { eraseDeliveriesOf } from '../../server/delivery/store.ts';
import { createIdMaker } from '../../server/id.ts';
import type { LibraryPagesDeps } from '../../server/packages/library-pages.ts';
import type { RecordType } from '../../server/packages/record-type.ts';
import type { Owner } from '../../server/people/actor.ts';
import { fromRoot } from '../../server/root.ts';
import { settingType } from '../../server/settings/records.ts';
import { createVault } from '../../server/vault.ts';
import { webhookListenerType } from '../../server/webhooks/records.ts';

const now = () => Date.UTC(2026, 0, 1);
const newId = createIdMaker(now);

export function importDeps(db: Knex): LibraryPagesDeps {
  const exists = async ({ context }: Owner) => context === 'app';
  const owners = {
    exists,
    list: async () => [],
    label: async () => 'somebody',
    whoMayUse: async () => 'Somebody.',
  };
  const vault = createVault([{ id: 'k1', secret: new Uint8Array(32) }]);
  const dependents = {
    of: (context: string, id: string, by = db) => dependentsOf(by, context, id),
    remove: async () => {},
  };
  const connections = { vault, providers, now, owners, dependents, eraseDeliveriesOf };
  const otherDependents = { of: async () => [] };
  const bots = { accounts: { find: (id: string) => findAccount(db, id) }, owners, otherDependents, now };
  const recordTypes: RecordType[] = [
    connectedServiceType(connections),
    connectedAccountType(connections),
    botType(bots),
    behaviorType(bots),
    webhookListenerType({ now }),
    settingType({ now }),
  ];
  return {
    db,
    vault,
    recordTypes,
    settings: async () => ({}),
    groups: async () => [],
    config: { maxPackageBytes: 1_000_000, url: new URL('https://hub.example') },
    now,
    newId,
    randomBytes: (size) => new Uint8Array(size),
  };
}

/** Text of a file below the root, such as `packages/twitter.json`. */
export function packageText(path: string): string {
  return readFileSync(fromRoot(path), 'utf8');
}

const tables = [
  'connected_services',
  'connected_accounts',
  'bots',
  'behaviors',
  'webhook_listeners',
  'settings',
  'imports',
  'import_records',
];

/** Every row an import could have left. */
export async function rowsOf(db: Knex): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {};
  for (const table of tables) rows[table] = await db(table);
  return rows;
}
