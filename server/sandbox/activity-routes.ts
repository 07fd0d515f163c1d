/** Account Activity, premium, version 1.1: webhooks with their challenge, and who is subscribed. */
import { Router } from '@koa/router';
import { authenticateApp, authenticateAppOrCall, authenticateCall } from './authenticate.ts';
import { challenge, checkWebhook, scheduleChallenges } from './challenge.ts';
import { type Activity, type Consumer, defaultActivity } from './consumer.ts';
import { answerJson, answerNothing, type SandboxState } from './exchange.ts';
import { first } from './parameters.ts';
import { Refusal } from './refusal.ts';
import { isWebhookUrl } from './webhook-url.ts';
import type { Webhook } from './webhooks.ts';
import { findUserById, type World } from './world.ts';

const maxSubscriptions = 15;

export function activityRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/1.1/account_activity/all' });
  webhookRoutes(world, router);
  subscriptionRoutes(world, router);
  return router;
}

function webhookRoutes(world: World, router: Router<SandboxState>): void {
  router.get('/webhooks.json', (ctx) => {
    const consumer = authenticateAppOrCall(world, ctx);
    const environments = activityOf(consumer).environments.map((name) => {
      const webhook = world.webhooks.find(consumer, name);
      return { environment_name: name, webhooks: webhook ? [webhookShape(webhook)] : [] };
    });
    answerJson(ctx, { environments });
  });

  router.get('/:environment/webhooks.json', (ctx) => {
    const consumer = authenticateAppOrCall(world, ctx);
    const webhook = world.webhooks.find(consumer, checkEnvironment(consumer, ctx.params.environment));
    answerJson(ctx, webhook ? [webhookShape(webhook)] : []);
  });

  router.post('/:environment/webhooks.json', async (ctx) => {
    const { consumer, parameters } = authenticateCall(world, ctx, 'read-write');
    const environment = checkEnvironment(consumer, ctx.params.environment);
    const url = first(parameters, 'url') ?? '';
    if (!isWebhookUrl(url, world.webhookRules)) throw new Refusal('badWebhookUrl', 'webhook URL');
    if (world.webhooks.find(consumer, environment)) throw new Refusal('tooManyResources', 'webhook limit');
    const outcome = await challenge(world, { url, consumer });
    if (!outcome.ok) throw new Refusal(outcome.refusal, 'challenge');
    // Another one may have come in while this one was asked.
    if (world.webhooks.find(consumer, environment)) throw new Refusal('tooManyResources', 'webhook limit');
    ctx.state.exchange.entry.verified.push('challenge');
    const webhook = world.webhooks.add(consumer, environment, url, world.now());
    scheduleChallenges(world, webhook);
    answerJson(ctx, webhookShape(webhook));
  });

  router.put('/:environment/webhooks/:id.json', async (ctx) => {
    const { consumer } = authenticateCall(world, ctx, 'read-write');
    const webhook = getWebhook(world, consumer, ctx.params);
    const outcome = await checkWebhook(world, webhook);
    if (!outcome.ok) throw new Refusal(outcome.refusal, 'challenge');
    ctx.state.exchange.entry.verified.push('challenge');
    answerNothing(ctx);
  });

  router.delete('/:environment/webhooks/:id.json', (ctx) => {
    const { consumer } = authenticateCall(world, ctx, 'read-write');
    world.webhooks.remove(getWebhook(world, consumer, ctx.params));
    answerNothing(ctx);
  });
}

function subscriptionRoutes(world: World, router: Router<SandboxState>): void {
  const path = '/:environment/subscriptions';

  router.get('/subscriptions/count.json', (ctx) => {
    const consumer = authenticateApp(world, ctx);
    const webhooks = world.webhooks.list(consumer);
    const count = webhooks.reduce((sum, one) => sum + world.webhooks.subscriptions(one).length, 0);
    answerJson(ctx, {
      account_name: consumer.name,
      subscriptions_count_all: String(count),
      subscriptions_count_direct_messages: '0',
      provisioned_count: String(activityOf(consumer).maxSubscriptions ?? maxSubscriptions),
    });
  });

  router.post(`${path}.json`, (ctx) => {
    const { consumer, token } = authenticateCall(world, ctx, 'read-write-directmessages');
    const webhook = world.webhooks.find(consumer, checkEnvironment(consumer, ctx.params.environment));
    if (!webhook) throw new Refusal('noWebhook', 'webhook');
    if (world.webhooks.isSubscribed(webhook, token.user))
      throw new Refusal('alreadySubscribed', 'subscription');
    const most = activityOf(consumer).maxSubscriptions ?? maxSubscriptions;
    if (world.webhooks.subscriptions(webhook).length >= most)
      throw new Refusal('tooManyResources', 'subscription limit');
    world.webhooks.subscribe(webhook, token.user);
    answerNothing(ctx);
  });

  router.get(`${path}.json`, (ctx) => {
    const { consumer, token } = authenticateCall(world, ctx, 'read-write-directmessages');
    const webhook = world.webhooks.find(consumer, checkEnvironment(consumer, ctx.params.environment));
    if (!webhook || !world.webhooks.isSubscribed(webhook, token.user))
      throw new Refusal('noSuchPage', 'subscription');
    answerNothing(ctx);
  });

  router.get(`${path}/list.json`, (ctx) => {
    const consumer = authenticateApp(world, ctx);
    const environment = checkEnvironment(consumer, ctx.params.environment);
    const webhook = world.webhooks.find(consumer, environment);
    const people = webhook ? world.webhooks.subscriptions(webhook) : [];
    answerJson(ctx, {
      environment,
      application_id: consumer.appId,
      subscriptions: people.map(({ user }) => ({ user_id: user.id })),
    });
  });

  router.delete(`${path}/:user.json`, (ctx) => {
    const consumer = authenticateApp(world, ctx);
    const webhook = world.webhooks.find(consumer, checkEnvironment(consumer, ctx.params.environment));
    const user = findUserById(world, ctx.params.user);
    if (!webhook || !user || !world.webhooks.unsubscribe(webhook, user))
      throw new Refusal('noSuchPage', 'subscription');
    answerNothing(ctx);
  });
}

/** What the app has been granted. */
export function activityOf(consumer: Consumer): Activity {
  return consumer.activity ?? defaultActivity;
}

// Labels differ by case; who has none of them is told the same as who has another.
function checkEnvironment(consumer: Consumer, environment = ''): string {
  const { environments, refusal = 'forbidden' } = activityOf(consumer);
  if (environments.includes(environment)) return environment;
  throw new Refusal(environments.length === 0 ? refusal : 'forbidden', 'environment');
}

function getWebhook(
  world: World,
  consumer: Consumer,
  { environment, id }: { environment?: string; id?: string },
): Webhook {
  const webhook = world.webhooks.find(consumer, checkEnvironment(consumer, environment));
  if (!webhook || webhook.id !== id) throw new Refusal('noSuchPage', 'webhook');
  return webhook;
}

function webhookShape({ id, url, isValid, createdAt }: Webhook) {
  return { id, url, valid: isValid, created_at: new Date(createdAt).toISOString().replace(/\.\d+Z$/, 'Z') };
}
