/** Runs one command: argv to a command, errors to exit codes 1 (refused or failed) and 2 (usage). */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError, parseConfig } from '../config.ts';
import { HubError } from '../errors.ts';
import { errorBody, publicError } from '../http/on-error.ts';
import { createHub, type Hub } from '../hub.ts';
import { writeJson } from '../json.ts';
import { KeyError } from '../master-key.ts';
import { accountCommands } from './accounts.ts';
import { behaviorCommands } from './behaviors.ts';
import { channelCommands } from './channels.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { convertCommand } from './convert.ts';
import { exportCommand } from './export.ts';
import { keyCommands } from './keys.ts';
import { packageCommands } from './packages.ts';
import { peopleCommands } from './people.ts';
import { requestCommand } from './request.ts';
import { serverCommands } from './server.ts';
import { upkeepCommands } from './upkeep.ts';

const commands: readonly Command[] = [
  ...serverCommands,
  ...peopleCommands,
  ...packageCommands,
  exportCommand,
  convertCommand,
  ...accountCommands,
  requestCommand,
  ...behaviorCommands,
  ...channelCommands,
  ...keyCommands,
  ...upkeepCommands,
];

/** Runs one command and answers its exit code; all output goes through `io`. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let hub: Hub | undefined;
  try {
    if (argv[0] === '--help' || argv[0] === '-h') {
      io.out(helpText(commands));
      return 0;
    }
    const command = findCommand(argv);
    const { values, positionals } = parse(command, argv.slice(command.name.split(' ').length));
    if (values.help === true) {
      io.out(`countersign ${command.name} ${command.usage}`.trimEnd());
      io.out(`\n${command.help}`);
      return 0;
    }
    if (positionals.length < command.args[0] || positionals.length > command.args[1])
      throw new UsageError(usageOf(command));
    return await command.run({
      args: positionals,
      flag: (name) => values[name] === true,
      text: (name) => asText(values[name]),
      texts: (name) => asTexts(values[name]),
      json: values.json === true,
      io,
      hub: async () => {
        hub ??= await createHub({ config: parseConfig(io.env), logLevel: 'silent' });
        return hub;
      },
    });
  } catch (error) {
    return tellError(error, io, argv.includes('--json'));
  } finally {
    await hub?.close();
  }
}

function findCommand(argv: readonly string[]): Command {
  if (argv.length === 0) throw new UsageError(helpText(commands));
  const found = commands.find(({ name }) => isCalled(name, argv));
  if (found) return found;
  const group = commands.filter(({ name }) => name.split(' ')[0] === argv[0]);
  if (group.length > 0) throw new UsageError(helpText(group));
  throw new UsageError(`There is no command "${argv.slice(0, 2).join(' ')}". See: countersign --help`);
}

function isCalled(name: string, argv: readonly string[]): boolean {
  return name.split(' ').every((word, index) => argv[index] === word);
}

function parse(command: Command, args: string[]) {
  const options: ParseArgsConfig['options'] = {
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    ...command.options,
  };
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : 'cannot be read'}\n${usageOf(command)}`);
  }
}

function usageOf(command: Command): string {
  return `Usage: countersign ${command.name} ${command.usage}`.trimEnd();
}

function helpText(shown: readonly Command[]): string {
  const lines = shown.map(({ name, usage, help }) => `  ${`${name} ${usage}`.trimEnd()}\n      ${help}`);
  return `countersign COMMAND [--json]\n\n${lines.join('\n')}\n\nExit codes: 0 done, 1 refused or failed, 2 wrong usage.`;
}

function tellError(error: unknown, io: Io, isJson: boolean): number {
  if (error instanceof UsageError) {
    io.err(error.message);
    return 2;
  }
  if (error instanceof ConfigError || error instanceof KeyError) {
    io.err(error.message);
    return 1;
  }
  const told = publicError(error);
  if (isJson) io.out(writeJson(errorBody(told)));
  io.err(told.code === 'internal' ? describe(error) : told.message);
  for (const [name, value] of Object.entries(told.extra)) io.err(`  ${name}: ${writeJson(value)}`);
  return 1;
}

/** For the person at the machine itself, who has no other log of this run. */
function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : new HubError('internal').message;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
