/** When a recurring behavior runs: cron lines in a time zone. Pure; the only file that touches croner. */
import { Cron } from 'croner';
import type { Remark } from '../packages/record-type.ts';
import { type JsonObject, textOf } from './json-value.ts';

export interface Recurrence {
  /** Cron lines of five fields, or names such as @daily. */
  patterns: readonly string[];
  /** Whose clock they go by; an IANA name. */
  timeZone: string;
}

const mostPatterns = 50;

/**
 * Reads `repeat_patterns` (lines; what follows a # is a comment) and `timezone` of `event.behavior.recurrent`.
 * Cerb's `repeat_run_at` and `repeat_history` tell how Cerb stood and mean nothing here.
 */
export function readRecurrence(params: JsonObject, defaultZone: string): Recurrence {
  const lines = (textOf(params.repeat_patterns) ?? '').split(/\r\n|\r|\n/);
  return {
    // A # within a field names a weekday of the month, such as 5#2; a comment stands behind a space.
    patterns: lines.map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== ''),
    timeZone: textOf(params.timezone)?.trim() || defaultZone,
  };
}

/** What of the event's params cannot be kept to, by path below them. */
export function remarksOnRecurrence(params: JsonObject): Remark[] {
  const { patterns, timeZone } = readRecurrence(params, 'UTC');
  if (!isTimeZone(timeZone)) {
    return [{ path: '/timezone', message: `"${timeZone}" is no time zone such as Europe/Berlin.` }];
  }
  if (patterns.length > mostPatterns) {
    return [{ path: '/repeat_patterns', message: `A recurring behavior has at most ${mostPatterns} lines.` }];
  }
  return patterns.flatMap((pattern) => {
    const fault = faultOf(pattern, timeZone);
    return fault === undefined ? [] : [{ path: '/repeat_patterns', message: fault }];
  });
}

/**
 * The first time after `after`, in milliseconds; null when there is none any more. A time that the clock jumps over
 * comes at the end of the jump; one that the clock shows twice comes once, unless the line runs all through the hour.
 */
export function nextTime({ patterns, timeZone }: Recurrence, after: number): number | null {
  const times = patterns.flatMap((pattern) => {
    const next = cronOf(pattern, timeZone).nextRun(new Date(after));
    return next ? [next.getTime()] : [];
  });
  return times.length === 0 ? null : Math.min(...times);
}

/** Only asked for times: a paused one sets no timer. */
function cronOf(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true });
}

function faultOf(pattern: string, timeZone: string): string | undefined {
  if (!pattern.startsWith('@') && pattern.split(/\s+/).length !== 5) {
    return `"${pattern}" is no cron line: minute, hour, day of the month, month, day of the week.`;
  }
  try {
    cronOf(pattern, timeZone).nextRun(new Date(0));
    return undefined;
  } catch (error) {
    const told = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : '';
    return `"${pattern}" is no cron line: ${told.replace(/\.$/, '')}.`;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
