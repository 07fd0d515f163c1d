/** What bots ask of schedules; the hub hands it in. Pure types. */
import type { BotRecord } from './bot.ts';
import type { JsonObject } from './json-value.ts';

/** What to do when the same behavior waits already for the same target: run both, keep the first, or take its place. */
export type OnDupe = '' | 'first' | 'last';

export interface RunLater {
  /** Id or uri. */
  behavior: string;
  /** Inputs by variable name; templates rendered. */
  variables: JsonObject;
  /** What the run is about, such as the id of a record; tells duplicates apart. */
  target: string;
  /** In milliseconds; what is past runs at once. */
  at: number;
  onDupe: OnDupe;
}

/** Rights are the bot's, as for running a behavior. */
export interface Schedules {
  /** False when one that waits already was kept in its place. */
  add(bot: BotRecord, request: RunLater): Promise<{ title: string; isNew: boolean }>;
  /** Takes back what waits for this target; says how many there were. */
  remove(
    bot: BotRecord,
    request: Pick<RunLater, 'behavior' | 'target'>,
  ): Promise<{ title: string; count: number }>;
}
