import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/node/clock.ts';
import { readConfig } from '../config.ts';
import { createPrometheusMetrics } from '../exporters/prometheus/prometheus-metrics.ts';
import { otlpReceiver } from './otlp-receiver.ts';
import { openSharedState } from './shared-state.ts';

const environment = {
  DBINTEL_OTLP_ENDPOINT: 'https://collector:4318',
  DBINTEL_REDIS_ENDPOINTS: 'redis:6379',
  DBINTEL_REDIS_TLS: 'true',
};

it.each(['CA', 'CERT', 'KEY'])('a file for TLS (%s) that is not there is named', (file) => {
  const world = {
    clock: systemClock,
    logger: silentLogger,
    metrics: createPrometheusMetrics(),
  };
  const opened = {
    OTLP: otlpReceiver,
    REDIS: (config: Parameters<typeof otlpReceiver>[0]) => openSharedState(config, world),
  };
  for (const [what, open] of Object.entries(opened)) {
    const name = `DBINTEL_${what}_${file}`;
    const config = readConfig({}, { ...environment, [name]: '/nope' });
    expect(() => open(config)).toThrow(AppError);
    expect(() => open(config)).toThrow(`${name}: ENOENT`);
  }
});

it('that Redis is not encrypted, though an authority is named, is said', async () => {
  const said: unknown[] = [];
  const logger = { ...silentLogger, warn: (_: unknown, words: string) => void said.push(words) };
  for (const tls of ['true', 'false']) {
    const config = readConfig(
      {},
      {
        ...environment,
        DBINTEL_REDIS_TLS: tls,
        DBINTEL_REDIS_CA: '/dev/null',
      },
    );
    const metrics = createPrometheusMetrics();
    await openSharedState(config, { clock: systemClock, logger, metrics }).close();
  }
  expect(said.filter((each) => String(each).includes('is not encrypted'))).toHaveLength(1);
});
