import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rules } from '../../src/analysis/rules/index.ts';

it('every file of the rules’ folder is a rule of the list, named after its id', () => {
  const files = readdirSync(new URL('../../src/analysis/rules', import.meta.url)).filter(
    (name) => name !== 'index.ts',
  );
  expect(rules.map(({ id }) => `${id}.ts`).toSorted()).toEqual(files.toSorted());
});
