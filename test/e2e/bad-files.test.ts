import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/leaks.ts';
import {
  freePort,
  type PostgresServer,
  startPostgres,
  temporaryFolder,
} from '../support/postgres-server.ts';
import { manifest, type Standalone, startStandalone } from '../support/program.ts';
import { prepareServer } from '../support/target.ts';
import { yamlBomb } from '../support/yaml-bomb.ts';

/**
 * One bad file of a folder is that file's mistake; and whoever reads what a command says may leave.
 */
let server: PostgresServer;
let program: Standalone;
const bomb = yamlBomb('abcdefghi');

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  program = await startStandalone({
    'a-bomb.yaml': bomb,
    'an-alias.yaml': '\nkind: *x\n',
    'aliases.yaml': `a: &a 1\nb: [${'*a, '.repeat(101)}]\n`,
    'brackets.yaml': `a: ${'['.repeat(900_000)}`,
    'bytes.yaml': '\u0000\u0001',
    'orders.yaml': manifest({ port: server.port }),
    'other.yaml': manifest({ port: server.port, name: 'other' }).replace('spec:', 'spec: &spec'),
  });
});
afterAll(async () => {
  program.remove();
  await server.stop();
});

const outcomeOf = async (name: string) =>
  (
    (await program.get(`/api/v1/targets/shop/${name}`)).body as {
      status?: { lastCycle?: { outcome: string } };
    }
  ).status?.lastCycle?.outcome;

it('good targets run beside bad files, each of which is told with its line', async () => {
  await until(
    async () => (await outcomeOf('orders')) === 'collected',
    60_000,
    `orders is collected: ${program.log()}`,
  );
  await until(
    async () => (await outcomeOf('other')) !== undefined,
    60_000,
    `other has a cycle: ${program.log()}`,
  );
  const log = program.log();
  for (const [file, line] of [
    ['a-bomb.yaml', '\\d+'],
    ['an-alias.yaml', '2'],
    ['aliases.yaml', '2'],
    ['brackets.yaml', '\\d+'],
  ])
    expect(log).toMatch(new RegExp(`${file}(:${line}\\b|".*"line":${line}\\b)`));
});

it('a folder named like a file and a file that cannot be read harm nobody, while it runs', async () => {
  mkdirSync(join(program.folder, 'targets', 'folder.yaml'));
  program.write('unreadable.yaml', manifest({ port: server.port, name: 'unreadable' }));
  chmodSync(join(program.folder, 'targets', 'unreadable.yaml'), 0o000);
  execFileSync('ln', ['-s', '/nowhere/at-all', join(program.folder, 'targets', 'dangling.yaml')]);
  program.write('third.yaml', manifest({ port: server.port, name: 'third' }));
  await until(
    async () => (await outcomeOf('third')) !== undefined,
    60_000,
    `third has a cycle: ${program.log()}`,
  );
  for (const file of ['folder.yaml', 'dangling.yaml'])
    await until(async () => program.log().includes(file), 20_000, `${file} is told`);
  expect(await outcomeOf('orders')).toBe('collected');
});

/** Runs `command | head -c 1` and tells what the command ended with, and what it said besides. */
const cutOff = (command: string): Promise<string> =>
  new Promise((resolve) => {
    const binary = fileURLToPath(new URL('../../bin/dbintel', import.meta.url));
    execFile(
      'bash',
      ['-c', `{ "${binary}" ${command}; echo "exit $?" >&3; } 3>&2 | head -c 1`],
      { timeout: 60_000 },
      (_, out, err) => resolve(out + err),
    );
  });

it.each(['collect', 'describe', 'standalone'])('%s | head ends quietly', async (command) => {
  const folder = temporaryFolder('cut-off');
  writeFileSync(join(folder, 'orders.yaml'), manifest({ port: server.port }));
  const [api, probes] = [await freePort(), await freePort()];
  const lines = {
    collect: `collect ${join(folder, 'orders.yaml')}`,
    describe: `describe orders --data ${program.data}`,
    // it talks by its log
    standalone:
      `standalone --targets ${folder} --data ${join(folder, 'data')} --api 127.0.0.1:${api} ` +
      `--probes 127.0.0.1:${probes} 2>&1`,
  };
  const said = await cutOff(lines[command as keyof typeof lines]);
  expect(said).not.toContain('EPIPE');
  expect(said).not.toMatch(/^\s+at /m);
  expect(said).toMatch(/exit [0-3]\b/);
});
