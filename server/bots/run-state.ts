/** Where a run stands: plain JSON, so that a run that waits for a reply survives the process. Pure. */
import type { JsonObject } from './json-value.ts';

/** A place in one list of nodes of a behavior. */
export interface Place {
  /** JSON pointer of the list below the behavior: `/nodes`, `/nodes/2/nodes/0/nodes`. */
  list: string;
  /** The node that is next. */
  at: number;
  /** The action that is next within that node; 0 when it has not begun. */
  action: number;
  /** Set for the children of a loop. */
  loop?: Loop;
}

export interface Loop {
  /** The placeholder of the item; `NAME__key`, `NAME__counter` and `NAME__stack` stand beside it. */
  placeholder: string;
  /** Turns begun, the one under way included. */
  turn: number;
}

/** One behavior under way, on top of the one that called it. */
export interface Frame {
  behaviorId: string;
  /** Variables, and every placeholder that was set. */
  values: JsonObject;
  /** Placeholders of the event; templates see them, the run does not hand them out. */
  scope: JsonObject;
  /** From the outermost list to the innermost; empty when the behavior is over. */
  places: Place[];
  /** The caller's placeholder that gets this behavior's placeholders at its end; null: none. */
  into: string | null;
}

/** What a run asks a person, and where its reply goes. */
export interface Prompt {
  /** Kind of control to show: 'text', 'buttons', 'wait', … */
  type: string;
  /** What to show: placeholder, options, a message about the last reply. Plain JSON. */
  params: JsonObject;
  /** JSON pointer of the asking action below its behavior, and of its node. */
  action: string;
  node: string;
}

export interface RunState {
  /** The behavior under way is the last. */
  frames: Frame[];
  /** Placeholders of the outermost behavior, once it is over. */
  values: JsonObject;
  /** What was done so far, against the limits of a run. */
  nodes: number;
  turns: number;
  /** Pointers of the nodes that were entered, with the behavior's id before each: `ID/nodes/0`. */
  path: string[];
  /** Set while the run waits. */
  prompt: Prompt | null;
  /** Shown to the person that the run talks with, since the run began or was resumed. */
  shown: JsonObject[];
  /** The answer to the HTTP request that started the run. */
  answer: Answer;
  /** How many names for what is said to others were given out. */
  tokens: number;
}

/** Null and empty: the action that sets it did not run. */
export interface Answer {
  status: number | null;
  headers: (readonly [name: string, value: string])[];
  body: string | null;
}

/** A run at the beginning of a behavior. */
export function beginState(behaviorId: string, values: JsonObject, scope: JsonObject): RunState {
  return {
    frames: [beginFrame(behaviorId, values, scope, null)],
    values: {},
    nodes: 0,
    turns: 0,
    path: [],
    prompt: null,
    shown: [],
    answer: { status: null, headers: [], body: null },
    tokens: 0,
  };
}

export function beginFrame(
  behaviorId: string,
  values: JsonObject,
  scope: JsonObject,
  into: string | null,
): Frame {
  return { behaviorId, values, scope, into, places: [{ list: '/nodes', at: 0, action: 0 }] };
}
