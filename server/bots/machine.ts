/** Steps through a behavior's tree (Cerb's decision nodes): one node or action a step, until the end or a prompt. */
import { setImmediate } from 'node:timers/promises';
import { HubError } from '../errors.ts';
import type { ActionResult } from './action.ts';
import { actionsOf, type Behavior, type BehaviorNode, type Placed } from './behavior.ts';
import { below, type JsonObject, textOf } from './json-value.ts';
import { beginFrame, type Frame, type Place, type RunState } from './run-state.ts';

/** After so many steps others have their turn: a loop may go on for long without waiting for anything. */
const stepsAtOnce = 50;

/** How much one run may do. All are settings. */
export interface RunLimits {
  maxNodes: number;
  maxLoopTurns: number;
  /** Behaviors that call each other. */
  maxDepth: number;
  maxMs: number;
}

/** What the machine asks the walk for. Frames are the ones of the state. */
export interface MachineDeps {
  limits: RunLimits;
  /** Milliseconds since the run began, waiting not counted. */
  elapsedMs(): number;
  /** Whether nodes of this status are entered in this mode. */
  enters(node: BehaviorNode): boolean;
  behavior(id: string): Promise<Behavior>;
  act(frame: Frame, action: Placed<JsonObject>, node: Placed<BehaviorNode>): Promise<ActionResult>;
  /** Whether an outcome's groups of conditions pass. */
  passes(frame: Frame, outcome: Placed<BehaviorNode>): Promise<boolean>;
  /** What a loop goes through: keys with items; undefined when it gave none. */
  items(frame: Frame, loop: Placed<BehaviorNode>): Promise<[key: unknown, item: unknown][] | undefined>;
}

/** Goes on until the run ends or waits; `state.prompt` tells which. Rejects with what stopped it. */
export async function runMachine(deps: MachineDeps, state: RunState): Promise<void> {
  for (let steps = 1; state.frames.length > 0 && state.prompt === null; steps++) {
    await step(deps, state);
    if (steps % stepsAtOnce === 0) await setImmediate();
  }
}

async function step(deps: MachineDeps, state: RunState): Promise<void> {
  checkLimits(deps, state);
  const frame = top(state);
  const place = frame.places.at(-1);
  if (!place) return endFrame(state);
  const behavior = await deps.behavior(frame.behaviorId);
  const node = nodesAt(behavior, place.list)[place.at];
  if (!node) return endList(frame, place, state);
  const placed = { path: below(place.list, place.at), value: node };
  if (!deps.enters(node)) return goOn(place);
  if (place.action === 0) enter(state, frame, placed.path);
  switch (node.type) {
    case 'action':
      return actNext(deps, state, frame, place, placed);
    case 'switch':
      goOn(place);
      return decide(deps, state, frame, placed);
    case 'loop':
      goOn(place);
      return beginLoop(deps, frame, placed);
    default:
      // A subroutine is entered by its action alone; an outcome by its decision.
      return goOn(place);
  }
}

async function actNext(
  deps: MachineDeps,
  state: RunState,
  frame: Frame,
  place: Place,
  node: Placed<BehaviorNode>,
): Promise<void> {
  const action = actionsOf(node)[place.action];
  if (!action) return goOn(place);
  // First, so that a run which waits goes on behind the action that asked.
  place.action++;
  await follow(deps, state, await deps.act(frame, action, node));
}

/** Does what an action asked for beside its own work. */
export async function follow(deps: MachineDeps, state: RunState, result: ActionResult): Promise<void> {
  if (typeof result === 'string') return;
  const frame = top(state);
  switch (result.go) {
    case 'exit':
      frame.places = [];
      return;
    case 'end':
      state.frames = [];
      return;
    case 'wait':
      state.prompt = result.prompt;
      return;
    case 'subroutine':
      return enterSubroutine(deps, state, frame, result.title);
    case 'call': {
      const into = result.replaces ? frame.into : result.into;
      if (result.replaces) state.frames.pop();
      state.frames.push(beginFrame(result.behaviorId, result.values, result.scope, into));
    }
  }
}

async function decide(
  deps: MachineDeps,
  state: RunState,
  frame: Frame,
  { path, value }: Placed<BehaviorNode>,
): Promise<void> {
  for (const [index, outcome] of value.nodes.entries()) {
    const at = below(path, 'nodes', index);
    if (outcome.type !== 'outcome' || !deps.enters(outcome)) continue;
    if (!(await deps.passes(frame, { path: at, value: outcome }))) continue;
    enter(state, frame, at);
    frame.places.push({ list: below(at, 'nodes'), at: 0, action: 0 });
    return;
  }
}

