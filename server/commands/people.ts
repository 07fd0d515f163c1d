/** worker add, api-key create. */
import { commandLine } from '../people/actor.ts';
import { type Command, type CommandCall, tellEither } from './command.ts';

export const peopleCommands: readonly Command[] = [
  {
    name: 'worker add',
    usage: 'EMAIL [--admin]',
    help: 'Add a worker; prints a one-time address where the worker sets a password',
    options: { admin: { type: 'boolean' } },
    args: [1, 1],
    run: addWorker,
  },
  {
    name: 'api-key create',
    usage: 'NAME [--admin] [--account ID]...',
    help: 'Create an API key; prints it once, alone',
    options: { admin: { type: 'boolean' }, account: { type: 'string', multiple: true } },
    args: [1, 1],
    run: createKey,
  },
];

async function addWorker(call: CommandCall): Promise<number> {
  const hub = await call.hub();
  const [email = ''] = call.args;
  const url = await hub.addWorker({ email, isAdmin: call.flag('admin') });
  tellEither(call, { url }, url);
  return 0;
}

async function createKey(call: CommandCall): Promise<number> {
  const hub = await call.hub();
  const [name = ''] = call.args;
  const accounts: string[] = [];
  for (const ref of call.texts('account')) {
    const { body } = await hub.call(commandLine, 'GET', `/connected-accounts/${encodeURIComponent(ref)}`);
    // The Contract's account.
    accounts.push((body as { id: string }).id);
  }
  const key = await hub.createApiKey({ name, isAdmin: call.flag('admin'), accounts });
  tellEither(call, { key }, key);
  return 0;
}
