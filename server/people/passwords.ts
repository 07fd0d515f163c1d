/** Password hashes: argon2id, a few at a time so that a flood of sign-ins cannot take memory and processor. */
import { hash, verify } from '@node-rs/argon2';
import { HubError } from '../errors.ts';

/** 19 MiB, two passes (OWASP password storage, 2025). The library's default algorithm is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A hash that no password has; checking against it costs what checking a real one costs. */
const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ25ub25l$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export interface Passwords {
  /** A new hash in PHC form. Throws `busy` when too many wait. */
  hash(password: string): Promise<string>;
  /** Whether the password is right. Without a stored hash the same work is done and the answer is no. */
  check(password: string, stored: string | null | undefined): Promise<boolean>;
}

/** At most `atOnce` hashes run and `waiting` wait; what comes beyond is refused with `busy`. */
export function createPasswords({ atOnce = 4, waiting = 50 } = {}): Passwords {
  const gate = createGate(atOnce, waiting);
  return {
    hash: (password) => gate(() => hash(password.normalize('NFKC'), cost)),
    check: (password, stored) =>
      gate(async () => {
        const isRight = await verify(stored ?? nobodysHash, password.normalize('NFKC'));
        return isRight && stored != null;
      }),
  };
}

function createGate(atOnce: number, maxWaiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      if (queue.length >= maxWaiting)
        throw new HubError('busy', 'Too many people sign in just now. Try again in a moment.');
      // Whoever finishes hands its place on, so `running` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}
