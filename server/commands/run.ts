/** Runs one command: argv to a command, errors to exit codes 1 (refused or failed) and 2 (usage). */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError, parseConfig } from '../config.ts';
import { HubError } from '../errors.ts';
import { createHub, type Hub } from '../hub.ts';
import { KeyError } from '../keys.ts';
import { accountCommands } from './accounts.ts';
import { behaviorCommands } from './behaviors.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { packageCommands } from './packages.ts';
import { peopleCommands } from './people.ts';
import { serverCommands } from './server.ts';
import { upkeepCommands } from './upkeep.ts';

const commands: readonly Command[] = [
  ...serverCommands,
  ...peopleCommands,
  ...packageCommands,
  ...accountCommands,
  ...behaviorCommands,
  ...upkeepCommands,
];

/** Runs one command and answers its exit code; all output goes through `io`. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let hub: Hub | undefined;
  try {
    if (argv.length === 0 || argv[0] === '--help' || argv[0] === '-h') {
      io.out(helpText());
      return argv.length === 0 ? 2 : 0;
    }
    const command = findCommand(argv);
    const parsed = parse(command, argv.slice(command.name.split(' ').length));
    if (parsed.values.help === true) {
      io.out(`countersign ${command.name} ${command.usage}\n\n${command.help}`);
      return 0;
    }
    const { length } = parsed.positionals;
    if (length < command.args[0] || length > command.args[1]) throw new UsageError(usageOf(command));
    const value = (name: string) => parsed.values[name];
    return await command.run({
      args: parsed.positionals,
      flag: (name) => value(name) === true,
      text: (name) => asText(value(name)),
      texts: (name) => asTexts(value(name)),
      json: value('json') === true,
      io,
      hub: async () => {
        hub ??= await createHub({ config: parseConfig(io.env), logLevel: 'silent' });
        return hub;
      },
    });
  } catch (error) {
    return tell(error, io, argv.includes('--json'));
  } finally {
    await hub?.close();
  }
}

function findCommand(argv: readonly string[]): Command {
  const found = commands.find(({ name }) => name.split(' ').every((word, i) => argv[i] === word));
  if (!found)
    throw new UsageError(`There is no command "${argv.slice(0, 2).join(' ')}". See: countersign --help`);
  return found;
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

function helpText(): string {
  const lines = commands.map(({ name, usage, help }) => `  ${`${name} ${usage}`.trimEnd()}\n      ${help}`);
  return `countersign COMMAND [--json]\n\n${lines.join('\n')}\n\nExit codes: 0 done, 1 refused or failed, 2 wrong usage.`;
}

function tell(error: unknown, io: Io, isJson: boolean): number {
  if (error instanceof UsageError) {
    io.err(error.message);
    return 2;
  }
  if (error instanceof HubError) {
    if (isJson)
      io.out(JSON.stringify({ error: { code: error.code, message: error.message, ...error.extra } }));
    io.err(error.message);
    for (const [name, value] of Object.entries(error.extra)) io.err(`  ${name}: ${JSON.stringify(value)}`);
    return 1;
  }
  if (error instanceof ConfigError || error instanceof KeyError) {
    io.err(error.message);
    return 1;
  }
  io.err(error instanceof Error ? `${error.name}: ${error.message}` : 'failed');
  return 1;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
