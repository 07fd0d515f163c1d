/** Everything that one sandbox knows; routes get it whole. */
import { type AccessLevel, type Consumer, defaultUsers, type User } from './consumer.ts';
import { createFaults, type Faults } from './faults.ts';
import { createJournal, type Journal } from './journal.ts';
import { createNonces, type Nonces } from './nonces.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface World {
  /** http://HOST:PORT once it listens. */
  ownOrigin: string;
  publicOrigins: readonly string[];
  consumers: Map<string, Consumer>;
  users: readonly User[];
  tokens: Tokens;
  timeline: Timeline;
  nonces: Nonces;
  rateLimits: RateLimits;
  faults: Faults;
  journal: Journal;
  now: () => number;
  randomBytes: (size: number) => Uint8Array;
}

/** What a sandbox is made of. `rateLimit`: calls per token, route and quarter of an hour. */
export interface WorldOptions {
  consumers: readonly Consumer[];
  publicOrigins: readonly string[];
  users?: readonly User[];
  rateLimit?: number;
  now: () => number;
  randomBytes: (size: number) => Uint8Array;
}

export function createWorld(options: WorldOptions): World {
  const users = options.users ?? defaultUsers;
  return {
    ownOrigin: 'http://127.0.0.1',
    publicOrigins: options.publicOrigins,
    consumers: new Map(options.consumers.map((consumer) => [consumer.key, consumer])),
    users,
    tokens: createTokens(options.randomBytes),
    timeline: createTimeline(users, options.now()),
    nonces: createNonces(),
    rateLimits: createRateLimits(options.rateLimit ?? 900),
    faults: createFaults(),
    journal: createJournal(),
    now: options.now,
    randomBytes: options.randomBytes,
  };
}

/** What an app may do at most, as registered now; a token keeps the level of its making. */
export function levelOf(consumer: Consumer): AccessLevel {
  return consumer.accessLevel ?? 'read-write';
}

/** A person by screen name, without case. */
export function findUser(world: World, screenName: string): User | undefined {
  return world.users.find((user) => user.screenName.toLowerCase() === screenName.toLowerCase());
}
