/** key …, backup, restore, doctor: looking after an installation. */
import { restore } from '../backup.ts';
import { parseConfig } from '../config.ts';
import { migrate, openDatabase } from '../db/open.ts';
import { writeJson } from '../json.ts';
import { openVault } from '../keys.ts';
import { type Command, type CommandCall, table } from './command.ts';

export const upkeepCommands: readonly Command[] = [
  {
    name: 'key status',
    usage: '',
    help: 'Show the keys of the vault by id and state, never themselves',
    args: [0, 0],
    run: async (call) => {
      const keys = await (await call.hub()).keys.status();
      const rows = keys.map((key) => [
        key.id,
        key.state,
        `wrapped by ${key.masterKeyId}`,
        `${key.sealed} values`,
      ]);
      call.io.out(call.json ? writeJson({ keys }) : table(rows));
      return 0;
    },
  },
  {
    name: 'key add',
    usage: '',
    help: 'Make a spare key; prints its id',
    args: [0, 0],
    run: async (call) => {
      const id = await (await call.hub()).keys.add();
      call.io.out(call.json ? writeJson({ id }) : id);
      return 0;
    },
  },
  {
    name: 'key activate',
    usage: 'KEY',
    help: 'Seal with this key from now on (wait some seconds after `key add` when several processes serve)',
    args: [1, 1],
    run: async (call) => {
      await (await call.hub()).keys.activate(call.args[0] ?? '');
      return 0;
    },
  },
  {
    name: 'key reencrypt',
    usage: '',
    help: 'Seal anew whatever older keys sealed; can be stopped and called again',
    args: [0, 0],
    run: async (call) => {
      const done = await (await call.hub()).keys.reencrypt();
      call.io.out(call.json ? writeJson(done) : `${done.values} values sealed anew`);
      return 0;
    },
  },
  {
    name: 'key retire',
    usage: 'KEY',
    help: 'Forget a key under which nothing is sealed any more',
    args: [1, 1],
    run: async (call) => {
      await (await call.hub()).keys.retire(call.args[0] ?? '');
      return 0;
    },
  },
  {
    name: 'backup',
    usage: 'FILE',
    help: 'Write all rows to a new file; the master key is not in it, keep it apart',
    args: [1, 1],
    run: async (call) => report(call, await (await call.hub()).backUp(call.args[0] ?? '')),
  },
  {
    name: 'restore',
    usage: 'FILE',
    help: 'Fill an empty database from a backup',
    args: [1, 1],
    run: async (call) => {
      const config = parseConfig(call.io.env);
      const db = openDatabase(config.database);
      try {
        await migrate(db);
        const done = await restore(db, call.args[0] ?? '');
        // Proves that the key of what was restored is here.
        await openVault({ db, config, now: Date.now });
        return report(call, done);
      } finally {
        await db.destroy();
      }
    },
  },
  {
    name: 'doctor',
    usage: '',
    help: 'Look over the installation; 1 when something is wrong',
    args: [0, 0],
    run: async (call) => {
      const findings = await (await call.hub()).examine();
      const rows = findings.map(({ what, ok, text }) => [ok ? 'ok' : 'WRONG', what, text]);
      call.io.out(call.json ? writeJson({ findings }) : table(rows));
      return findings.every(({ ok }) => ok) ? 0 : 1;
    },
  },
];

function report(call: CommandCall, done: { rows: number }): number {
  call.io.out(call.json ? writeJson(done) : `${done.rows} rows`);
  return 0;
}
