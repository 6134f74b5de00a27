import { expect, it } from 'vitest';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { createLogger } from '../../base/node/logger.ts';
import type { CycleOutcome } from '../../model/batch.ts';
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

it('that a target is not asked is told once for each reason, and anew after it was', async () => {
  const lines: string[] = [];
  const log = createLogExporter(createLogger('info', { write: (line) => void lines.push(line) }));
  const batch = makeBatch({ at: 1 });
  const tell = (outcome: CycleOutcome, target = batch.target) =>
    log.export({ ...batch, target, cycle: { ...batch.cycle, outcome } });
  const open = { kind: 'deferred', reason: 'circuit_open', until: 5 } as const;
  const stopped = { kind: 'skipped', reason: 'emergency_stop' } as const;
  await tell(open);
  await tell(open);
  await tell(open, { ...batch.target, name: 'other' });
  await tell({ kind: 'failed', error: 'connection_failed' });
  await tell(open);
  await tell(stopped);
  await tell(stopped);
  await tell({ kind: 'collected' });
  await tell(stopped);
  log.forget?.(batch.target);
  await tell(stopped);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'cycle deferred',
    'cycle deferred',
    'cycle failed: connection_failed',
    'cycle skipped',
    'cycle collected',
    'cycle skipped',
    'cycle skipped',
  ]);
});
