import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/postgres-server.ts';

/**
 * No container engine is needed: the Dockerfile's own steps, run one by one in a clean folder that
 * holds nothing but what it copies.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const stages = dockerfile.split(/^FROM /m).slice(1);
const folder = temporaryFolder('image');
const lines = (stage: string | undefined) =>
  (stage ?? '').split('\n').filter((line) => /^[A-Z]+ /.test(line));

beforeAll(() => {
  for (const line of lines(stages[0])) {
    const [verb, ...rest] = line.split(' ') as [string, ...string[]];
    if (verb === 'COPY') {
      const to = rest.at(-1) as string;
      for (const from of rest.slice(0, -1)) {
        const target = to.endsWith('/')
          ? join(folder, to, from.split('/').at(-1) as string)
          : join(folder, to);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(join(root, from), target, { recursive: true });
      }
    }
    if (verb === 'RUN')
      execFileSync('sh', ['-c', rest.join(' ')], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the image', () => {
  it('is built from two stages on a base that a digest can pin', () => {
    expect(stages.length).toBe(2);
    for (const stage of stages) expect(stage).toMatch(/^\$\{NODE_IMAGE\}/);
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24[\w.-]*$/m);
  });
  it('runs as nobody in particular, starts the program, and leaves health to whoever runs it', () => {
    const [user] = lines(stages[1]).filter((line) => line.startsWith('USER '));
    expect(user).toBe('USER 65532:65532');
    expect(dockerfile).toMatch(/^ENTRYPOINT \["dbintel"\]$/m);
    expect(dockerfile).not.toMatch(/HEALTHCHECK|ADD |latest|sudo|curl|apt-get/);
    expect(lines(stages[1]).findLastIndex((line) => /^(RUN|COPY) /.test(line))).toBeLessThan(
      lines(stages[1]).indexOf(user as string),
    );
  });
  it('has a bundle that needs no packages beside it', () => {
    const alone = join(folder, 'alone');
    cpSync(join(folder, 'dist'), alone, { recursive: true });
    expect(existsSync(join(alone, 'node_modules'))).toBe(false);
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    expect(
      execFileSync(
        'node',
        ['--disable-warning=ExperimentalWarning', join(alone, 'main.js'), '--version'],
        { encoding: 'utf8', cwd: '/' },
      ),
    ).toMatch(/^dbintel \d/);
  });
  it('draws PNG and PDF with what is in it', () => {
    for (const [format, head] of [
      ['png', '\u0089PNG'],
      ['pdf', '%PDF'],
    ] as const) {
      const file = join(folder, `plan.${format}`);
      const plan = join(root, 'examples/plans/orders-report.txt');
      execFileSync('node', [join(folder, 'alone/main.js'), 'render', plan, '-o', file]);
      expect(readFileSync(file).subarray(0, 4).toString('latin1')).toBe(head);
    }
  });
  it('copies at most 100 MB, compressed', () => {
    execFileSync('tar', ['-czf', join(folder, 'dist.tgz'), '-C', folder, 'dist']);
    expect(statSync(join(folder, 'dist.tgz')).size).toBeLessThan(100 * 2 ** 20);
  });
});
