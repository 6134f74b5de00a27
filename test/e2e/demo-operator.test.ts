import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The README's command for a fleet, as a newcomer runs it. */
it('ONCE=1 make demo-operator shows a fleet that loses a replica, and ends by itself', () => {
  const cwd = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const out = execFileSync('make', ['demo-operator'], {
    cwd,
    env: { ...process.env, ONCE: '1', NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 400_000,
  });
  expect(out).toMatch(/Kubernetes 1\.\d+\.\d+ · PostgreSQL 18\.\d+ ×2 · 3 replicas/);
  for (const name of ['shop-a', 'shop-it-b'])
    expect(out).toMatch(new RegExp(`${name} +postgres +True +Collecting`));
  expect(out).toMatch(/Query \d: +\d+% .* findings: /);
  const seconds = Number(
    /all of them are collected by others ([0-9.]+) s after the crash/.exec(out)?.[1],
  );
  // A session lives for 12 s; then a cycle of each has to come.
  expect(seconds).toBeGreaterThan(5);
  expect(seconds).toBeLessThan(40);
  expect(out).toMatch(/incident-4711 +2\/2 +0/);
}, 420_000);