async function beginLoop(deps: MachineDeps, frame: Frame, loop: Placed<BehaviorNode>): Promise<void> {
  const placeholder = textOf(loop.value.params.as_placeholder)?.trim() || '_loop';
  const items = await deps.items(frame, loop);
  if (!items || items.length === 0) return;
  frame.values = { ...frame.values, [`${placeholder}__stack`]: items.map(([key, item]) => ({ key, item })) };
  const place: Place = { list: below(loop.path, 'nodes'), at: 0, action: 0, loop: { placeholder, turn: 0 } };
  if (nextTurn(frame, place.loop)) frame.places.push(place);
}

/** Takes the next item off the stack; false when there is none, or the behavior did away with the stack. */
function nextTurn(frame: Frame, loop: Place['loop']): boolean {
  if (!loop) return false;
  const { placeholder } = loop;
  const stack = frame.values[`${placeholder}__stack`];
  if (!Array.isArray(stack)) return false;
  // What the behavior made of it may hold anything.
  const first = stack[0] as { key?: unknown; item?: unknown } | null | undefined;
  if (!first) return false;
  loop.turn++;
  // Cerb's endless loop: the item "*" stays where it is.
  const isEndless = first.item === '*';
  frame.values = {
    ...frame.values,
    [placeholder]: first.item,
    [`${placeholder}__key`]: first.key,
    [`${placeholder}__counter`]: loop.turn,
    [`${placeholder}__stack`]: isEndless ? stack : stack.slice(1),
  };
  return true;
}

async function enterSubroutine(
  deps: MachineDeps,
  state: RunState,
  frame: Frame,
  title: string,
): Promise<void> {
  const behavior = await deps.behavior(frame.behaviorId);
  const index = behavior.nodes.findIndex((node) => node.type === 'subroutine' && node.title === title);
  const node = behavior.nodes[index];
  if (!node) {
    throw new HubError('behavior_not_runnable', `The behavior has no subroutine '${title}'.`);
  }
  // Of the node that jumps, the actions behind the jump are left out.
  const place = frame.places.at(-1);
  if (place) goOn(place);
  if (!deps.enters(node)) return;
  const path = below('/nodes', index);
  if (frame.places.some((one) => one.list === below(path, 'nodes'))) {
    throw new HubError('behavior_not_runnable', `The subroutine '${title}' jumps into itself.`);
  }
  enter(state, frame, path);
  frame.places.push({ list: below(path, 'nodes'), at: 0, action: 0 });
}

function endList(frame: Frame, place: Place, state: RunState): void {
  if (place.loop && nextTurn(frame, place.loop)) {
    state.turns++;
    place.at = 0;
    place.action = 0;
    return;
  }
  frame.places.pop();
}

/** A behavior is over: its caller gets what it found. */
function endFrame(state: RunState): void {
  const ended = state.frames.pop();
  const caller = state.frames.at(-1);
  if (ended && !caller) state.values = ended.values;
  if (!ended || !caller || ended.into === null) return;
  caller.values = { ...caller.values, [ended.into]: { ...ended.scope, ...ended.values } };
}

function checkLimits({ limits, elapsedMs }: MachineDeps, state: RunState): void {
  const over =
    (state.nodes > limits.maxNodes && `${limits.maxNodes} nodes`) ||
    (state.turns > limits.maxLoopTurns && `${limits.maxLoopTurns} turns of loops`) ||
    (state.frames.length > limits.maxDepth && `${limits.maxDepth} behaviors that call each other`) ||
    (elapsedMs() > limits.maxMs && `${Math.round(limits.maxMs / 1000)} seconds`);
  if (over)
    throw new HubError('busy', `The run was stopped: it went beyond ${over}, which is the limit of a run.`);
}

function enter(state: RunState, frame: Frame, path: string): void {
  state.nodes++;
  state.path.push(`${frame.behaviorId}${path}`);
}

function goOn(place: Place): void {
  place.at++;
  place.action = 0;
}

function top(state: RunState): Frame {
  const frame = state.frames.at(-1);
  if (!frame) throw new Error('A run without a behavior is over');
  return frame;
}

/** The list of nodes at a pointer that this file made. */
function nodesAt(behavior: Behavior, list: string): readonly BehaviorNode[] {
  let nodes: readonly BehaviorNode[] = behavior.nodes;
  for (const [, index = ''] of list.matchAll(/\/nodes\/(\d+)(?=\/nodes)/g)) {
    nodes = nodes[Number(index)]?.nodes ?? [];
  }
  return nodes;
}
