/** The webhooks that apps registered, one per environment, and whose account they are told about. */
import type { Consumer, User } from './consumer.ts';

export interface Webhook {
  id: string;
  consumer: Consumer;
  environment: string;
  url: string;
  isValid: boolean;
  createdAt: number;
  /** When its challenge was answered rightly the last time. */
  provenAt: number;
}

export interface Subscription {
  webhook: Webhook;
  user: User;
}

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks() {
  const webhooks: Webhook[] = [];
  const subscriptions: Subscription[] = [];
  let nextId = 1_234_567_890_123_456_789n;

  function drop(matches: (subscription: Subscription) => boolean): boolean {
    const kept = subscriptions.filter((subscription) => !matches(subscription));
    const isDropped = kept.length < subscriptions.length;
    subscriptions.splice(0, subscriptions.length, ...kept);
    return isDropped;
  }
  return {
    list: (consumer?: Consumer): Webhook[] =>
      webhooks.filter((webhook) => !consumer || webhook.consumer === consumer),
    find: (consumer: Consumer, environment: string): Webhook | undefined =>
      webhooks.find((webhook) => webhook.consumer === consumer && webhook.environment === environment),
    byId: (id: string): Webhook | undefined => webhooks.find((webhook) => webhook.id === id),
    add(consumer: Consumer, environment: string, url: string, now: number): Webhook {
      const id = String(nextId);
      nextId += 2n;
      const added = { id, consumer, environment, url, isValid: true, createdAt: now, provenAt: now };
      webhooks.push(added);
      return added;
    },
    /** Everybody who was subscribed has to subscribe again. */
    remove(webhook: Webhook): void {
      webhooks.splice(webhooks.indexOf(webhook), 1);
      drop((subscription) => subscription.webhook === webhook);
    },
    subscriptions: (webhook?: Webhook): Subscription[] =>
      subscriptions.filter((subscription) => !webhook || subscription.webhook === webhook),
    isSubscribed: (webhook: Webhook, user: User): boolean =>
      subscriptions.some((one) => one.webhook === webhook && one.user === user),
    subscribe(webhook: Webhook, user: User): void {
      subscriptions.push({ webhook, user });
    },
    /** Answers whether there was one. */
    unsubscribe: (webhook: Webhook, user: User): boolean =>
      drop((subscription) => subscription.webhook === webhook && subscription.user === user),
  };
}
