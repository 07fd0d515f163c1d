/** The apps and people that the sandbox knows, and what an app may do. Pure. */
import type { KeyObject } from 'node:crypto';

/** What a token allows, as `x-access-level` says it; from least to most. */
export const accessLevels = ['read', 'read-write', 'read-write-directmessages'] as const;

export type AccessLevel = (typeof accessLevels)[number];

/** A registered app. `callbacks` are compared character by character; `oob` allows the PIN way. */
export interface Consumer {
  key: string;
  secret: string;
  name: string;
  callbacks: readonly string[];
  /** Default `read-write`. */
  accessLevel?: AccessLevel;
  /** For RSA signatures. */
  publicKey?: KeyObject;
  /** The one that takes its place, while both are good. */
  nextPublicKey?: KeyObject;
  /** How messages and subscriptions name the app; made up when absent. */
  appId?: string;
  /** What it may use of the Account Activity API; by default the labels 'ProductionEnvironment' and 'dev'. */
  activity?: Activity;
}

/** An app's right to be told what happens. Environment labels differ by case. */
export interface Activity {
  environments: readonly string[];
  /** What calls get when no environment is listed: 403 with code 200 or 453. */
  refusal?: 'forbidden' | 'accessLevel';
  /** People per environment; 15. */
  maxSubscriptions?: number;
}

/** A person with an account. Ids are text: they lie above 2^53. */
export interface User {
  id: string;
  screenName: string;
  name: string;
  description?: string;
  /** Whose messages are taken; `followers`: of those whom this person follows or wrote to. Default `anyone`. */
  dmPolicy?: DmPolicy;
}

export type DmPolicy = 'anyone' | 'followers' | 'nobody';

/** Labels of an app that names none. */
export const defaultActivity: Activity = { environments: ['ProductionEnvironment', 'dev'] };

/** Who can be picked on the consent page unless the caller says otherwise. */
export const defaultUsers: readonly User[] = [
  {
    id: '9007199254740993',
    screenName: 'alice',
    name: 'Alice Example',
    description: 'Answers for the example shop',
  },
  {
    id: '1750000000000000007',
    screenName: 'bob',
    name: 'Bob Example',
    description: 'Orders things, asks about them',
  },
  {
    id: '1750000000000000009',
    screenName: 'carol',
    name: 'Carol Example',
    description: 'Second line support',
  },
];

/** The lesser of two levels. */
export function lesserLevel(a: AccessLevel, b: AccessLevel): AccessLevel {
  return accessLevels.indexOf(a) < accessLevels.indexOf(b) ? a : b;
}

/** What a level lets an app do, in the words of the consent page. */
export function abilitiesOf(level: AccessLevel): { can: string[]; cannot: string[] } {
  const read = ['See tweets from your timeline.', 'See who you follow.'];
  const write = ['Follow new accounts for you.', 'Post tweets for you.'];
  const messages = ['Send direct messages for you.', 'See your direct messages.'];
  const never = ['See your password.'];
  if (level === 'read') return { can: read, cannot: [...write, ...messages, ...never] };
  if (level === 'read-write') return { can: [...read, ...write], cannot: [...messages, ...never] };
  return { can: [...read, ...write, ...messages], cannot: never };
}
