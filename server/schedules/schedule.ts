/** A schedule: a behavior that runs at a time, again and again by its event, or once because a bot asked for it. Pure. */

import type { Recurrence } from '../bots/recurrence.ts';
import { parseJson, writeJson } from '../json.ts';

export interface Schedule {
  id: string;
  kind: 'recurring' | 'once';
  /** The bot that runs it: the behavior's own, or the one that asked. */
  botId: string;
  behaviorId: string;
  /** What a single run is about; '' for recurring ones. */
  target: string;
  /** When it recurs; null for a single run. */
  recurrence: Recurrence | null;
  sealedVariables: string | null;
  /** Milliseconds; null: paused, over, or never. */
  dueAt: number | null;
  /** The last run, when it was due, and what kept it from beginning. */
  lastRunId: string | null;
  lastDueAt: number | null;
  lastError: string | null;
  createdAt: number;
}

/** Two writings of the same recurrence are the same text. */
export function writeRule({ patterns, timeZone }: Recurrence): string {
  return writeJson({ patterns, timeZone });
}

export function readRule(rule: string | null): Recurrence | null {
  // The column holds only what writeRule wrote.
  return rule === null ? null : (parseJson(rule) as Recurrence);
}

/** What there is at most one of: the schedule of a recurring behavior, and with `first` and `last` a single run. */
export function uniqueKey(kind: Schedule['kind'], behaviorId: string, target = ''): string {
  return kind === 'recurring' ? `every ${behaviorId}` : `once ${behaviorId} ${target}`;
}

/** Longest target that is kept. */
export const longestTarget = 64;
