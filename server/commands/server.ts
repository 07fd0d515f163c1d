/** serve, demo, sign: what runs long, and what needs no database at all. */
import { signLine } from '../connections/oauth1/sign-line.ts';
import { runDemo } from '../demo.ts';
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import { serve } from '../main.ts';
import type { Command, CommandCall } from './command.ts';
import { sandboxCommand } from './sandbox.ts';

export const serverCommands: readonly Command[] = [
  {
    name: 'serve',
    usage: '',
    help: 'Bring the database up to date and serve until stopped',
    args: [0, 0],
    run: (call) => serve(call.io),
  },
  {
    name: 'demo',
    usage: '[--package FILE] [--once]',
    help: 'Walk the whole journey against the built-in sandbox, then stay for trying it by hand',
    options: { package: { type: 'string' }, once: { type: 'boolean' } },
    args: [0, 0],
    run: startDemo,
  },
  sandboxCommand,
  {
    name: 'sign',
    usage: '',
    help: 'Sign requests: a JSON vector a line on stdin, a JSON line out for each',
    args: [0, 0],
    run: async (call) => {
      for await (const line of call.io.stdin())
        if (line.trim() !== '') call.io.out(writeJson(signLine(line)));
      return 0;
    },
  },
];

async function startDemo(call: CommandCall): Promise<number> {
  const file = call.text('package');
  const once = call.flag('once');
  if (file === undefined) return runDemo(call.io, { once });
  const text = await call.io.readFile(file).catch((cause) => {
    throw new HubError('bad_request', `The file ${file} cannot be read.`, { cause });
  });
  return runDemo(call.io, { once, package: text });
}
