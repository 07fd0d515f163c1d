/** package export: services, accounts and bots into a package file. */
import { writeJson } from '../json.ts';
import { commandLine } from '../people/actor.ts';
import { allItems, type Command, type CommandCall, tell } from './command.ts';

const contexts = {
  service: { context: 'connected_service', path: '/connected-services' },
  account: { context: 'connected_account', path: '/connected-accounts' },
  bot: { context: 'bot', path: '/bots' },
} as const;
const kinds = Object.keys(contexts) as (keyof typeof contexts)[]; // the keys are exactly these

export const exportCommand: Command = {
  name: 'package export',
  usage: 'FILE [--name NAME] [--service SERVICE]... [--account ACCOUNT]... [--bot BOT]...',
  help: 'Write a package of these, or of everything, to FILE (- for stdout); secrets become prompts, tokens stay',
  options: {
    name: { type: 'string' },
    service: { type: 'string', multiple: true },
    account: { type: 'string', multiple: true },
    bot: { type: 'string', multiple: true },
  },
  args: [1, 1],
  run: exportFile,
};

async function exportFile(call: CommandCall): Promise<number> {
  const [path = ''] = call.args;
  const input = { name: call.text('name') ?? nameOf(path), records: await chosenRecords(call) };
  const hub = await call.hub();
  const { body } = await hub.call(commandLine, 'POST', '/packages/export', input);
  // The shape is what the route answers.
  const { package: made, notes } = body as { package: unknown; notes: { path: string; message: string }[] };
  for (const note of notes) call.io.err(`note: ${note.path}: ${note.message}`);
  if (path === '-') {
    tell(call, made);
    return 0;
  }
  await call.io.writeFile(path, `${writeJson(made, 2)}\n`);
  if (call.json) tell(call, { file: path, notes });
  else call.io.err(`Written to ${path}.`);
  return 0;
}

/** Those that options name, by id or uri; without any, everything. */
async function chosenRecords(call: CommandCall): Promise<{ context: string; id: string }[]> {
  const hub = await call.hub();
  const isNamed = kinds.some((kind) => call.texts(kind).length > 0);
  const records: { context: string; id: string }[] = [];
  for (const kind of kinds) {
    const { context, path } = contexts[kind];
    const found = isNamed
      ? await Promise.all(call.texts(kind).map((ref) => readId(hub, `${path}/${encodeURIComponent(ref)}`)))
      : (await allItems<{ id: string }>(call, path)).map(({ id }) => id);
    records.push(...found.map((id) => ({ context, id })));
  }
  return records;
}

async function readId(hub: Awaited<ReturnType<CommandCall['hub']>>, path: string): Promise<string> {
  const { body } = await hub.call(commandLine, 'GET', path);
  return (body as { id: string }).id; // every record of the API has one
}

/** `/some/where/our-bots.json` -> `our-bots`. */
function nameOf(path: string): string {
  const file = path.split(/[\\/]/).at(-1) ?? '';
  return file === '-' ? 'Export' : file.replace(/\.json$/i, '');
}
