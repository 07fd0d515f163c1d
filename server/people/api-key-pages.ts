/** Setup » API keys. */
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { listApiKeys } from './access-store.ts';
import { createApiKey, type Deps as KeyVerbDeps, revokeApiKey } from './api-keys.ts';
import { parseName } from './credentials.ts';
import { formText, workerOf } from './visit.ts';

export type Deps = KeyVerbDeps;

export function apiKeyPages(deps: Deps): PageRoute[] {
  return [
    { method: 'GET', path: '/setup/api-keys', access: 'admin', handle: () => listPage(deps, {}) },
    { method: 'POST', path: '/setup/api-keys', access: 'admin', handle: (visit) => create(deps, visit) },
    {
      method: 'POST',
      path: '/setup/api-keys/:id/revoke',
      access: 'admin',
      async handle(visit) {
        await revokeApiKey(deps, { actor: workerOf(visit), id: visit.params.id ?? '' });
        return { redirect: '/setup/api-keys', notice: 'The API key is revoked.' };
      },
    },
  ];
}

async function create(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const { form } = visit;
  const typed = {
    name: formText(form, 'name'),
    isAdmin: formText(form, 'rights') === 'admin',
    accountIds: form.getAll('accounts').filter((value) => typeof value === 'string'),
  };
  const errors = {
    name: parseName(typed.name) === undefined ? 'Type a name of up to 100 characters.' : undefined,
    accounts:
      !typed.isAdmin && typed.accountIds.length === 0
        ? 'Choose at least one account, or let the key act as an admin.'
        : undefined,
  };
  if (errors.name ?? errors.accounts) return { ...(await listPage(deps, { typed, errors })), status: 422 };
  const created = await createApiKey(deps, { actor: workerOf(visit), ...typed });
  return { ...(await listPage(deps, { created: { ...created, name: typed.name } })), status: 201 };
}

interface Shown {
  typed?: { name: string; isAdmin: boolean; accountIds: readonly string[] };
  errors?: Record<string, string | undefined>;
  /** The key just made, on this one page only. */
  created?: { name: string; key: string };
}

async function listPage(deps: Deps, shown: Shown) {
  const [keys, accounts] = await Promise.all([listApiKeys(deps.db), deps.listAccounts()]);
  const labels = new Map(accounts.map((account) => [account.id, account.label]));
  return {
    view: 'people/api-keys',
    model: {
      title: 'API keys',
      ...shown,
      keys: keys.map((key) => ({ ...key, accounts: key.accountIds.map((id) => labels.get(id) ?? id) })),
      rights: [
        {
          value: 'accounts',
          label: 'Use the accounts chosen below',
          selected: shown.typed?.isAdmin !== true,
        },
        { value: 'admin', label: 'Act as an admin', selected: shown.typed?.isAdmin === true },
      ],
      accounts: accounts.map(({ id, label }) => ({
        id,
        label,
        checked: shown.typed?.accountIds.includes(id),
      })),
    },
  };
}
