/** Walks a behavior's tree as the bot, from the beginning or from where a run waited, and collects what it tells. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Actor } from '../people/actor.ts';
import type { ActionResult, RunMode } from './action.ts';
import { findActionType } from './actions/index.ts';
import { actionsOf, type BehaviorNode, type BehaviorRecord, nodeAt, type Placed } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import { callBehavior } from './call.ts';
import type { MessageOrigin } from './channels.ts';
import { groupsHold } from './condition.ts';
import { isObject, type JsonObject, textOf } from './json-value.ts';
import { follow, type MachineDeps, runMachine } from './machine.ts';
import { titleOfAction } from './remarks.ts';
import { ActionFailure, explainFailure } from './run-failure.ts';
import { type ReadRecords, recordsOf } from './run-records.ts';
import type { Frame, RunState } from './run-state.ts';
import { notingTools, type RunStep, stepInput } from './run-step.ts';
import { scopeOf, type Deps as ToolDeps, toolsFor } from './tools.ts';
import type { RunError, TranscriptEntry } from './values.ts';

export interface Deps extends ToolDeps {
  db: Knex;
  config: Pick<Config, 'runLimits' | 'timeZone'>;
  templates: {
    render(
      template: string,
      context: JsonObject,
      options: { timeoutMs: number; maxOutputBytes: number },
    ): Promise<string>;
  };
  now(): number;
  log: { error(fields: object, message: string): void };
}

export interface WalkInput {
  runId: string;
  asker: Actor;
  mode: RunMode;
  state: RunState;
  /** What a person replied to the prompt of `state`; absent at the beginning. */
  reply?: JsonObject;
  /** The message the run answers. */
  origin: MessageOrigin | undefined;
}

/** What came of a walk, nothing masked yet. `state.prompt` tells whether the run waits. */
export interface Walk {
  /** Variables and every placeholder that was set, of the first behavior. */
  values: JsonObject;
  transcript: TranscriptEntry[];
  /** One for each entry of the transcript. */
  steps: RunStep[];
  tookMs: number;
  error: RunError | null;
  /** Secrets of the accounts that were used. */
  secrets: readonly string[];
  state: RunState;
}

/** Walks to the end, to a prompt, or to the first action that fails; never rejects. */
export async function walk(deps: Deps, input: WalkInput): Promise<Walk> {
  const { state } = input;
  const beganAt = deps.now();
  const transcript: TranscriptEntry[] = [];
  const steps: RunStep[] = [];
  const secrets: string[] = [];
  const ended = (error: RunError | null): Walk => {
    const values = state.frames[0]?.values ?? state.values;
    return { values, transcript, steps, tookMs: deps.now() - beganAt, error, secrets, state };
  };
  const machine = machineFor(deps, input, { transcript, steps, secrets });
  try {
    if (input.reply) await machine.takeReply(input.reply);
    await runMachine(machine, state);
    return ended(null);
  } catch (error) {
    return ended(
      error instanceof ActionFailure
        ? error.told
        : { ...explainFailure(deps, error, input.runId), node: null },
    );
  }
}

interface Kept {
  transcript: TranscriptEntry[];
  steps: RunStep[];
  secrets: string[];
}

