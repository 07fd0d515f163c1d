/** A call within what the remote service still allows: taken before, counted after, waited for where the caller may. */
import { setTimeout } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import type { Delivery, OutboundRequest } from '../delivery/delivery.ts';
import { HubError, traceOf } from '../errors.ts';
import { type BudgetPlace, createRateBudgets, everyRoute, type RateBudgets } from './rate-budget.ts';
import {
  joinHeaders,
  type RateNames,
  type RateWindow,
  rateNamesOf,
  readRateWindows,
  retryAfter,
  retryAt,
} from './rate-headers.ts';
import type { OpenService } from './services.ts';

export interface BudgetDeps {
  db: Knex;
  now(): number;
  /** Longest time of a call, and so of waiting. */
  config: Pick<Config, 'totalTimeoutMs'>;
  log: { error(fields: object, message: string): void };
  /** Resolves after so many milliseconds; in place of a timer. */
  wait?: (ms: number) => Promise<unknown>;
}

/** 'wait': until the call may be made, where that is within its time; 'refuse': not at all. */
export const limitChoices = ['wait', 'refuse'] as const;
export type LimitChoice = (typeof limitChoices)[number];

export interface BudgetContext {
  accountId: string;
  timeoutMs?: number;
  /** 'wait' when it is not said. */
  onLimit?: LimitChoice;
}

/**
 * Makes one call of an account through the budget of its route. `deliver` gets the time that is left. Throws
 * `rate_limited` with `retry_after` in seconds; then nothing was sent.
 */
export type WithinBudget = (
  opened: Pick<OpenService, 'service' | 'params'>,
  request: Pick<OutboundRequest, 'method' | 'url'>,
  context: BudgetContext,
  deliver: (timeoutMs: number) => Promise<Delivery>,
) => Promise<Delivery>;

interface Parts {
  budgets: RateBudgets;
  wait: (ms: number) => Promise<unknown>;
  log: BudgetDeps['log'];
  now(): number;
}

export function createWithinBudget(deps: BudgetDeps): WithinBudget {
  const { config, log, wait = setTimeout } = deps;
  const budgets = createRateBudgets(deps);
  const parts = { budgets, wait, log, now: deps.now };
  return async ({ service, params }, request, context, deliver) => {
    const names = rateNamesOf(params);
    const place = {
      accountScope: `account ${context.accountId}`,
      serviceScope: `service ${service.id}`,
      route: routeOf(request),
    };
    const timeoutMs = Math.min(context.timeoutMs ?? config.totalTimeoutMs, config.totalTimeoutMs);
    const waited = await takeInTime(parts, place, service.name, { timeoutMs, onLimit: context.onLimit });
    const delivery = await deliver(timeoutMs - waited).catch(async (error) => {
      await noting(parts, budgets.giveBack(place));
      throw error;
    });
    const isGone = delivery.fault?.sent !== false;
    await noting(parts, isGone ? tellBudget(parts, place, delivery, names) : budgets.giveBack(place));
    return delivery;
  };
}

/** Method and path with ids as `:id`, so that one budget stands for a route. */
function routeOf({ method, url }: Pick<OutboundRequest, 'method' | 'url'>): string {
  const path = url.pathname.replace(/\/\d+(?=\/|\.|$)/g, '/:id');
  return `${method} ${path}`.slice(0, 255);
}

/** Resolves to the milliseconds it waited. */
async function takeInTime(
  deps: Parts,
  place: BudgetPlace,
  serviceName: string,
  { timeoutMs, onLimit }: { timeoutMs: number; onLimit: LimitChoice | undefined },
): Promise<number> {
  const begun = deps.now();
  for (;;) {
    const until = await deps.budgets.take(place);
    const waited = deps.now() - begun;
    if (until === undefined) return waited;
    const waitMs = Math.max(1, until - deps.now());
    if (onLimit === 'refuse' || waited + waitMs >= timeoutMs) {
      const at = new Date(until).toISOString();
      const message = `${serviceName} allows no more of these calls (${place.route}) for now; the next one may go at ${at}. Nothing was sent.`;
      throw new HubError('rate_limited', message, { extra: { retry_after: Math.ceil(waitMs / 1000) } });
    }
    await deps.wait(waitMs);
  }
}

async function tellBudget(
  deps: Parts,
  place: BudgetPlace,
  { response }: Delivery,
  names: RateNames | undefined,
): Promise<void> {
  const route = names?.per === undefined || names.per === 'route' ? place.route : everyRoute;
  const windows = response ? windowsOf(response, deps.now(), names) : [];
  await deps.budgets.tell(place, windows, route);
}

/** A refusal that tells of no window that is used up, or of a time to stay away, makes a window of its own. */
function windowsOf(
  { status, headers: pairs }: NonNullable<Delivery['response']>,
  now: number,
  names: RateNames | undefined,
): RateWindow[] {
  const headers = joinHeaders(pairs);
  const windows = readRateWindows(headers, now, names);
  const isRefused = status === 429 || status === 420;
  const staysAway = retryAfter(headers, now, names).length > 0 && (isRefused || status === 503);
  if (!staysAway && (!isRefused || windows.some(({ remaining }) => remaining <= 0))) return windows;
  const resetAt = retryAt(headers, now, names);
  return [...windows, { scope: 'account', window: 'pause', limit: null, remaining: 0, resetAt, waversMs: 0 }];
}

/** The call was made, or refused, whatever becomes of the note. */
async function noting({ log }: Pick<Parts, 'log'>, note: Promise<void>): Promise<void> {
  await note.catch((error) => log.error(traceOf(error), 'What a rate limit said could not be written'));
}
