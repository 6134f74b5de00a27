import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rules } from '../../src/analysis/rules/index.ts';

const files = (folder: string) =>
  readdirSync(new URL(folder, import.meta.url), { withFileTypes: true })
    .filter((each) => each.isFile() && each.name !== 'index.ts')
    .map(({ name }) => name);
const inFolder = files('../../src/analysis/rules/');

it('every file of the rules’ folder is a rule of the list, named after its id', () => {
  expect(rules.map(({ id }) => `${id}.ts`).toSorted()).toEqual(inFolder.toSorted());
});

it('examples in a file of their own are a rule’s that has it', () => {
  expect(inFolder).toEqual(expect.arrayContaining(files('../../src/analysis/rules/examples/')));
});
