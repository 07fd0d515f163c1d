/** Prometheus metrics of one hub; labels hold route templates and states, never names or addresses. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Metrics {
  countRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
  countDelivery(outcome: string): void;
  /** The exposition text and its content type. */
  expose(): Promise<{ text: string; contentType: string }>;
}

export function createMetrics(): Metrics {
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
  return {
    countRequest: ({ method, route, status }, seconds) =>
      requests.observe({ method, route, status }, seconds),
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
