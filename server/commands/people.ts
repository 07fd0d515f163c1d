/** worker add, api-key create. */
import { writeJson } from '../json.ts';
import type { Command } from './command.ts';

export const peopleCommands: readonly Command[] = [
  {
    name: 'worker add',
    usage: 'EMAIL [--admin]',
    help: 'Add a worker; prints a one-time address where the worker sets a password',
    options: { admin: { type: 'boolean' } },
    args: [1, 1],
    run: async (call) => {
      const hub = await call.hub();
      const [email = ''] = call.args;
      const address = await hub.addWorker({ email, isAdmin: call.flag('admin') });
      call.io.out(call.json ? writeJson({ url: address }) : address);
      return 0;
    },
  },
  {
    name: 'api-key create',
    usage: 'NAME [--admin] [--account ID]...',
    help: 'Create an API key; prints it once, alone',
    options: { admin: { type: 'boolean' }, account: { type: 'string', multiple: true } },
    args: [1, 1],
    run: async (call) => {
      const hub = await call.hub();
      const [name = ''] = call.args;
      const key = await hub.createApiKey({
        name,
        isAdmin: call.flag('admin'),
        accounts: call.texts('account'),
      });
      call.io.out(call.json ? writeJson({ key }) : key);
      return 0;
    },
  },
];
