import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The README's first command, as a newcomer runs it. */
it('ONCE=1 make demo shows a real database and ends by itself', () => {
  const cwd = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const out = execFileSync('make', ['demo'], {
    cwd,
    env: { ...process.env, ONCE: '1', NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 110_000,
  });
  expect(out).toMatch(/PostgreSQL 18\.\d+ on 127\.0\.0\.1:\d+ · shop with 31\d,\d{3} rows · 14 statements running/);
  expect(out).toMatch(/cycle 1 {2}\d+ selected \(since statistics began\) {2}\d+ plans/);
  for (const rule of ['full-scan', 'never-analyzed', 'spill']) expect(out).toContain(rule);
  expect(out).toContain('untrusted_function');
  expect(Number(/coverage: (\d+)% of database time explained/.exec(out)?.[1])).toBeGreaterThanOrEqual(90);
});
