/** key …: the vault's keys, by id and state, never themselves. */
import { activateKey, addKey, keyStatus, reencrypt, retireKey } from '../key-rotation.ts';
import { openVault } from '../keys.ts';
import { type Command, type CommandCall, table, tellEither } from './command.ts';
import { type Installation, withUpToDate } from './installation.ts';

export const keyCommands: readonly Command[] = [
  {
    name: 'key status',
    usage: '',
    help: 'Show the keys of the vault by id and state, never themselves',
    args: [0, 0],
    run: (call) => withKeys(call, (installation) => tellStatus(call, installation)),
  },
  {
    name: 'key add',
    usage: '',
    help: 'Make a spare key; prints its id',
    args: [0, 0],
    run: (call) =>
      withKeys(call, async (installation) => {
        const id = await addKey(installation);
        tellEither(call, { id }, id);
      }),
  },
  {
    name: 'key activate',
    usage: 'KEY',
    help: 'Seal with this key from now on; waits until all processes have loaded it',
    args: [1, 1],
    run: (call) =>
      withKeys(call, async (installation) => {
        const [id = ''] = call.args;
        await activateKey(installation, id);
        tellEither(call, { id, state: 'active' }, `${id} is active`);
      }),
  },
  {
    name: 'key reencrypt',
    usage: '',
    help: 'Seal anew whatever older keys sealed; can be stopped and called again',
    args: [0, 0],
    run: (call) =>
      withKeys(call, async (installation) => {
        const { values } = await reencrypt(installation);
        tellEither(call, { values }, `${values} values sealed anew`);
      }),
  },
  {
    name: 'key retire',
    usage: 'KEY',
    help: 'Forget a key under which nothing is sealed any more',
    args: [1, 1],
    run: (call) =>
      withKeys(call, async (installation) => {
        const [id = ''] = call.args;
        await retireKey(installation, id);
        tellEither(call, { id, state: 'retired' }, `${id} is retired`);
      }),
  },
];

/** Only with the right master key at hand; it is proved first. */
async function withKeys(call: CommandCall, work: (deps: Installation) => Promise<void>): Promise<number> {
  await withUpToDate(call.io, async (installation) => {
    await openVault(installation);
    await work(installation);
  });
  return 0;
}

async function tellStatus(call: CommandCall, { db }: Installation): Promise<void> {
  const keys = await keyStatus(db);
  const rows = keys.map(({ id, state, masterKeyId, sealed }) => [
    id,
    state,
    `wrapped by ${masterKeyId}`,
    `${sealed} values`,
  ]);
  const shown = keys.map(({ id, state, masterKeyId, sealed }) => ({
    id,
    state,
    master_key: masterKeyId ?? null,
    sealed,
  }));
  tellEither(call, { keys: shown }, table(rows));
}
