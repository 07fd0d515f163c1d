/** account …, request: services' accounts from the command line. */
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import { type Command, type CommandCall, cliActor, table, UsageError } from './command.ts';

interface AccountBody {
  id: string;
  uri: string | null;
  name: string;
  status: string;
  identity: { id: string | null; name: string | null } | null;
  last_error: string | null;
}

export const accountCommands: readonly Command[] = [
  {
    name: 'account list',
    usage: '',
    help: 'List the connected accounts',
    args: [0, 0],
    run: async (call) => {
      const items = await allAccounts(call);
      if (call.json) call.io.out(writeJson({ items, next: null }));
      else
        call.io.out(table(items.map((item) => [item.id, item.status, item.name, item.identity?.name ?? ''])));
      return 0;
    },
  },
  {
    name: 'account show',
    usage: 'ACCOUNT',
    help: 'Show one account, by id or uri',
    args: [1, 1],
    run: async (call) => {
      const hub = await call.hub();
      const { body } = await hub.call(cliActor, 'GET', accountPath(call));
      call.io.out(writeJson(body, call.json ? undefined : 2));
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
    help: 'Store an access token and its secret, read from stdin as JSON {"oauth_token":…,"oauth_token_secret":…}',
    options: { force: { type: 'boolean' } },
    args: [1, 1],
    run: async (call) => {
      const hub = await call.hub();
      let text = '';
      for await (const line of call.io.stdin()) text += `${line}\n`;
      const path = `${accountPath(call)}/credentials${call.flag('force') ? '?force=1' : ''}`;
      const { body } = await hub.call(cliActor, 'PUT', path, parseStdin(text));
      call.io.out(writeJson(body, call.json ? undefined : 2));
      return 0;
    },
  },
  {
    name: 'account test',
    usage: 'ACCOUNT',
    help: 'Ask the remote service who the account is',
    args: [1, 1],
    run: async (call) => {
      const hub = await call.hub();
      const { body } = await hub.call(cliActor, 'POST', `${accountPath(call)}/test`);
      call.io.out(writeJson(body, call.json ? undefined : 2));
      return isObject(body) && body.ok === true ? 0 : 1;
    },
  },
  {
    name: 'account unlink',
    usage: 'ACCOUNT',
    help: 'Forget the tokens of the account',
    args: [1, 1],
    run: async (call) => {
      const hub = await call.hub();
      const { body } = await hub.call(cliActor, 'POST', `${accountPath(call)}/unlink`);
      call.io.out(writeJson(body, call.json ? undefined : 2));
      return 0;
    },
  },
  {
    name: 'request',
    usage: "ACCOUNT METHOD URL [-H 'Name: value']... [-d BODY] [--explain] [--fail]",
    help: 'Send a signed request; the body on stdout, status and headers on stderr',
    options: {
      header: { type: 'string', multiple: true, short: 'H' },
      data: { type: 'string', short: 'd' },
      explain: { type: 'boolean' },
      fail: { type: 'boolean' },
    },
    args: [3, 3],
    run: sendRequest,
  },
];

async function allAccounts(call: CommandCall): Promise<AccountBody[]> {
  const hub = await call.hub();
  const items: AccountBody[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const { body } = await hub.call(
      cliActor,
      'GET',
      `/connected-accounts?limit=200&after=${encodeURIComponent(after)}`,
    );
    // The shape is the Contract's own list.
    const page = body as { items: AccountBody[]; next: string | null };
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

async function linkAccount(call: CommandCall): Promise<number> {
  const hub = await call.hub();
  const { body } = await hub.call(cliActor, 'POST', `${accountPath(call)}/link`, {
    replace: call.flag('replace'),
  });
  // The shape is the Contract's answer of `link`.
  const { url } = body as { url: string };
  call.io.out(call.json ? writeJson(body) : url);
  if (!call.flag('wait')) return 0;
  const outcome = await hub.waitForLink(url, call.io.interrupted);
  call.io.err(outcome === 'linked' ? 'linked' : `not linked: ${outcome}`);
  return outcome === 'linked' ? 0 : 1;
}

async function sendRequest(call: CommandCall): Promise<number> {
  const hub = await call.hub();
  const [account = '', method = '', url = ''] = call.args;
  const headers: Record<string, string> = {};
  for (const line of call.texts('header')) {
    const at = line.indexOf(':');
    if (at < 1) throw new UsageError(`-H takes 'Name: value', not "${line}"`);
    headers[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  const data = call.text('data');
  const { body } = await hub.call(
    cliActor,
    'POST',
    `/connected-accounts/${encodeURIComponent(account)}/request`,
    {
      method,
      url,
      headers,
      raw: true,
      ...(data === undefined ? {} : { body: data }),
    },
  );
  // The shape is the Contract's answer of `request`.
  const answer = body as {
    headers: Record<string, string>;
    body: string | null;
    info: { url?: string; http_code?: number };
    error: string;
    delivery_id: string;
  };
  if (call.flag('explain')) {
    const delivery = await hub.call(cliActor, 'GET', `/deliveries/${answer.delivery_id}`);
    call.io.err(writeJson(isObject(delivery.body) ? delivery.body.signature : null, 2));
  }
  if (call.json) call.io.out(writeJson(answer));
  else {
    call.io.err(`HTTP ${answer.info.http_code ?? '-'}`);
    for (const [name, value] of Object.entries(answer.headers)) call.io.err(`${name}: ${value}`);
    if (answer.body !== null) call.io.outBytes(new TextEncoder().encode(answer.body));
  }
  if (answer.error !== '') {
    call.io.err(answer.error);
    return 1;
  }
  return call.flag('fail') && (answer.info.http_code ?? 0) >= 400 ? 1 : 0;
}

function accountPath(call: CommandCall): string {
  return `/connected-accounts/${encodeURIComponent(call.args[0] ?? '')}`;
}

function parseStdin(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HubError(
      'bad_request',
      'Standard input must hold one JSON object with oauth_token and oauth_token_secret.',
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
