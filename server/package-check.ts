/** Composes the record types just far enough to read packages: for `countersign package check`, without a database. */
import { providers } from './connections/providers/index.ts';
import { recordTypes } from './hub-packages.ts';
import { checkPackage, type PackageCheck } from './packages/check.ts';

const defaultMaxBytes = 10_485_760;

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
  return checkPackage(text, { recordTypes: recordTypes(connections, bots), maxBytes: defaultMaxBytes });
}

/** A check reads records and never stores them. */
function unreachable(): never {
  throw new Error('a package check does not touch what is stored');
}
