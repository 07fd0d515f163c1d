/** package …: check, plan and import a package file. */
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import { checkPackageText } from '../package-check.ts';
import { type Command, type CommandCall, cliActor, parseSettings } from './command.ts';

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
    usage: 'FILE [--set KEY=VALUE]...',
    help: 'Show what an import would create, and write nothing',
    options: { set: { type: 'string', multiple: true } },
    args: [1, 1],
    run: planFile,
  },
  {
    name: 'package import',
    usage: 'FILE [--set KEY=VALUE]... [--skip-unsupported] [--new]',
    help: 'Import a package; --new makes a new copy of one imported before',
    options: {
      set: { type: 'string', multiple: true },
      'skip-unsupported': { type: 'boolean' },
      new: { type: 'boolean' },
    },
    args: [1, 1],
    run: importFile,
  },
];

async function checkFile(call: CommandCall): Promise<number> {
  const { faults, unsupported, warnings } = checkPackageText(await readPackage(call));
  if (call.json) call.io.out(writeJson({ faults, unsupported, warnings }));
  else {
    for (const fault of faults) call.io.out(describe(fault));
    for (const remark of unsupported) call.io.err(`cannot be stored: ${describe(remark)}`);
    for (const remark of warnings) call.io.err(`note: ${describe(remark)}`);
  }
  return faults.length === 0 ? 0 : 1;
}

async function planFile(call: CommandCall): Promise<number> {
  const hub = await call.hub();
  const { body } = await hub.call(cliActor, 'POST', '/packages/plan', {
    package: await readPackage(call),
    prompts: parseSettings(call.texts('set')),
  });
  call.io.out(writeJson(body, call.json ? undefined : 2));
  // The shape is the Contract's answer of `plan`.
  const plan = body as { prompts: { missing?: boolean }[]; unsupported: unknown[] };
  const isImportable =
    plan.unsupported.length === 0 && plan.prompts.every((prompt) => prompt.missing !== true);
  return isImportable ? 0 : 1;
}

async function importFile(call: CommandCall): Promise<number> {
  const hub = await call.hub();
  const { body } = await hub.call(cliActor, 'POST', '/packages/import', {
    package: await readPackage(call),
    prompts: parseSettings(call.texts('set')),
    ...(call.flag('skip-unsupported') ? { unsupported: 'skip' } : {}),
    ...(call.flag('new') ? { mode: 'new' } : {}),
  });
  call.io.out(writeJson(body, call.json ? undefined : 2));
  return 0;
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
