/** Remembers which nonces were used. Source: RFC 5849 §3.3. */

/** How far a timestamp may be off, in seconds. */
export const timestampToleranceSeconds = 300;

export type Nonces = ReturnType<typeof createNonces>;

/** Nonces are unique per consumer, token and timestamp; those whose timestamp is refused anyway are forgotten. */
export function createNonces() {
  const seen = new Map<string, number>();
  return {
    /** True when this use is the first. */
    use(
      key: { consumer: string; token: string; timestamp: number; nonce: string },
      nowSeconds: number,
    ): boolean {
      for (const [old, timestamp] of seen) {
        if (timestamp >= nowSeconds - timestampToleranceSeconds) break;
        seen.delete(old);
      }
      const text = JSON.stringify([key.consumer, key.token, key.timestamp, key.nonce]);
      if (seen.has(text)) return false;
      seen.set(text, key.timestamp);
      return true;
    },
  };
}
