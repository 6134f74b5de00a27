import type { Config } from '../config.ts';
import type { OtlpReceiver } from '../exporters/otlp/otlp-exporter.ts';
import { tlsFiles } from './tls-files.ts';

/** The OTLP receiver that is configured. */
export function otlpReceiver(config: Config): OtlpReceiver | undefined {
  if (!config.DBINTEL_OTLP_ENDPOINT) return undefined;
  return {
    endpoint: config.DBINTEL_OTLP_ENDPOINT,
    plan: config.DBINTEL_OTLP_PLAN,
    headers: parseHeaders(config.DBINTEL_OTLP_HEADERS),
    tls: tlsFiles(config, 'OTLP'),
  };
}

/**
 * `a=b,c=d`, as OTEL_EXPORTER_OTLP_HEADERS writes them: a value may be percent-encoded, as vendors
 * give it to be copied (`Basic%20…`).
 */
const parseHeaders = (text = ''): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => [
        pair.slice(0, pair.indexOf('=')).trim(),
        decoded(pair.slice(pair.indexOf('=') + 1).trim()),
      ]),
  );

/** What is none is taken as it stands. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
