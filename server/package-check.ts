/** Composes the record types just far enough to read packages: for `countersign package check`, without a database. */
import { providers } from './connections/providers/index.ts';
import { recordTypes } from './hub-packages.ts';
import { checkPackage, type PackageCheck } from './packages/check.ts';
import { readSchema, type SchemaCheck } from './packages/schema.ts';

const defaultMaxBytes = 10_485_760;

/** Compiled at the first check. */
let schema: SchemaCheck | undefined;

/** Looks at a package by itself; reads neither settings nor database. */
export function checkPackageText(text: string): PackageCheck {
  const connections = {
    providers,
    vault: { seal: unreachable, open: unreachable, activeKeyId: '' },
    now: unreachable,
    owners: { exists: unreachable },
    dependents: { of: unreachable, remove: unreachable },
    eraseDeliveriesOf: unreachable,
  };
  const bots = {
    accounts: { find: unreachable },
    owners: { list: unreachable, label: unreachable, whoMayUse: unreachable, exists: unreachable },
    otherDependents: { of: unreachable },
    now: unreachable,
  };
  schema ??= readSchema();
  return checkPackage(text, {
    recordTypes: recordTypes(connections, bots),
    schema,
    maxBytes: defaultMaxBytes,
  });
}

/** A check reads records and never stores them. */
function unreachable(): never {
  throw new Error('a package check does not touch what is stored');
}
