import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The README's first command, as a newcomer runs it. */
const demo = (engine: string) =>
  execFileSync('make', ['demo'], {
    cwd: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
    env: { ...process.env, ONCE: '1', NO_COLOR: '1', ENGINE: engine },
    encoding: 'utf8',
    timeout: 110_000,
  });
const coverage = (out: string) =>
  Number(/coverage: (\d+)% of database time explained/.exec(out)?.[1]);

it('ONCE=1 make demo shows a real database and ends by itself', () => {
  const out = demo('');
  expect(out).toMatch(
    /PostgreSQL 18\.\d+ on 127\.0\.0\.1:\d+ · shop with 31\d,\d{3} rows · 14 statements running/,
  );
  expect(out).toMatch(/cycle 1 {2}\d+ selected \(since statistics began\) {2}\d+ plans/);
  for (const rule of ['full-scan', 'never-analyzed', 'spill']) expect(out).toContain(rule);
  expect(out).toContain('untrusted_function');
  expect(coverage(out)).toBeGreaterThanOrEqual(90);
  const name = /CREATE INDEX CONCURRENTLY (dbi_\w+)/.exec(out)?.[1];
  expect(out).toMatch(/adv-\w+: approved by /);
  expect(out).toMatch(/before +[\d.]+ m?s a call .*Seq Scan/);
  expect(out).toMatch(new RegExp(`after +[\\d.]+ m?s a call .*Index Scan ${name}`));
  expect(out).toContain('now     Observing: its effect is being watched.');
});

it.each([
  [
    'mysql',
    /MySQL 9\.\d+\.\d+ on 127\.0\.0\.1:\d+ · shop with 2\d\d,\d{3} rows · 14 statements running/,
    'no_sample',
    'dependent-subquery',
  ],
  [
    'mariadb',
    /MariaDB 11\.4\.\d+ on 127\.0\.0\.1:\d+ · shop with 2\d\d,\d{3} rows · 14 statements running/,
    'not_explainable_statement',
    'large-offset',
  ],
])('ENGINE=%s', (engine, headline, code, own) => {
  const out = demo(engine);
  expect(out).toMatch(headline);
  for (const rule of ['full-scan', 'implicit-cast', 'function-on-column', own])
    expect(out).toContain(rule);
  expect(out).toContain(code);
  expect(coverage(out)).toBeGreaterThanOrEqual(90);
});
