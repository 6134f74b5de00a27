import { expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { retentionTeller } from './retention-teller.ts';

it('what goes for lack of room is told once, until there is much of it again', () => {
  const told: string[] = [];
  const tell = (_: object, message: string) => void told.push(message);
  const teller = retentionTeller({ ...silentLogger, warn: tell, error: tell }, silentMetrics);
  const look = (bySize: number, bytes: number, over = false) =>
    teller.tell({ removed: 0, bySize, bytes, limit: 100, over });
  for (const bySize of [0, 5, 0, 5]) look(bySize, 99);
  expect(told).toEqual([expect.stringContaining('at its limit')]);
  look(9, 120, true);
  look(9, 120, true);
  expect(told).toHaveLength(2);
  look(0, 50);
  look(5, 99);
  expect(told).toHaveLength(3);
});
