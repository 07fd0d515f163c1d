/** Who follows, blocks and mutes whom, and who may write to whom. */
import type { User } from './consumer.ts';
import type { RefusalName } from './refusal.ts';

export type Relation = 'follow' | 'block' | 'mute';

export type Relations = ReturnType<typeof createRelations>;

/** Nobody knows anybody. */
export function createRelations() {
  const pairs = new Set<string>();
  const keyOf = (relation: Relation, from: User, to: User) => `${relation}:${from.id}:${to.id}`;
  return {
    /** Answers whether that changed anything. */
    set(relation: Relation, from: User, to: User, isOn: boolean): boolean {
      const key = keyOf(relation, from, to);
      if (!isOn) return pairs.delete(key);
      const isNew = !pairs.has(key);
      pairs.add(key);
      return isNew;
    },
    has: (relation: Relation, from: User, to: User): boolean => pairs.has(keyOf(relation, from, to)),
  };
}

/**
 * Why one person may not write to another, `undefined` when they may. Who takes messages from those they follow only
 * still takes answers to what they wrote themselves.
 */
export function whyUnreachable(
  relations: Relations,
  from: User,
  to: User,
  hasWrittenBefore: boolean,
): RefusalName | undefined {
  if (relations.has('block', to, from)) return 'messageRefused';
  if (to.dmPolicy === 'nobody') return 'notFollowing';
  const isWelcome =
    to.dmPolicy !== 'followers' || hasWrittenBefore || relations.has('follow', to, from) || from === to;
  return isWelcome ? undefined : 'cannotMessage';
}
