/** What each person may call with beside OAuth. Made of the name, so that anybody can try it: the sandbox keeps no secret. Pure. */
import type { User } from './consumer.ts';

export interface PersonalKeys {
  username: string;
  password: string;
  token: string;
  apiKey: string;
  accessKey: string;
  secretKey: string;
}

export function keysOf({ screenName }: User): PersonalKeys {
  return {
    username: screenName,
    password: `${screenName}-password`,
    token: `${screenName}-token`,
    apiKey: `${screenName}-api-key`,
    accessKey: `AK${screenName.toUpperCase()}`,
    secretKey: `${screenName}-secret-access-key`,
  };
}

/** The person whose key this is; compared whole, letter by letter. */
export function findByKey(users: readonly User[], name: keyof PersonalKeys, value: string): User | undefined {
  return users.find((user) => keysOf(user)[name] === value);
}