function machineFor(
  deps: Deps,
  { runId, asker, mode, state, origin }: WalkInput,
  { transcript, steps, secrets }: Kept,
): MachineDeps & { takeReply(reply: JsonObject): Promise<void> } {
  const beganAt = deps.now();
  const records = recordsOf(deps.db);
  const { runLimits: limits, timeZone } = deps.config;
  const renderIn = (context: JsonObject, template: string) => {
    const { templateMs: timeoutMs, maxOutputBytes } = limits;
    return deps.templates.render(template, context, { timeoutMs, maxOutputBytes });
  };
  const render = (frame: Frame, bot: BotRecord, behavior: BehaviorRecord, template: string) =>
    renderIn({ ...scopeOf(bot, behavior), ...frame.scope, ...frame.values }, template);
  const run = {
    runId,
    asker,
    mode,
    origin,
    state,
    secrets,
    simulatedKeys: new Map<string, string>(),
    render,
    call: (
      bot: BotRecord,
      request: Parameters<typeof callBehavior>[1]['request'],
      say: (text: string) => void,
    ) => callBehavior(deps, { bot, request, say, state }),
  };
  const act = async (
    frame: Frame,
    { path, value: action }: Placed<JsonObject>,
    node: Pick<Placed<BehaviorNode>, 'path'> & { title: string },
    reply?: JsonObject,
  ): Promise<ActionResult> => {
    const id = textOf(action.action) ?? '';
    const type = findActionType(id);
    const actedAt = deps.now();
    const said: string[] = [];
    const rendered = new Map<string, string>();
    const tell = (status: TranscriptEntry['status']) => {
      const input = type ? stepInput(type, action, rendered) : [];
      steps.push({ behavior: frame.behaviorId, tookMs: deps.now() - actedAt, input });
      transcript.push({ node: node.path, title: node.title, action: id, status, text: said.join('\n') });
    };
    try {
      if (!type) throw new HubError('behavior_not_runnable', `The action "${id}" cannot run.`);
      const place = { frame, ...(await records(frame.behaviorId)), action: path, node: node.path };
      const tools = notingTools(toolsFor(deps, run, place, said), rendered);
      const result = await (reply ? type.reply?.(action, tools, reply) : type.run(action, tools));
      tell(result === 'skipped' ? 'skipped' : 'done');
      return result ?? 'done';
    } catch (error) {
      const told = explainFailure(deps, error, runId);
      said.push(`[ERROR] ${told.message}`);
      tell('failed');
      throw new ActionFailure({ ...told, message: `${titleOfAction(id)}: ${told.message}`, node: node.path });
    }
  };
  const machine: MachineDeps = {
    limits,
    elapsedMs: () => deps.now() - beganAt,
    enters: (node) => node.status === 'live' || (node.status === 'simulator' && mode === 'simulate'),
    behavior: async (id) => (await records(id)).behavior,
    act: (frame, action, node) => act(frame, action, { path: node.path, title: node.value.title }),
    async passes(frame, { path, value }) {
      const { bot, behavior } = await records(frame.behaviorId);
      const tools = {
        values: { ...scopeOf(bot, behavior), ...frame.scope, ...frame.values },
        variables: behavior.variables,
        now: currentTime(state) ?? deps.now(),
        timeZone,
        render: (template: string) => render(frame, bot, behavior, template),
        // The template language's own operator, in a thread that is stopped when a pattern takes too long.
        matches: async (text: string, pattern: string) =>
          (await renderIn({ text, pattern }, '{% if text matches pattern %}1{% endif %}')) === '1',
      };
      return failingAt(frame, path, value.title, () => groupsHold(value.params.groups, tools));
    },
    async items(frame, { path, value }) {
      const { bot, behavior } = await records(frame.behaviorId);
      const template = textOf(value.params.foreach_json) ?? '';
      const text = await failingAt(frame, path, value.title, () => render(frame, bot, behavior, template));
      return itemsOf(text);
    },
  };
  const failingAt = async <T>(
    frame: Frame,
    path: string,
    title: string,
    work: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const told = explainFailure(deps, error, runId);
      steps.push({ behavior: frame.behaviorId, tookMs: 0, input: [] });
      transcript.push({ node: path, title, action: '', status: 'failed', text: `[ERROR] ${told.message}` });
      throw new ActionFailure({ ...told, message: `${title}: ${told.message}`, node: path });
    }
  };
  return { ...machine, takeReply: (reply) => takeReply(machine, records, state, act, reply) };
}

/** Hands the reply to the action that asked; it may ask again, or send the run elsewhere. */
async function takeReply(
  machine: MachineDeps,
  records: ReadRecords,
  state: RunState,
  act: (
    frame: Frame,
    action: Placed<JsonObject>,
    node: { path: string; title: string },
    reply: JsonObject,
  ) => Promise<ActionResult>,
  reply: JsonObject,
): Promise<void> {
  const { prompt } = state;
  const frame = state.frames.at(-1);
  state.prompt = null;
  if (!prompt || !frame) return;
  const { behavior } = await records(frame.behaviorId);
  const node = nodeAt(behavior.nodes, prompt.node);
  const action =
    node && actionsOf({ path: prompt.node, value: node }).find(({ path }) => path === prompt.action);
  if (!node || !action) {
    throw new HubError(
      'conflict',
      'The behavior was changed while the run waited, so the reply has no place to go.',
    );
  }
  await follow(machine, state, await act(frame, action, { path: prompt.node, title: node.title }, reply));
}

/** What a loop goes through: a list by index, an object by key; undefined for anything else. */
function itemsOf(text: string): [key: unknown, item: unknown][] | undefined {
  try {
    const value = parseJson(text);
    if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item]);
    return isObject(value) ? Object.entries(value) : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds that a simulation takes for now in its conditions (Cerb's `_current_time`, in seconds). */
function currentTime({ frames }: RunState): number | undefined {
  const seconds = frames[0]?.scope._current_time;
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}
