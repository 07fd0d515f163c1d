/** behavior …: list, run and simulate from the command line. */
import { setTimeout as pause } from 'node:timers/promises';
import { commandLine } from '../people/actor.ts';
import {
  allItems,
  type Command,
  type CommandCall,
  parseSettings,
  settingOptions,
  table,
  tellEither,
} from './command.ts';

export const behaviorCommands: readonly Command[] = [
  {
    name: 'behavior list',
    usage: '',
    help: 'List the behaviors of all bots',
    args: [0, 0],
    run: listBehaviors,
  },
  runner('run', 'Run a behavior'),
  runner('simulate', 'Simulate a behavior'),
];

async function listBehaviors(call: CommandCall): Promise<number> {
  const items = await allItems<{ id: string; title: string; runnable: boolean }>(call, '/behaviors');
  const rows = items.map(({ id, runnable, title }) => [id, runnable ? 'runnable' : 'not runnable', title]);
  tellEither(call, { items, next: null }, table(rows));
  return 0;
}

function runner(verb: 'run' | 'simulate', help: string): Command {
  return {
    name: `behavior ${verb}`,
    usage: 'BEHAVIOR [--set var_x=VALUE]...',
    help: `${help}; prints what it did, or with --json the whole result`,
    options: settingOptions,
    args: [1, 1],
    run: (call) => runBehavior(call, verb),
  };
}

interface Run {
  run_id: string;
  status: string;
  transcript: { text: string }[];
  error: { message: string } | null;
}

async function runBehavior(call: CommandCall, verb: 'run' | 'simulate'): Promise<number> {
  const path = `/behaviors/${encodeURIComponent(call.args[0] ?? '')}/${verb}`;
  const variables = parseSettings(call.texts('set'));
  const hub = await call.hub();
  // The shape is the Contract's answer of `run`, and of `GET /runs/:id`.
  let run = (await hub.call(commandLine, 'POST', path, { variables })).body as Run;
  while (run.status === 'running') {
    // The run lives in this process: leaving now would end it halfway.
    await pause(500);
    run = (await hub.call(commandLine, 'GET', `/runs/${run.run_id}`)).body as Run;
  }
  tellEither(call, run, run.transcript.map(({ text }) => text).join('\n'));
  if (run.error) call.io.err(run.error.message);
  return run.status === 'failed' ? 1 : 0;
}
