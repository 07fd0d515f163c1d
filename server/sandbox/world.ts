/** Everything that one sandbox knows; routes get it whole. */
import { type Bearers, createBearers } from './bearers.ts';
import type { ChallengeEntry } from './challenge.ts';
import type { Clock } from './clock.ts';
import { type AccessLevel, type Consumer, defaultUsers, type User } from './consumer.ts';
import { createDeliveryLog, type DeliveryLog } from './delivery-log.ts';
import { createFaults, type Faults } from './faults.ts';
import { createJournal, type Journal } from './journal.ts';
import { createMessages, type Messages } from './messages.ts';
import { createNonces, type Nonces } from './nonces.ts';
import type { OutsideRules } from './outside.ts';
import { type Profile, twitter } from './profile.ts';
import { createRateLimits, dayMs, type RateLimits } from './rate-limits.ts';
import { createRelations, type Relations } from './relations.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createTokens, type Tokens } from './tokens.ts';
import type { WebhookRules } from './webhook-url.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export interface World {
  profile: Profile;
  /** http://HOST:PORT once it listens. */
  ownOrigin: string;
  publicOrigins: readonly string[];
  consumers: Map<string, Consumer>;
  users: readonly User[];
  tokens: Tokens;
  /** Apps that were sent their keys, and by whom they were let in with them. */
  pushed: Map<Consumer, { user: User; verifier: string }>;
  bearers: Bearers;
  timeline: Timeline;
  messages: Messages;
  relations: Relations;
  webhooks: Webhooks;
  challenges: ChallengeEntry[];
  deliveries: DeliveryLog;
  outside: OutsideRules;
  webhookRules: WebhookRules;
  nonces: Nonces;
  rateLimits: RateLimits;
  /** Messages a day, per person and app and per app. */
  messageLimits: { user: RateLimits; app: RateLimits };
  faults: Faults;
  journal: Journal;
  clock: Clock;
  now: () => number;
  randomBytes: (size: number) => Uint8Array;
}

/** What a sandbox is made of. */
export interface WorldOptions {
  consumers: readonly Consumer[];
  publicOrigins: readonly string[];
  /** The kind of service; Twitter. */
  profile?: Profile;
  users?: readonly User[];
  /** Calls per token, route and quarter of an hour, or what else the profile counts; 900, or what it says. */
  rateLimit?: number;
  /** Direct messages that a person may send through one app in 24 hours; 1000. */
  messagesPerDay?: number;
  /** Direct messages that all of an app's people may send in 24 hours; 15000. */
  appMessagesPerDay?: number;
  /** Registers webhooks by the rules of the real service only: https, no port, 200 characters. */
  strictWebhooks?: boolean;
  /** Where webhooks' origins really are, as `{'https://hub.example': 'http://127.0.0.1:3000'}`. */
  connectTo?: Readonly<Record<string, string>>;
  /** Also calls webhooks that are not on this machine. */
  openOutside?: boolean;
}

export function createWorld(
  options: WorldOptions & { clock: Clock; randomBytes: World['randomBytes'] },
): World {
  const { clock, randomBytes, profile = twitter } = options;
  // Copies, so that what is changed later stays in this sandbox.
  const users = (options.users ?? defaultUsers).map((user) => ({ ...user }));
  const consumers = options.consumers.map((consumer, index) => ({
    appId: String(77001 + index),
    ...consumer,
  }));
  return {
    profile,
    ownOrigin: 'http://127.0.0.1',
    publicOrigins: options.publicOrigins,
    consumers: new Map(consumers.map((consumer) => [consumer.key, consumer])),
    users,
    tokens: createTokens(randomBytes, { reuses: profile.reusesTokens }),
    pushed: new Map(),
    bearers: createBearers(randomBytes),
    timeline: createTimeline(users, clock.now()),
    messages: createMessages(),
    relations: createRelations(),
    webhooks: createWebhooks(),
    challenges: [],
    deliveries: createDeliveryLog(),
    outside: {
      connectTo: new Map(Object.entries(options.connectTo ?? {})),
      isOpen: options.openOutside ?? false,
    },
    webhookRules: { isLenient: !options.strictWebhooks },
    nonces: createNonces(profile.freshness),
    rateLimits: createRateLimits(options.rateLimit ?? profile.rate.limit, profile.rate.windowMs),
    messageLimits: {
      user: createRateLimits(options.messagesPerDay ?? 1000, dayMs),
      app: createRateLimits(options.appMessagesPerDay ?? 15_000, dayMs),
    },
    faults: createFaults(),
    journal: createJournal(),
    clock,
    now: clock.now,
    randomBytes,
  };
}

/** What an app may do at most, as registered now; a token keeps the level of its making. */
export function levelOf(consumer: Consumer): AccessLevel {
  return consumer.accessLevel ?? 'read-write';
}

/** An app by its key; where the service wants no registration, whoever calls is one. */
export function findConsumer({ consumers, profile }: World, key: string): Consumer | undefined {
  const known = consumers.get(key);
  if (known || profile.consumers === 'registered' || key === '') return known;
  const stranger = { key, secret: '', name: key, callbacks: [] };
  consumers.set(key, stranger);
  return stranger;
}

/** Somebody else than this person. */
export function otherUser({ users }: World, user: User): User {
  return users.find((other) => other !== user) ?? user;
}

/** A person by id. */
export function findUserById(world: World, id: string | undefined): User | undefined {
  return world.users.find((user) => user.id === id);
}

/** A person by screen name, without case. */
export function findUser(world: World, screenName: string): User | undefined {
  return world.users.find((user) => user.screenName.toLowerCase() === screenName.toLowerCase());
}
