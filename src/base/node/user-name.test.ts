import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const file = JSON.stringify(new URL('user-name.ts', import.meta.url));
const script = `import { userName } from ${file}; console.log(userName());`;

/** As in a container that runs under any uid; only root may be somebody else. */
it.runIf(process.getuid?.() === 0)('a user of whom the machine knows no name is a number', () => {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { uid: 54_321, encoding: 'utf8' });
  expect(`${stderr}${stdout}`).toBe('uid 54321\n');
});
