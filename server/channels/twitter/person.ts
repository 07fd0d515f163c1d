/** People as the service describes them: in tweets, in maps beside direct messages, in version 2. Pure. */
import type { RemotePerson } from '../channel.ts';
import { idAt, listAt, member, textAt } from './reading.ts';

/** A user object of any version; `id` stands where the object has no id that is text. */
export function personOf(user: unknown, id: string): RemotePerson {
  return {
    id: idAt(user, 'id_str') ?? idAt(user, 'id') ?? id,
    name: textAt(user, 'name') ?? null,
    handle: textAt(user, 'screen_name') ?? textAt(user, 'username') ?? null,
    imageUrl: textAt(user, 'profile_image_url_https') ?? textAt(user, 'profile_image_url') ?? null,
  };
}

/** Looks a person up by id; a person who is not described has an id only. */
export type People = (id: string) => RemotePerson;

/** `users` as version 1.1 has it, a map by id, each perhaps wrapped in `data`. */
export function peopleInMap(users: unknown): People {
  return (id) => {
    const user = member(users, id);
    return { ...personOf(member(user, 'data') ?? user, id), id };
  };
}

/** `includes.users` as version 2 has it, a list. */
export function peopleInList(body: unknown): People {
  const byId = new Map(listAt(body, 'includes', 'users').map((user) => [idAt(user, 'id'), user]));
  return (id) => ({ ...personOf(byId.get(id), id), id });
}
