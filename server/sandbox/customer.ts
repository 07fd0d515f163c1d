/** A page where a person plays a customer: reads the thread with an account, writes, presses its buttons. */
import { Router } from '@koa/router';
import { type Act, offeredOptions, perform } from './act.ts';
import type { User } from './consumer.ts';
import { refuseForeignForms, refuseStrangers } from './control-routes.ts';
import type { SandboxContext, SandboxState } from './exchange.ts';
import { first, type Parameters } from './parameters.ts';
import { parseForm } from './percent.ts';
import { Refusal } from './refusal.ts';
import type { Views } from './views.ts';
import { wireForm, wireQuery } from './wire-request.ts';
import { findUser, type World } from './world.ts';

export function customerRoutes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();

  router.get('/customer', (ctx) => {
    refuseStrangers(world, ctx);
    showThread(world, views, ctx, parseForm(wireQuery(ctx.state.exchange.wire)) ?? []);
  });

  router.post('/customer', async (ctx) => {
    refuseStrangers(world, ctx);
    refuseForeignForms(world, ctx);
    const { wire, entry } = ctx.state.exchange;
    const form = parseForm(wireForm(wire)) ?? [];
    const { customer, account } = pairOf(world, form);
    try {
      await perform(world, actOf(form, customer, account));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      entry.refused = error.check;
      return showThread(world, views, ctx, form, error);
    }
    ctx.status = 303;
    ctx.set(
      'Location',
      `/customer?${new URLSearchParams({ as: customer.screenName, with: account.screenName })}`,
    );
    ctx.body = '';
  });

  return router;
}

function showThread(
  world: World,
  views: Views,
  ctx: SandboxContext,
  asked: Parameters,
  error?: Refusal,
): void {
  const { customer, account } = pairOf(world, asked);
  const { messages } = world.messages.page(customer, { count: 100, peer: account }, world.now());
  const posts = world.timeline
    .recent(100)
    .filter(({ user }) => user === customer || user === account)
    .slice(0, 10);
  // Without it the browser would not tell the form's origin.
  ctx.set('Referrer-Policy', 'same-origin');
  views.answer(
    ctx,
    'customer',
    {
      title: `${customer.name} writes to ${account.name}`,
      customers: world.users.map((user) => ({ ...user, isPicked: user === customer })),
      accounts: world.users.map((user) => ({ ...user, isPicked: user === account })),
      customer,
      account,
      isTold: world.webhooks.subscriptions().some(({ user }) => user === account),
      messages: messages.toReversed().map(({ id, from, text, createdAt }) => ({
        id: String(id),
        isOwn: from === customer,
        name: from.name,
        text,
        at: new Date(createdAt).toISOString(),
        time: new Date(createdAt).toISOString().slice(11, 16),
      })),
      options: offeredOptions(world, customer, account),
      posts: posts.map(({ id, user, text, createdAt }) => ({
        id: String(id),
        screenName: user.screenName,
        text,
        at: new Date(createdAt).toISOString(),
      })),
      error: error?.message ?? '',
      draft: error ? (first(asked, 'text') ?? '') : '',
    },
    { status: error ? 403 : 200 },
  );
}

/** Who plays, and to whom: as asked, else the account that a webhook is told about and the first other person. */
function pairOf(world: World, asked: Parameters): { customer: User; account: User } {
  const told = world.webhooks.subscriptions()[0]?.user;
  const account = findUser(world, first(asked, 'with') ?? '') ?? told ?? world.users[0];
  const other = world.users.find((user) => user !== account);
  const customer = findUser(world, first(asked, 'as') ?? '') ?? other;
  if (!account || !customer) throw new Refusal('noSuchUser', 'user');
  return customer === account && other ? { customer: other, account } : { customer, account };
}

function actOf(form: Parameters, customer: User, account: User): Act {
  const pair = { from: customer.screenName, to: account.screenName };
  const label = first(form, 'label');
  if (label !== undefined) return { type: 'tap_quick_reply', ...pair, label };
  const text = first(form, 'text') ?? '';
  if (first(form, 'do') === 'post') return { type: 'post', from: pair.from, text };
  if (text.trim() === '') throw new Refusal('badRequest', 'text');
  return { type: 'dm', ...pair, text };
}
