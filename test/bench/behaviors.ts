/** What running a behavior costs: without a call, and with one to loopback beside the bare HTTP client's same call. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { Pool } from 'undici';
import { parseConfig } from '../../server/config.ts';
import { createHub, type Hub } from '../../server/hub.ts';
import { commandLine } from '../../server/people/actor.ts';
import type { Benchmark } from './run.ts';

const effort = { rounds: 9, operations: 600 };
/** Operations under way at once, for every contender alike. */
const widths = [1, 16, 64];
const goal = 0.6;
const host = 'https://bench.example';

type Work = () => Promise<unknown>;

export const behaviors: Benchmark = {
  title: 'running behaviors, SQLite in a file, with the log of runs and deliveries',
  async run(print) {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    const remote = await startRemote();
    const origin = `http://127.0.0.1:${remote.port}`;
    const config = parseConfig({ COUNTERSIGN_DATA: folder, COUNTERSIGN_CONNECT_TO: `${host}=${origin}` });
    const hub = await createHub({ config, log: pino({ level: 'silent' }) });
    const pool = new Pool(origin, { connections: 128 });
    try {
      const [quiet, calling] = await makeBehaviors(hub);
      const works: Record<string, Work> = {
        'no call': () => runOf(hub, quiet),
        'one call': () => runOf(hub, calling),
        'bare client': () => callBare(pool),
      };
      print(
        `${effort.rounds} rounds of ${effort.operations} operations each, in turn; a second: median (quartiles)`,
      );
      for (const width of widths) await compare(works, width, print);
    } finally {
      await pool.close();
      await hub.close();
      await remote.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function compare(
  works: Record<string, Work>,
  width: number,
  print: (line: string) => void,
): Promise<void> {
  const rates: Record<string, number[]> = {};
  const names = Object.keys(works);
  for (let round = -2; round < effort.rounds; round += 1) {
    for (const [turn] of names.entries()) {
      const name = names[(turn + round + 2) % names.length] ?? '';
      const work = works[name];
      if (!work) continue;
      const rate = await rateOf(work, width);
      if (round >= 0) rates[name] = [...(rates[name] ?? []), rate];
    }
  }
  print(`\n${width} at once`);
  for (const name of names) {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) =>
      Math.round(quantile(rates[name] ?? [], share)),
    );
    print(`  ${name.padEnd(12)} ${String(middle).padStart(6)}  (${low} to ${high})`);
  }
  const shares = (rates['one call'] ?? []).map(
    (rate, round) => rate / (rates['bare client']?.[round] ?? Number.NaN),
  );
  const share = quantile(shares, 0.5);
  print(
    `  one call is ${Math.round(share * 100)} % of the bare client (${share >= goal ? 'goal' : 'goal missed'}: ${goal * 100} %)`,
  );
}

/** Operations a second with so many under way. */
async function rateOf(work: Work, width: number): Promise<number> {
  let left = effort.operations;
  const lane = async () => {
    while (left-- > 0) await work();
  };
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: width }, lane));
  return effort.operations / (Number(process.hrtime.bigint() - start) / 1e9);
}

async function runOf(hub: Hub, behavior: string): Promise<void> {
  const { body } = await hub.call(commandLine, 'POST', `/behaviors/${behavior}/run`, {
    variables: { var_q: 'x' },
  });
  const { status, error } = body as { status: string; error: unknown };
  if (status !== 'done') throw new Error(`A run ended as ${status}: ${JSON.stringify(error)}`);
}

async function callBare(pool: Pool): Promise<void> {
  const { statusCode, body } = await pool.request({
    method: 'GET',
    path: '/1/echo?q=x',
    headers: { accept: '*/*' },
  });
  if (statusCode !== 200 || (await body.text()) === '') throw new Error('The remote side did not answer.');
}

async function makeBehaviors(hub: Hub): Promise<[quiet: string, calling: string]> {
  const { id: bot_id } = await make(hub, '/bots', { name: 'Bench' });
  const text = { action: '_set_custom_var', var: 'text', value: '{{ var_q|upper }}' };
  const request = {
    action: 'core.va.action.http_request',
    http_verb: 'get',
    http_url: `${host}/1/echo?q={{ var_q|url_encode }}`,
    auth: '',
    options: { raw_response_body: '1' },
    response_placeholder: '_http_response',
  };
  const behavior = async (title: string, actions: object[]) => {
    const variables = { var_q: { key: 'var_q', label: 'q', type: 'S', is_private: '0' } };
    const nodes = [{ type: 'action', title, params: { actions } }];
    return (await make(hub, '/behaviors', { bot_id, title, event: 'event.macro.bot', variables, nodes })).id;
  };
  return [await behavior('Quiet', [text]), await behavior('Calling', [request])];
}

async function make(hub: Hub, path: string, body: object): Promise<{ id: string }> {
  // What the API answers to a record that was made holds its id.
  return (await hub.call(commandLine, 'POST', path, body)).body as { id: string };
}

async function startRemote(): Promise<{ port: number; close(): Promise<unknown> }> {
  const file = new URL('./loopback-service.ts', import.meta.url).href;
  const boot = `import { register } from '${import.meta.resolve('tsx/esm/api')}'; register(); await import('${file}');`;
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`));
  const port = await new Promise<number>((resolve) => thread.once('message', resolve));
  return { port, close: () => thread.terminate() };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}
