import type { Context, MiddlewareHandler } from 'hono';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface HttpMetrics {
  /** Counts requests by method, area and class of status; never by path or id. */
  readonly count: MiddlewareHandler;
  gauge(name: string, help: string, read: () => number): void;
  /** Answers in the Prometheus text format. */
  reply(c: Context): Promise<Response>;
}

/** The numbers of one control plane, in a registry of their own. */
export function openHttpMetrics(): HttpMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'carpool_control_' });
  const requests = new Counter({
    name: 'carpool_control_requests_total',
    help: 'requests answered',
    labelNames: ['method', 'area', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'carpool_control_request_seconds',
    help: 'time to answer',
    labelNames: ['area'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return {
    async count(c, next) {
      const startedAtMs = performance.now();
      await next();
      const area = areaOf(c.req.path);
      requests.inc({ method: methodOf(c.req.method), area, status: `${Math.floor(c.res.status / 100)}xx` });
      seconds.observe({ area }, (performance.now() - startedAtMs) / 1000);
    },
    gauge(name, help, read) {
      new Gauge({
        name: `carpool_control_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    async reply(c) {
      return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
    },
  };
}

function areaOf(path: string): string {
  if (path.startsWith('/api/v1/edge-nodes/')) return 'edge';
  if (path.startsWith('/api/')) return 'console';
  return 'pages';
}

function methodOf(method: string): string {
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? method : 'other';
}
