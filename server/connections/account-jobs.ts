/** Jobs over accounts: renew what is due, and ask who they are; never more than one at a time for one service. */
import { traceOf } from '../errors.ts';
import type { ConnectedAccount } from './account.ts';
import type { CredentialDeps } from './credentials.ts';
import { checkAccount } from './health.ts';
import { identityCallOf } from './identity.ts';
import { renewIfDue } from './renew.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { listDueChecks, listUnplannedChecks, planCheck } from './store-health.ts';
import { listDueRenewals } from './store-renewals.ts';

/** Accounts a job takes on in one go; the next takes the rest. */
const batch = 200;
/** Of one service in one go, so that many accounts are asked over many minutes. */
const checksInARow = 20;
const dayMs = 24 * 3_600_000;

/** Renews what is due. One that fails is noted on its account and holds up no other. */
export async function renewAccounts(deps: CredentialDeps): Promise<void> {
  const due = await listDueRenewals(deps.db, deps.now(), batch);
  await serviceByService(deps, due, async (account, opened) => {
    await renewIfDue(deps, account, opened);
  });
}

/** Asks the accounts whose check is due who they are, after planning those that have no plan. */
export async function checkAccounts(deps: CredentialDeps): Promise<void> {
  const unplanned = await listUnplannedChecks(deps.db, batch);
  await serviceByService(deps, unplanned, async (account, opened) => {
    const everyMs = identityCallOf(opened.params)?.everyMs || dayMs;
    await planCheck(deps.db, account, deps.now() + Math.floor(everyMs * shareOf(account.id)));
  });
  const due = await listDueChecks(deps.db, deps.now(), batch);
  await serviceByService(deps, due, async (account, opened, place) => {
    if (place >= checksInARow) return;
    const everyMs = identityCallOf(opened.params)?.everyMs ?? 0;
    // Planned anew before it is asked: of several processes one asks.
    const isOurs = await planCheck(deps.db, account, deps.now() + (everyMs || dayMs));
    if (isOurs && everyMs > 0) await checkAccount(deps, await renewIfDue(deps, account, opened), opened);
  });
}

/** Services side by side, the accounts of each one after another; one that fails holds up no other. */
async function serviceByService(
  deps: CredentialDeps,
  accounts: readonly ConnectedAccount[],
  work: (account: ConnectedAccount, opened: OpenService, place: number) => Promise<void>,
): Promise<void> {
  const serviceIds = [...new Set(accounts.map(({ serviceId }) => serviceId))];
  await Promise.all(
    serviceIds.map(async (serviceId) => {
      const ofService = accounts.filter((account) => account.serviceId === serviceId);
      for (const [place, account] of ofService.entries()) {
        try {
          await work(account, await openServiceOf(deps, serviceId), place);
        } catch (error) {
          deps.log.error({ account: account.id, ...traceOf(error) }, 'an account could not be looked after');
        }
      }
    }),
  );
}

/** Where in the day an account's checks lie: a part of one that its id decides. */
function shareOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 9973;
  return hash / 9973;
}
