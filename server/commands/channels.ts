/** channel …: channels of bots from the command line. */
import { HubError } from '../errors.ts';
import { commandLine } from '../people/actor.ts';
import { allItems, type Command, type CommandCall, table, tell, tellEither, UsageError } from './command.ts';

export const channelCommands: readonly Command[] = [
  {
    name: 'channel list',
    usage: '',
    help: 'List the channels of all bots',
    args: [0, 0],
    run: listChannels,
  },
  {
    name: 'channel show',
    usage: 'CHANNEL',
    help: 'Show one channel, by id',
    args: [1, 1],
    run: (call) => telling(call, ask(call, 'GET', '')),
  },
  {
    name: 'channel add',
    usage: '--bot BOT --type TYPE [--name NAME] [--label LABEL] [--transport TRANSPORT] [--account ACCOUNT]',
    help: 'Add a channel; without --account its keys are read from stdin as JSON {"client_id":…,"client_secret":…,"oauth_token":…,"oauth_token_secret":…}, nothing makes a draft',
    options: {
      bot: { type: 'string' },
      type: { type: 'string' },
      name: { type: 'string' },
      label: { type: 'string' },
      transport: { type: 'string' },
      account: { type: 'string' },
    },
    args: [0, 0],
    run: addChannel,
  },
  {
    name: 'channel authorize',
    usage: 'CHANNEL [--keep-others] [--replace-others]',
    help: 'Check the keys, register the webhook, subscribe; 1 when a step failed',
    options: { 'keep-others': { type: 'boolean' }, 'replace-others': { type: 'boolean' } },
    args: [1, 1],
    run: authorizeChannel,
  },
  {
    name: 'channel enable',
    usage: 'CHANNEL',
    help: 'Enable a channel',
    args: [1, 1],
    run: (call) => telling(call, ask(call, 'POST', '/enable')),
  },
  {
    name: 'channel disable',
    usage: 'CHANNEL',
    help: 'Disable a channel; its address is answered all the same',
    args: [1, 1],
    run: (call) => telling(call, ask(call, 'POST', '/disable')),
  },
  {
    name: 'channel delete',
    usage: 'CHANNEL [--erase-conversations]',
    help: 'Delete a channel for good; prints what was ended at the remote service',
    options: { 'erase-conversations': { type: 'boolean' } },
    args: [1, 1],
    run: (call) =>
      telling(call, ask(call, 'DELETE', call.flag('erase-conversations') ? '?conversations=erase' : '')),
  },
];

interface ChannelItem {
  id: string;
  bot_id: string;
  type: string;
  name: string;
  state: string;
  is_enabled: boolean;
}

interface StepItem {
  name: string;
  ok: boolean;
  text: string;
}

async function listChannels(call: CommandCall): Promise<number> {
  const items = await allItems<ChannelItem>(call, '/channels');
  const rows = items.map(({ id, type, state, is_enabled, name }) => [
    id,
    type,
    state,
    is_enabled ? 'enabled' : 'disabled',
    name,
  ]);
  tellEither(call, { items, next: null }, table(rows));
  return 0;
}

async function addChannel(call: CommandCall): Promise<number> {
  const [bot_id, type] = [call.text('bot'), call.text('type')];
  if (bot_id === undefined || type === undefined) throw new UsageError('channel add needs --bot and --type.');
  const given = ['name', 'label', 'transport'].flatMap((name) => {
    const value = call.text(name);
    return value === undefined ? [] : [[name, value]];
  });
  const account = call.text('account');
  const access = account === undefined ? await readKeys(call) : { account_id: account };
  const hub = await call.hub();
  const input = { bot_id, type, ...Object.fromEntries(given), ...access };
  tell(call, (await hub.call(commandLine, 'POST', '/channels', input)).body);
  return 0;
}

async function authorizeChannel(call: CommandCall): Promise<number> {
  const foreign = call.flag('replace-others') ? 'replace' : call.flag('keep-others') ? 'keep' : 'ask';
  // The shape is the Contract's answer of `authorize`.
  const body = (await ask(call, 'POST', '/authorize', { foreign })) as { state: string; steps: StepItem[] };
  const rows = body.steps.map(({ name, ok, text }) => [ok ? 'done' : 'FAILED', name, text]);
  tellEither(call, body, table([...rows, ['', 'State', body.state]]));
  return body.state === 'active' ? 0 : 1;
}

async function telling(call: CommandCall, body: Promise<unknown>): Promise<number> {
  tell(call, await body);
  return 0;
}

/** One call about the channel that the first word names. */
async function ask(
  call: CommandCall,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  input?: unknown,
): Promise<unknown> {
  const hub = await call.hub();
  const channel = encodeURIComponent(call.args[0] ?? '');
  return (await hub.call(commandLine, method, `/channels/${channel}${path}`, input)).body;
}

async function readKeys(call: CommandCall): Promise<{ keys?: unknown }> {
  let text = '';
  for await (const line of call.io.stdin()) text += `${line}\n`;
  if (text.trim() === '') return {};
  try {
    return { keys: JSON.parse(text) };
  } catch {
    throw new HubError(
      'bad_request',
      'Standard input must hold one JSON object with the four keys, or nothing.',
    );
  }
}
