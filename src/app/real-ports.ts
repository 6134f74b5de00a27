import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/node/clock.ts';
import { createLogger } from '../base/node/logger.ts';
import { systemRandom } from '../base/random.ts';
import type { Config } from '../config.ts';
import { createEngines } from '../engines/index.ts';
import { openExporters } from '../exporters/index.ts';
import { createPrometheusMetrics } from '../exporters/prometheus/prometheus-metrics.ts';
import { version } from '../version.ts';
import { openHistory } from './open-history.ts';
import { otlpReceiver } from './otlp-receiver.ts';
import type { Ports } from './ports.ts';

/** The real world, as the environment describes it. Makes the data folder. */
export async function openPorts(config: Config): Promise<Ports> {
  await mkdir(config.DBINTEL_DATA, { recursive: true, mode: 0o700 });
  const [clock, random, newId] = [systemClock, systemRandom, randomHex];
  const logger = createLogger(config.DBINTEL_LOG_LEVEL);
  const metrics = createPrometheusMetrics();
  const name = config.DBINTEL_POD_NAME ?? hostname();
  const world = { clock, random, newId, logger, metrics, name };
  const { history, questions } = await openHistory(config, world);
  return {
    ...world,
    engines: createEngines(),
    history,
    exporters: await openExporters({ ...world, version, otlp: otlpReceiver(config) }),
    listen: { history: questions, token: await apiToken(config) },
  };
}

const randomHex = (bytes: number) => randomBytes(bytes).toString('hex');
const tokenBytes = 24;

async function apiToken({ DBINTEL_API_TOKEN, DBINTEL_DATA }: Config): Promise<string> {
  if (DBINTEL_API_TOKEN) return DBINTEL_API_TOKEN;
  const path = join(DBINTEL_DATA, 'api-token');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (known.trim()) return known.trim();
  const token = randomHex(tokenBytes);
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  return token;
}
