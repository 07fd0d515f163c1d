/** /api/v1/schedules. */
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging, writeCursor } from '../paging.ts';
import { cancelSchedule, type Deps, listSeenSchedules } from './schedules.ts';
import type { ListedSchedule } from './store.ts';

export function schedulesApi(deps: Deps): ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/schedules',
      summary: 'What runs at a time, by behavior; ?bot=ID that of one bot',
      access: 'admin',
      async handle({ actor, query }) {
        const { limit, after } = readPaging(query);
        const bot = query.get('bot') ?? undefined;
        const found = await listSeenSchedules(deps, { actor, bot, by: 'title', limit: limit + 1, after });
        const items = found.slice(0, limit);
        const last = items.at(-1);
        const next = found.length > limit && last ? writeCursor({ name: last.title, id: last.id }) : null;
        return { body: { items: items.map(scheduleJson), next } };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/schedules/:id',
      summary: 'Take back a single run that waits',
      access: 'admin',
      async handle({ actor, params: { id = '' } }) {
        await cancelSchedule(deps, { actor, id });
        return { status: 204, body: undefined };
      },
    }),
  ];
}

function scheduleJson(schedule: ListedSchedule): object {
  const { recurrence, lastDueAt } = schedule;
  return {
    id: schedule.id,
    kind: schedule.kind,
    behavior_id: schedule.behaviorId,
    behavior_title: schedule.title,
    bot_id: schedule.botId,
    target: schedule.target === '' ? null : schedule.target,
    repeat_patterns: recurrence?.patterns ?? null,
    timezone: recurrence?.timeZone ?? null,
    next_at: time(schedule.dueAt),
    is_paused: schedule.isPaused,
    last:
      lastDueAt === null
        ? null
        : {
            due_at: time(lastDueAt),
            run_id: schedule.lastError === null ? schedule.lastRunId : null,
            status: schedule.lastStatus,
            error: schedule.lastError,
          },
  };
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
