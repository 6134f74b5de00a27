import { expect, it } from 'vitest';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { createLogger } from '../../base/node/logger.ts';
import { createLogExporter } from './log-exporter.ts';

it('the log says what happened, with codes and without texts', async () => {
  const lines: string[] = [];
  const muted = explained('f2', { verdict: 'dismissed' });
  const log = createLogExporter(createLogger('debug', { write: (line) => void lines.push(line) }));
  await log.export(makeBatch({ at: 1, queries: [explained('f1'), muted] }));
  const failed = makeBatch({ at: 2 });
  await log.export({
    ...failed,
    cycle: {
      ...failed.cycle,
      outcome: { kind: 'failed', error: 'connection_failed', detail: 'nothing listens there' },
    },
  });
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'info', outcome: 'collected', explained: 2 },
    { level: 'debug', rule: 'full-scan' },
    { level: 'warn', code: 'connection_failed', msg: 'cycle failed: nothing listens there' },
  ]);
  expect(lines.join()).not.toContain('SELECT');
});
