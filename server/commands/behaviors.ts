/** behavior …: list, run and simulate from the command line. */
import { writeJson } from '../json.ts';
import { type Command, type CommandCall, cliActor, parseSettings, table } from './command.ts';

export const behaviorCommands: readonly Command[] = [
  {
    name: 'behavior list',
    usage: '',
    help: 'List the behaviors of all bots',
    args: [0, 0],
    run: async (call) => {
      const hub = await call.hub();
      const { body } = await hub.call(cliActor, 'GET', '/behaviors?limit=200');
      // The shape is the Contract's own list.
      const { items } = body as {
        items: { id: string; title: string; event: { key: string } | string; runnable: boolean }[];
      };
      if (call.json) call.io.out(writeJson(body));
      else
        call.io.out(
          table(items.map((item) => [item.id, item.runnable ? 'runnable' : 'not runnable', item.title])),
        );
      return 0;
    },
  },
  command('run', 'Run a behavior for real'),
  command('simulate', 'Run a behavior in the simulator'),
];

function command(verb: 'run' | 'simulate', help: string): Command {
  return {
    name: `behavior ${verb}`,
    usage: 'BEHAVIOR [--set var_x=VALUE]...',
    help,
    options: { set: { type: 'string', multiple: true } },
    args: [1, 1],
    run: (call) => runBehavior(call, verb),
  };
}

async function runBehavior(call: CommandCall, verb: 'run' | 'simulate'): Promise<number> {
  const hub = await call.hub();
  const variables = parseSettings(call.texts('set'));
  const path = `/behaviors/${encodeURIComponent(call.args[0] ?? '')}/${verb}`;
  const { body } = await hub.call(cliActor, 'POST', path, { variables });
  // The shape is the Contract's answer of `run`.
  const run = body as { status: string; transcript?: { text: string }[]; error?: { message: string } | null };
  if (call.json) call.io.out(writeJson(body));
  else {
    for (const entry of run.transcript ?? []) call.io.out(entry.text);
    if (run.error) call.io.err(run.error.message);
  }
  return run.status === 'failed' ? 1 : 0;
}
