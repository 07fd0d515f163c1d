/** The page where a shop's owner activates the app. Only where the profile pushes its keys. */
import { Router } from '@koa/router';
import { refuseForeignForms, refuseStrangers } from './control-routes.ts';
import type { SandboxContext, SandboxState } from './exchange.ts';
import { first } from './parameters.ts';
import { parseForm } from './percent.ts';
import { type PushResult, pushKeys } from './push.ts';
import { Refusal } from './refusal.ts';
import type { Views } from './views.ts';
import { wireForm } from './wire-request.ts';
import { findUser, type World } from './world.ts';

export function pushRoutes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();
  if (!world.profile.isPushed) return router;

  router.get('/push', (ctx) => {
    refuseStrangers(world, ctx);
    showForm(world, views, ctx, { url: '' });
  });

  router.post('/push', async (ctx) => {
    refuseStrangers(world, ctx);
    refuseForeignForms(world, ctx);
    const form = parseForm(wireForm(ctx.state.exchange.wire)) ?? [];
    const url = first(form, 'url') ?? '';
    const [consumer] = world.consumers.values();
    const user = findUser(world, first(form, 'user') ?? '');
    if (!consumer || !user) throw new Refusal('badRequest', 'push');
    try {
      showForm(world, views, ctx, { url, result: await pushKeys(world, { url, consumer, user }) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      showForm(world, views, ctx, { url, result: { status: null, problem: 'this is no address' } });
    }
  });

  return router;
}

function showForm(
  world: World,
  views: Views,
  ctx: SandboxContext,
  { url, result }: { url: string; result?: PushResult },
): void {
  const isDone = result?.status != null && result.status >= 200 && result.status < 300;
  const said = result?.problem ?? `it answered ${result?.status}`;
  views.answer(ctx, 'push', {
    title: 'Activate an app',
    service: world.profile.title,
    url,
    users: world.users.map((user, index) => ({ ...user, isPicked: index === 0 })),
    done: isDone ? 'The app has the keys. It fetches its tokens by itself.' : null,
    problem: result && !isDone ? `The app did not take the keys: ${said}.` : null,
  });
}
