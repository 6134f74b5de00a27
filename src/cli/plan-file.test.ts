import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPlanFile } from './plan-file.ts';

it('reads what tools save as UTF-16', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbintel-plan-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'plan.txt');
  const text = '\uFEFFSeq Scan on orders  (cost=0.00..35.50 rows=2550 width=4)\r\n';
  writeFileSync(file, Buffer.from(text, 'utf16le'));
  const { plan, remarks } = await readPlanFile(file);
  expect(plan.root).toMatchObject({ op: 'SeqScan', relation: { name: 'orders' } });
  expect(remarks).toEqual([]);
});
