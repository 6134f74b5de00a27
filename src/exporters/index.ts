import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Exporter } from './exporter.ts';
import { createLogExporter } from './log/log-exporter.ts';
import type { OtlpReceiver } from './otlp/otlp-exporter.ts';
import { createPrometheusExporter } from './prometheus/prometheus-exporter.ts';

/** What exporters are made of. */
export interface ExporterDeps {
  clock: Clock;
  random: Random;
  /** So many random bytes, as hex. */
  newId(bytes: number): string;
  logger: Logger;
  metrics: Metrics;
  version: string;
  /** This process among its like. */
  name: string;
  /** Undefined: none is configured. */
  otlp: OtlpReceiver | undefined;
}

/** Undefined: it is not wanted. What is loaded only then is imported here. */
type Open = (deps: ExporterDeps) => Exporter | undefined | Promise<Exporter | undefined>;

/** All there are, each in the folder of its name. */
const exporters = {
  log: ({ logger }) => createLogExporter(logger),
  otlp: async ({ otlp, ...deps }) =>
    otlp && (await import('./otlp/otlp-exporter.ts')).createOtlpExporter({ ...deps, ...otlp }),
  prometheus: ({ metrics }) => createPrometheusExporter(metrics),
} satisfies Record<string, Open>;

export type ExporterName = keyof typeof exporters;

export async function openExporters(deps: ExporterDeps): Promise<Exporter[]> {
  const opened = await Promise.all(Object.values<Open>(exporters).map((open) => open(deps)));
  return opened.filter((exporter) => exporter !== undefined);
}
