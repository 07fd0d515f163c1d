/** Remembers which nonces were used. Source: RFC 5849 §3.3. */

/** What a service wants of timestamp and nonce. */
export interface Freshness {
  /** How far a timestamp may be off. */
  toleranceSeconds: number;
  /** Characters of a nonce. */
  nonceLength: { least: number; most: number };
  /** `timestamp`: unique per consumer, token and timestamp. `consumer`: per consumer and for ever. */
  uniqueIn: 'timestamp' | 'consumer';
  /** No request of a consumer may be older than the one before it. */
  isNonDecreasing: boolean;
}

export const usualFreshness: Freshness = {
  toleranceSeconds: 300,
  nonceLength: { least: 1, most: 1000 },
  uniqueIn: 'timestamp',
  isNonDecreasing: false,
};

/** Who used what. */
export interface NonceUse {
  consumer: string;
  token: string;
  timestamp: number;
  nonce: string;
}

export type Nonces = ReturnType<typeof createNonces>;

/** Nonces whose timestamp is refused anyway are forgotten, unless they are unique for ever. */
export function createNonces(rules: Freshness = usualFreshness) {
  const seen = new Map<string, number>();
  const latest = new Map<string, number>();
  return {
    rules,
    /** True when this use is the first. */
    use({ consumer, token, timestamp, nonce }: NonceUse, nowSeconds: number): boolean {
      const isForEver = rules.uniqueIn === 'consumer';
      for (const [old, oldTimestamp] of seen) {
        if (isForEver || oldTimestamp >= nowSeconds - rules.toleranceSeconds) break;
        seen.delete(old);
      }
      const text = JSON.stringify(isForEver ? [consumer, nonce] : [consumer, token, timestamp, nonce]);
      if (seen.has(text)) return false;
      seen.set(text, timestamp);
      return true;
    },
    /** True when a consumer's clock does not go back, where that matters. */
    isInOrder({ consumer, timestamp }: NonceUse): boolean {
      if (!rules.isNonDecreasing) return true;
      if (timestamp < (latest.get(consumer) ?? 0)) return false;
      latest.set(consumer, timestamp);
      return true;
    },
  };
}
