import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../../base/metrics.ts';
import { exposition } from './exposition.ts';
import { neverTicks_ms, replaceLoopDelay } from './loop-delay-gauges.ts';

/**
 * prom-client behind the metrics port. One registry per process part, so that tests and several
 * runtimes do not meet.
 */
export function createPrometheusMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverTicks_ms });
  replaceLoopDelay(registry);
  const registers = [registry];
  /** Several parts of one kind (two watches, say) count into the same metric. */
  const known = <T>(name: string, make: () => T): T =>
    (registry.getSingleMetric(name) as T | undefined) ?? make();
  return {
    counter(name, help, labels = []) {
      const counter = known(name, () => new Counter({ name, help, labelNames: labels, registers }));
      return {
        inc: (values = {}, by = 1) => counter.inc(values, by),
        remove: (values) => counter.remove(values),
      };
    },
    gauge(name, help, labels = []) {
      const gauge = known(name, () => new Gauge({ name, help, labelNames: labels, registers }));
      return {
        set: (value, values = {}) => gauge.set(values, value),
        remove: (values) => gauge.remove(values),
      };
    },
    histogram(name, help, buckets, labels = []) {
      const histogram = known(
        name,
        () => new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }),
      );
      return {
        observe: (value, values = {}) => histogram.observe(values, value),
        remove: (values) => histogram.remove(values),
      };
    },
    pieces: () => exposition(registry),
    expose: async () => (await Array.fromAsync(exposition(registry))).join(''),
  };
}
