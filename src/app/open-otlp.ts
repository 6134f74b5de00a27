import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Config } from '../config.ts';
import type { Exporter } from '../exporters/exporter.ts';
import { version } from '../version.ts';

/** The OTLP exporter where an endpoint is configured; loaded only then. */
export async function openOtlp(
  config: Config,
  instance: string,
  deps: { clock: Clock; random: Random; logger: Logger; metrics: Metrics },
): Promise<Exporter[]> {
  if (!config.DBINTEL_OTLP_ENDPOINT) return [];
  const { createOtlpExporter } = await import('../exporters/otlp/otlp-exporter.ts');
  const file = (name: string, path: string | undefined) =>
    path ? { [name]: readFileSync(path, 'utf8') } : {};
  return [
    createOtlpExporter({
      ...deps,
      endpoint: config.DBINTEL_OTLP_ENDPOINT,
      headers: parseHeaders(config.DBINTEL_OTLP_HEADERS),
      ...file('ca', config.DBINTEL_OTLP_CA),
      ...file('cert', config.DBINTEL_OTLP_CERT),
      ...file('key', config.DBINTEL_OTLP_KEY),
      version,
      instance,
      randomHex: (digits) => randomBytes(digits / 2).toString('hex'),
    }),
  ];
}

/** `a=b,c=d`, as OTEL_EXPORTER_OTLP_HEADERS writes them. */
const parseHeaders = (text = ''): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => [
        pair.slice(0, pair.indexOf('=')).trim(),
        pair.slice(pair.indexOf('=') + 1).trim(),
      ]),
  );
