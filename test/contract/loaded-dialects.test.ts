import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadAndRead } from '../../src/dialects/load.ts';
import { readPlanText } from '../../src/dialects/read-any.ts';

it('reads what is read with all dialects at hand, as the same', async () => {
  const files = globSync('examples/plans/*.txt');
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    expect(await loadAndRead(text, 7), file).toEqual(readPlanText(text, undefined, 7));
  }
});
it.each(['', 'SELECT 1', '{"a":\n[1,\n}', '{"a": 1}'])('says the same of %j', async (text) => {
  const said = (error: unknown) => String(error);
  const together = (() => {
    try {
      return readPlanText(text);
    } catch (error) {
      return said(error);
    }
  })();
  await expect(loadAndRead(text, 0).catch(said)).resolves.toEqual(together);
});
