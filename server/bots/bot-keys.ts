/** What bots keep between runs: texts under names, sealed. */
import type { Knex } from 'knex';
import type { Vault } from '../vault.ts';
import { deleteBotKey, findBotKey, putBotKey } from './store-runs.ts';
import type { BotKeys } from './tools.ts';

/** '' forgets a key. */
export function createBotKeys(deps: { db: Knex; vault: Vault; now(): number }): BotKeys {
  const { db, vault, now } = deps;
  const place = (botId: string, name: string) => ({
    table: 'bot_keys',
    id: `${botId} ${name}`,
    field: 'sealed_value',
  });
  return {
    async get(botId, name) {
      const sealed = await findBotKey(db, botId, name, now());
      return sealed === undefined ? null : vault.open(sealed, place(botId, name));
    },
    async set(botId, name, value, expiresAt) {
      if (value === '') await deleteBotKey(db, botId, name);
      else
        await putBotKey(db, { botId, name, sealedValue: vault.seal(value, place(botId, name)), expiresAt });
    },
  };
}
