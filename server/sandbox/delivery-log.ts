/** What webhooks were told, or are still to be told. */
import { type WireJson, writeWireJson } from './wire-json.ts';

/** What is sent about one person: lists of events by their kind, and who and what they speak of. */
export type Envelope = Readonly<Record<string, WireJson | undefined>>;

/** One POST to a webhook and what became of it. */
export interface Delivery {
  id: number;
  /** ISO 8601, by the sandbox's clock: when it happened. */
  at: string;
  webhookId: string;
  url: string;
  path: string;
  method: 'POST';
  /** Null for what is said to the app itself. */
  forUserId: string | null;
  /** The account's own act by way of the API, told back. */
  isEcho: boolean;
  envelope: Envelope;
  /** `held`: gathered for a batch or another order; `merged`: went out inside another one. */
  state: 'new' | 'held' | 'merged' | 'waiting' | 'delivered' | 'lost';
  attempts: DeliveryAttempt[];
  /** How many times it was tried; a duplicate is not another try. */
  tries: number;
  faults: string[];
}

export interface DeliveryAttempt {
  at: string;
  /** Null when nothing was answered. */
  status: number | null;
  /** Why there was no answer; 'timeout' after 3 seconds. */
  problem: string | null;
}

/** A delivery as it is shown: its body as sent, but for what a fault alters. */
export type ShownDelivery = Omit<Delivery, 'envelope' | 'tries' | 'method'> & { body: string };

/** Copies a delivery for whoever looks at it. */
export function showDelivery({
  envelope,
  tries: _tries,
  method: _method,
  ...delivery
}: Delivery): ShownDelivery {
  const attempts = delivery.attempts.map((one) => ({ ...one }));
  return { ...delivery, attempts, faults: [...delivery.faults], body: writeWireJson(envelope) };
}

export type DeliveryLog = ReturnType<typeof createDeliveryLog>;

/** Keeps the last thousand. */
export function createDeliveryLog() {
  const all: Delivery[] = [];
  const running = new Set<Promise<void>>();
  let nextId = 1;
  return {
    all: (): readonly Delivery[] => all,
    add(
      delivery: Pick<Delivery, 'at' | 'webhookId' | 'url' | 'forUserId' | 'isEcho' | 'envelope'>,
    ): Delivery {
      const { pathname } = new URL(delivery.url);
      const added: Delivery = {
        ...delivery,
        id: nextId++,
        path: pathname,
        method: 'POST',
        state: 'new',
        attempts: [],
        tries: 0,
        faults: [],
      };
      if (all.push(added) > 1000) all.shift();
      return added;
    },
    /** Notes work that nobody waits for. */
    track(work: Promise<void>): void {
      const noted = work.finally(() => running.delete(noted));
      running.add(noted);
    },
    /** Until nothing is under way; retries to come do not count. */
    async settled(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
    },
    clear(): void {
      all.length = 0;
    },
  };
}
