/** account …: services' accounts from the command line. */
import { HubError } from '../errors.ts';
import { commandLine } from '../people/actor.ts';
import { allItems, type Command, type CommandCall, table, tell, tellEither } from './command.ts';

export const accountCommands: readonly Command[] = [
  {
    name: 'account list',
    usage: '',
    help: 'List the connected accounts',
    args: [0, 0],
    run: listAccounts,
  },
  {
    name: 'account show',
    usage: 'ACCOUNT',
    help: 'Show one account, by id or uri',
    args: [1, 1],
    run: async (call) => {
      tell(call, await ask(call, 'GET', ''));
      return 0;
    },
  },
  {
    name: 'account link',
    usage: 'ACCOUNT [--wait] [--replace]',
    help: 'Print the address where a person links the account; --wait until it is linked (0), denied or expired (1)',
    options: { wait: { type: 'boolean' }, replace: { type: 'boolean' } },
    args: [1, 1],
    run: linkAccount,
  },
  {
    name: 'account credentials',
    usage: 'ACCOUNT [--force]',
    help: 'Store credentials, read from stdin as JSON by the names of their fields: {"oauth_token":…,"oauth_token_secret":…}, {"username":…,"password":…}, …',
    options: { force: { type: 'boolean' } },
    args: [1, 1],
    run: async (call) => {
      const credentials = await readCredentials(call);
      tell(
        call,
        await ask(call, 'PUT', call.flag('force') ? '/credentials?force=1' : '/credentials', credentials),
      );
      return 0;
    },
  },
  {
    name: 'account test',
    usage: 'ACCOUNT',
    help: 'Ask the remote service who the account is; 1 when it does not accept the account',
    args: [1, 1],
    run: async (call) => {
      const body = await ask(call, 'POST', '/test');
      tell(call, body);
      // The shape is the Contract's answer of `test`.
      return (body as { ok: boolean }).ok ? 0 : 1;
    },
  },
  {
    name: 'account unlink',
    usage: 'ACCOUNT',
    help: 'Forget the tokens of the account; 1 when the remote service was to end them and did not',
    args: [1, 1],
    run: async (call) => {
      const body = await ask(call, 'POST', '/unlink');
      tell(call, body);
      // The shape is the Contract's answer of `unlink`.
      return (body as { ok: boolean }).ok ? 0 : 1;
    },
  },
];

interface AccountItem {
  id: string;
  name: string;
  status: string;
  identity: { id: string | null; name: string | null } | null;
}

async function listAccounts(call: CommandCall): Promise<number> {
  const items = await allItems<AccountItem>(call, '/connected-accounts');
  const rows = items.map(({ id, status, name, identity }) => [id, status, name, identity?.name ?? '']);
  tellEither(call, { items, next: null }, table(rows));
  return 0;
}

async function linkAccount(call: CommandCall): Promise<number> {
  // The shape is the Contract's answer of `link`.
  const body = (await ask(call, 'POST', '/link', { replace: call.flag('replace') })) as { url: string };
  tellEither(call, body, body.url);
  if (!call.flag('wait')) return 0;
  const hub = await call.hub();
  const outcome = await hub.waitForLink(body.url, call.io.interrupted);
  call.io.err(outcome === 'linked' ? 'linked' : `not linked: ${outcome}`);
  return outcome === 'linked' ? 0 : 1;
}

/** One call about the account that the first word names. */
async function ask(
  call: CommandCall,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  input?: unknown,
): Promise<unknown> {
  const hub = await call.hub();
  const account = encodeURIComponent(call.args[0] ?? '');
  return (await hub.call(commandLine, method, `/connected-accounts/${account}${path}`, input)).body;
}

async function readCredentials(call: CommandCall): Promise<unknown> {
  let text = '';
  for await (const line of call.io.stdin()) text += `${line}\n`;
  try {
    return JSON.parse(text);
  } catch {
    throw new HubError(
      'bad_request',
      'Standard input must hold one JSON object, such as {"oauth_token":…,"oauth_token_secret":…}.',
    );
  }
}
