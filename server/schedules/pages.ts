/** Bots > Schedules: what runs next, of all bots or of one, and how it went last. */
import { getBot } from '../bots/bots.ts';
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { cancelSchedule, type Deps, listSeenSchedules } from './schedules.ts';
import type { ListedSchedule } from './store.ts';

const mostShown = 200;

export function schedulesPages(deps: Deps): PageRoute[] {
  const list = async (visit: Visit): Promise<PageAnswer> => {
    const worker = workerOf(visit);
    const { id } = visit.params;
    const bot = id === undefined ? undefined : await getBot(deps.db, worker, id);
    const found = await listSeenSchedules(deps, {
      actor: worker,
      bot: bot?.id,
      by: 'due',
      limit: mostShown + 1,
    });
    return {
      view: 'schedules/schedules',
      model: {
        title: bot ? `Schedules of ${bot.name}` : 'Schedules',
        bot: bot ? { id: bot.id, name: bot.name } : null,
        schedules: found.slice(0, mostShown).map(shown),
        isMore: found.length > mostShown,
      },
    };
  };
  const cancel = async (visit: Visit): Promise<PageAnswer> => {
    await cancelSchedule(deps, { actor: workerOf(visit), id: visit.params.id ?? '' });
    const bot = visit.form.get('bot');
    const back = typeof bot === 'string' && /^\w+$/.test(bot) ? `/bots/${bot}/schedules` : '/schedules';
    return { redirect: back, notice: 'The run was taken back.' };
  };
  return [
    { method: 'GET', path: '/schedules', access: 'worker', handle: list },
    { method: 'GET', path: '/bots/:id/schedules', access: 'worker', handle: list },
    { method: 'POST', path: '/schedules/:id/delete', access: 'worker', handle: cancel },
  ];
}

function shown(schedule: ListedSchedule): Record<string, unknown> {
  const { recurrence } = schedule;
  return {
    ...schedule,
    sealedVariables: null,
    isRecurring: schedule.kind === 'recurring',
    patterns: recurrence?.patterns ?? [],
    timeZone: recurrence?.timeZone ?? null,
    isWaiting: schedule.kind === 'once' && schedule.dueAt !== null,
    isLastBad: schedule.lastStatus === 'failed',
  };
}

function workerOf({ worker }: Visit): WorkerActor {
  if (!worker) throw new HubError('unauthorized');
  return worker;
}
