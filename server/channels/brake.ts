/** A token bucket for each address, in this process: one that is flooded slows no other. */

export interface Brake {
  /** False while the address has used up its tokens. Unknown addresses have none: see `admit`. */
  take(address: string): boolean;
  /** Makes the bucket of an address that exists, so that made-up ones fill no memory. */
  admit(address: string): void;
}

interface Bucket {
  tokens: number;
  at: number;
}

export function createBrake(
  now: () => number,
  { burst, perSecond }: { burst: number; perSecond: number },
): Brake {
  const buckets = new Map<string, Bucket>();
  return {
    take(address) {
      const bucket = buckets.get(address);
      if (!bucket) return true;
      const at = now();
      const gained = (Math.max(0, at - bucket.at) / 1000) * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + gained);
      bucket.at = at;
      if (bucket.tokens < 1) return false;
      bucket.tokens--;
      return true;
    },
    admit(address) {
      if (!buckets.has(address)) buckets.set(address, { tokens: burst - 1, at: now() });
    },
  };
}
