/** Setup > Settings: what remote sites ask about this helpdesk when an app is registered there. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { type SettingName, type Settings, settingProblem, settingTable } from './setting.ts';
import { deleteSetting, findSetting, insertSetting, readSettings, updateSetting } from './store.ts';

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
}

// The table is closed, so its keys are the names.
const names = Object.keys(settingTable) as SettingName[];

export function settingsPages(deps: Deps): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/setup/settings',
      access: 'admin',
      handle: async () => page(await readSettings(deps.db), {}),
    },
    { method: 'POST', path: '/setup/settings', access: 'admin', handle: (visit) => save(deps, visit) },
    {
      method: 'GET',
      path: '/settings/:id',
      access: 'admin',
      handle: () => ({ redirect: '/setup/settings' }),
    },
  ];
}

async function save({ db, now, newId }: Deps, { form }: Visit): Promise<PageAnswer> {
  const typed = Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? '').trim()]));
  const problems = Object.fromEntries(
    names.map((name) => [name, typed[name] ? settingProblem(name, typed[name]) : undefined]),
  );
  if (Object.values(problems).some(Boolean)) return page(typed, problems);
  await inTransaction(db, async (trx) => {
    for (const name of names) {
      const value = typed[name] ?? '';
      const stored = await findSetting(trx, { name });
      if (stored && value === '') await deleteSetting(trx, stored.id);
      else if (stored && value !== stored.value)
        await updateSetting(trx, stored.id, { name, value }, now(), stored.updatedAt);
      else if (!stored && value !== '') await insertSetting(trx, newId(), { name, value }, now());
    }
  });
  return { redirect: '/setup/settings', notice: 'The settings were saved.' };
}

function page(values: Settings, problems: Readonly<Record<string, string | undefined>>): PageAnswer {
  return {
    view: 'settings/settings',
    status: Object.values(problems).some(Boolean) ? 422 : 200,
    model: {
      title: 'Settings',
      fields: names.map((name) => {
        const { label, help } = settingTable[name];
        return { name, label, help, value: values[name] ?? '', error: problems[name] ?? '' };
      }),
    },
  };
}
