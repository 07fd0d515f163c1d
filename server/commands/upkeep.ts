/** migrate, backup, restore, doctor: looking after an installation. */
import { backUp, restore } from '../backup.ts';
import { examine } from '../doctor.ts';
import { openVault } from '../keys.ts';
import { KeyError } from '../master-key.ts';
import { type Command, type CommandCall, table, tellEither } from './command.ts';
import { type Installation, withInstallation, withUpToDate } from './installation.ts';

export const upkeepCommands: readonly Command[] = [
  {
    name: 'migrate',
    usage: '',
    help: 'Bring the database up to date',
    args: [0, 0],
    run: (call) =>
      withUpToDate(call.io, async () => {
        tellEither(call, { status: 'ok' }, 'The database is up to date.');
        return 0;
      }),
  },
  {
    name: 'backup',
    usage: 'FILE',
    help: 'Write all rows to a new file, while others go on working; keep the master key apart, it is not in it',
    args: [1, 1],
    run: (call) =>
      withUpToDate(call.io, async ({ db }) => report(call, await backUp(db, call.args[0] ?? ''))),
  },
  {
    name: 'restore',
    usage: 'FILE',
    help: 'Fill an empty database from a backup',
    args: [1, 1],
    run: (call) => withUpToDate(call.io, (installation) => restoreFile(call, installation)),
  },
  {
    name: 'doctor',
    usage: '',
    help: 'Look over the installation; 1 when something is wrong',
    args: [0, 0],
    run: (call) =>
      withInstallation(call.io, async (installation) => {
        const findings = await examine(installation);
        const rows = findings.map(({ what, state, text }) => [
          state === 'wrong' ? 'WRONG' : state,
          what,
          text,
        ]);
        tellEither(call, { findings }, table(rows));
        return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
      }),
  },
];

/** The rows are what was asked for; that the key for them is not here yet is said, and `serve` says it again. */
async function restoreFile(call: CommandCall, installation: Installation): Promise<number> {
  const code = report(call, await restore(installation.db, call.args[0] ?? ''));
  await openVault(installation).catch((error) => {
    if (!(error instanceof KeyError)) throw error;
    call.io.err(`The rows are restored, but they do not open here yet. ${error.message}`);
  });
  return code;
}

function report(call: CommandCall, done: { rows: number }): number {
  tellEither(call, done, `${done.rows} rows`);
  return 0;
}
