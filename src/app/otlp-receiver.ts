import type { Config } from '../config.ts';
import type { OtlpReceiver } from '../exporters/otlp/otlp-exporter.ts';
import { namedFile } from './named-file.ts';

/** The OTLP receiver that is configured, and what its TLS files say. */
export function otlpReceiver(config: Config): OtlpReceiver | undefined {
  if (!config.DBINTEL_OTLP_ENDPOINT) return undefined;
  return {
    endpoint: config.DBINTEL_OTLP_ENDPOINT,
    plan: config.DBINTEL_OTLP_PLAN,
    headers: parseHeaders(config.DBINTEL_OTLP_HEADERS),
    ...namedFile('ca', config, 'DBINTEL_OTLP_CA'),
    ...namedFile('cert', config, 'DBINTEL_OTLP_CERT'),
    ...namedFile('key', config, 'DBINTEL_OTLP_KEY'),
  };
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
