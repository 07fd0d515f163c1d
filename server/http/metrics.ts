/** Prometheus metrics of one hub; labels hold route templates and states, never names or addresses. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  countRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
  countDelivery(outcome: string): void;
  /** The exposition text and its content type. */
  expose(): Promise<{ text: string; contentType: string }>;
}

/** Accounts as they are at the moment; rejects while the database is away, and is then left out. */
export type CountAccounts = () => Promise<{
  byStatus: ReadonlyMap<string, number>;
  expiring: number;
  drifted: number;
}>;

export function createMetrics({ countAccounts }: { countAccounts: CountAccounts }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'countersign_http_request_seconds',
    help: 'Requests answered, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [registry],
  });
  const deliveries = new Counter({
    name: 'countersign_deliveries_total',
    help: 'Requests sent to remote services, by class of status or kind of fault',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const measureAccounts = accountGauges(registry, countAccounts);
  return {
    countRequest: ({ method, route, status }, seconds) =>
      requests.observe({ method, route, status }, seconds),
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    async expose() {
      await measureAccounts();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

/** Gauges that are set by what the database holds whenever they are asked for; every process shows the same. */
function accountGauges(registry: Registry, countAccounts: CountAccounts): () => Promise<void> {
  const registers = [registry];
  const accounts = new Gauge({
    name: 'countersign_accounts',
    help: 'Connected accounts, by status',
    labelNames: ['status'],
    registers,
  });
  const expiring = new Gauge({
    name: 'countersign_accounts_expiring',
    help: 'Linked accounts that have to be linked again soon',
    registers,
  });
  const drifted = new Gauge({
    name: 'countersign_accounts_drifted',
    help: 'Accounts that answer as another identity than they were linked as',
    registers,
  });
  return async () => {
    accounts.reset();
    const counts = await countAccounts().catch(() => undefined);
    if (!counts) return;
    for (const [status, count] of counts.byStatus) accounts.set({ status }, count);
    expiring.set(counts.expiring);
    drifted.set(counts.drifted);
  };
}
