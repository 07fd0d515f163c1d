/** package …: check, plan and import a package file; the history of imports. */
import { HubError } from '../errors.ts';
import { checkPackageText } from '../package-check.ts';
import { commandLine } from '../people/actor.ts';
import {
  allItems,
  type Command,
  type CommandCall,
  parseSettings,
  settingOptions,
  tell,
  tellEither,
  UsageError,
} from './command.ts';

const importOptions = {
  ...settingOptions,
  'skip-unsupported': { type: 'boolean' },
  new: { type: 'boolean' },
  update: { type: 'boolean' },
  overwrite: { type: 'string', multiple: true },
  'role-group': { type: 'string' },
} as const;

const importUsage =
  'FILE [--set KEY=VALUE]... [--skip-unsupported] [--new] [--update] [--overwrite UID[/FIELD]]... [--role-group GROUP]';

export const packageCommands: readonly Command[] = [
  {
    name: 'package check',
    usage: 'FILE',
    help: 'Tell every fault of a package; reads neither settings nor database',
    args: [1, 1],
    run: checkFile,
  },
  {
    name: 'package plan',
    usage: importUsage,
    help: 'Show what the same import would do, and write nothing; 1 when it could not be imported now',
    options: importOptions,
    args: [1, 1],
    run: planFile,
  },
  {
    name: 'package import',
    usage: importUsage,
    help: 'Import a package; of one imported before --new makes a copy, --update changes what it made',
    options: importOptions,
    args: [1, 1],
    run: importFile,
  },
  {
    name: 'package imports',
    usage: '',
    help: 'List what was imported, newest first',
    args: [0, 0],
    run: listImports,
  },
  {
    name: 'package undo',
    usage: 'IMPORT [--account ID]...',
    help: 'Remove what an import made, unless something else refers to it; a linked account only when named',
    options: { account: { type: 'string', multiple: true } },
    args: [1, 1],
    run: undoImport,
  },
];

async function checkFile(call: CommandCall): Promise<number> {
  const { faults, unsupported, warnings } = checkPackageText(await readPackage(call));
  tellEither(call, { faults, unsupported, warnings }, faults.map(describe).join('\n'));
  if (!call.json) {
    for (const remark of unsupported) call.io.err(`cannot be stored: ${describe(remark)}`);
    for (const remark of warnings) call.io.err(`note: ${describe(remark)}`);
  }
  return faults.length === 0 ? 0 : 1;
}

async function planFile(call: CommandCall): Promise<number> {
  const input = await requestOf(call);
  const hub = await call.hub();
  const { body } = await hub.call(commandLine, 'POST', '/packages/plan', input);
  tell(call, body);
  // The shape is the Contract's answer of `plan`.
  const obstacles = obstaclesOf(call, body as Plan);
  for (const obstacle of obstacles) call.io.err(`It cannot be imported now: ${obstacle}`);
  return obstacles.length === 0 ? 0 : 1;
}

interface Plan {
  prompts: { key: string; missing: boolean }[];
  unsupported: { path: string; message: string }[];
  earlier_import: string | null;
}

/** Why the import with the same options would be refused. */
function obstaclesOf(call: CommandCall, { prompts, unsupported, earlier_import: earlier }: Plan): string[] {
  const missing = prompts.filter((prompt) => prompt.missing).map(({ key }) => key);
  return [
    ...(missing.length > 0 ? [`it asks for ${missing.join(', ')} (--set KEY=VALUE)`] : []),
    ...(call.flag('skip-unsupported') ? [] : unsupported.map(describe)),
    ...(earlier !== null && !call.flag('new') && !call.flag('update')
      ? ['it was imported before (--update changes what it made, --new makes a new copy)']
      : []),
  ];
}

async function importFile(call: CommandCall): Promise<number> {
  const input = await requestOf(call);
  const hub = await call.hub();
  const { body } = await hub.call(commandLine, 'POST', '/packages/import', input);
  tell(call, body);
  return 0;
}

async function requestOf(call: CommandCall): Promise<Record<string, unknown>> {
  if (call.flag('new') && call.flag('update')) throw new UsageError('take --new or --update, not both');
  const overwrite = call.texts('overwrite');
  if (overwrite.length > 0 && !call.flag('update')) throw new UsageError('--overwrite goes with --update');
  const roleGroup = call.text('role-group');
  return {
    prompts: answersOf(call),
    package: await readPackage(call),
    ...(call.flag('skip-unsupported') ? { unsupported: 'skip' } : {}),
    ...(call.flag('new') ? { mode: 'new' } : {}),
    ...(call.flag('update') ? { mode: 'update', overwrite } : {}),
    ...(roleGroup === undefined ? {} : { role_group: roleGroup }),
  };
}

async function listImports(call: CommandCall): Promise<number> {
  const imports = await allItems<Imported>(call, '/imports');
  const lines = imports.map(({ id, name, created_at, mode, undone }) =>
    [id, created_at, mode, name, undone === null ? '' : 'undone'].join('  ').trimEnd(),
  );
  tellEither(call, imports, lines.join('\n'));
  return 0;
}

interface Imported {
  id: string;
  name: string;
  created_at: string;
  mode: string;
  undone: object | null;
}

async function undoImport(call: CommandCall): Promise<number> {
  const [id = ''] = call.args;
  const hub = await call.hub();
  const path = `/imports/${encodeURIComponent(id)}/undo`;
  const { body } = await hub.call(commandLine, 'POST', path, { accounts: call.texts('account') });
  tell(call, body);
  return 0;
}

/** Answers by key; a key that is given twice has both. */
function answersOf(call: CommandCall): Record<string, string | string[]> {
  const answers: Record<string, string | string[]> = {};
  for (const pair of call.texts('set')) {
    for (const [key, value] of Object.entries(parseSettings([pair]))) {
      const earlier = answers[key];
      answers[key] = earlier === undefined ? value : [earlier, value].flat();
    }
  }
  return answers;
}

function readPackage(call: CommandCall): Promise<string> {
  const [file = ''] = call.args;
  return call.io.readFile(file).catch((cause) => {
    throw new HubError('bad_request', `The file ${file} cannot be read.`, { cause });
  });
}

function describe(fault: { path: string; message: string; line?: number; column?: number }): string {
  const place = fault.line === undefined ? '' : ` (line ${fault.line}, column ${fault.column})`;
  return `${fault.path || '/'}: ${fault.message}${place}`;
}
