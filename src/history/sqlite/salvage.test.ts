import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { until } from '../../../test/support/leaks.ts';
import { setAside, unread } from './salvage.ts';
import { openSqliteHistory } from './sqlite-history.ts';

it('what a program that ended had not read back yet, the next one does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-salvage-'));
  const path = join(folder, 'h.db');
  const first = openSqliteHistory(path);
  for (let number = 1; number <= 60; number += 1) {
    const queries = Array.from({ length: 50 }, (_, i) => explained(`f${number}-${i}`));
    await first.record(makeBatch({ at: number, number, queries }));
  }
  await first.close();
  const file = openSync(path, 'r+');
  writeSync(file, 'no page '.repeat(512), Math.floor(statSync(path).size / 8_192) * 4_096);
  closeSync(file);
  const second = openSqliteHistory(path);
  await second.plans({ target: 'uid', limit: 9_999 }).catch(() => []);
  await second.record(makeBatch({ at: 99, number: 99 })).catch(() => false);
  expect((await second.counts('uid')).plans).toBeLessThan(2_900);
  await second.close();
  const third = openSqliteHistory(path);
  const cycles = async () => (await third.cycles({ target: 'uid', since: 0, limit: 99 })).length;
  const back = async () => (await third.counts('uid')).plans > 2_900 && (await cycles()) > 50;
  await until(back, 45_000, 'it is read back');
  await third.close();
  rmSync(folder, { recursive: true });
});

it('one is read back, though the mark of another that somebody removed is still there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-salvage-'));
  const path = join(folder, 'h.db');
  writeFileSync(path, 'no database, and longer than a header is');
  writeFileSync(`${path}.damaged.read`, '');
  expect(setAside(path)).toBe(`${path}.damaged`);
  expect(unread(path)).toBe(`${path}.damaged`);
  rmSync(folder, { recursive: true });
});
