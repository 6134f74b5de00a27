import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** It sets up a server of its own: minutes, where the machine is busy. */
const patience = { timeout: 400_000 };

/** The README's first command, as a newcomer runs it. */
const demo = (engine: string) =>
  execFileSync('make', ['demo'], {
    cwd: root,
    env: { ...process.env, ONCE: '1', NO_COLOR: '1', ENGINE: engine },
    encoding: 'utf8',
    timeout: patience.timeout - 10_000,
  });
const coverage = (out: string) =>
  Number(/coverage: (\d+)% of database time explained/.exec(out)?.[1]);

it('ONCE=1 make demo shows a real database and ends by itself', patience, () => {
  const out = demo('');
  expect(out).toMatch(
    /PostgreSQL 18\.\d+ on 127\.0\.0\.1:\d+ · shop with 31\d,\d{3} rows · 14 statements running/,
  );
  expect(out).toMatch(/cycle 1 {2}\d+ selected \(since statistics began\) {2}\d+ plans?/);
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
])('ENGINE=%s', patience, (engine, headline, code, own) => {
  const out = demo(engine);
  expect(out).toMatch(headline);
  for (const rule of ['full-scan', 'implicit-cast', 'function-on-column', own])
    expect(out).toContain(rule);
  expect(out).toContain(code);
  expect(coverage(out)).toBeGreaterThanOrEqual(90);
});

it.each([
  ['as the program begins', / statements running/, 'SIGTERM'],
  ['while it looks on', /cycle 1 /, 'SIGTERM'],
  ['by Ctrl-C', /cycle 1 /, 'SIGINT'],
  ['by a SIGINT that it alone hears', /cycle 1 /, 'SIGINT alone'],
  ['by a terminal that is closed', /cycle 1 /, 'SIGHUP'],
] as const)('told to end %s it ends, and leaves nothing that runs', patience, async (...told) => {
  const [, seen, how] = told;
  const signal = how === 'SIGINT alone' ? 'SIGINT' : how;
  const all = how === 'SIGINT' || how === 'SIGHUP'; // a terminal tells all that run in it
  const args = ['--disable-warning=ExperimentalWarning', 'demo/demo.ts'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ENGINE: 'postgres' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const tell = () => process.kill((child.pid as number) * (all ? -1 : 1), signal);
  const closed = once(child, 'close'); // all that could write there has ended, too
  let out = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const before = seen.test(out);
    out += chunk;
    if (!before && seen.test(out)) tell();
  }
  expect(await closed).toEqual([0, null]);
  expect(errors).toBe('');
  const port = Number(/ on 127\.0\.0\.1:(\d+) /.exec(out)?.[1]);
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed');
});
