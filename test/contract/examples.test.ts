import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resourcesOf } from '../../src/resources/kinds/index.ts';
import { readManifests } from '../../src/resources/manifest.ts';
import { exampleFiles, manifestFiles, overlays, pathOf, textOf } from '../support/examples.ts';

/**
 * What people copy is right. test/integration/examples.test.ts applies the same files, and what
 * Kustomize makes of the fleet, to a real API server.
 */
describe('examples', () => {
  it.each(exampleFiles)('%s begins with two or three lines that say when one uses it', (path) => {
    const comments = textOf(path)
      .split('\n')
      .findIndex((line) => !line.startsWith('# '));
    expect([2, 3]).toContain(comments);
  });
  it.each(manifestFiles)('%s has no mistake', (path) => {
    const { mistakes, resources } = readManifests(textOf(path));
    expect(mistakes).toEqual([]);
    expect(resources).not.toEqual([]);
  });
  it('there is one for each engine and each way to plan', () => {
    const specs = manifestFiles.flatMap((path) =>
      resourcesOf(readManifests(textOf(path)).resources, 'DatabaseTarget').map(({ spec }) => spec),
    );
    expect(new Set(specs.map(({ engine }) => engine)).size).toBe(3);
    expect(new Set(specs.map(({ explain }) => explain.via)).size).toBe(3);
  });
  it('every overlay of the fleet stands on its base', () => {
    for (const overlay of overlays)
      expect(parse(textOf(`${overlay}/kustomization.yaml`))).toMatchObject({
        resources: ['../base'],
      });
  });
});

/** Manifests in the documents: whole ones, and specs alone, in blocks of YAML and of commands. */
const head = 'apiVersion: dbintel.io/v1alpha1\nkind: DatabaseTarget\nmetadata: { name: x }\n';
const pages = ['README.md', ...readdirSync(pathOf('docs')).map((name) => `docs/${name}`)];
const shown = pages
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) =>
    [...textOf(page).matchAll(/^```(?:yaml|sh)\n(.*?)^```/gms)].flatMap(([, block = '']) =>
      [...block.matchAll(/^(apiVersion: dbintel|spec:).*?(?=^YAML$|(?![^]))/gms)].map(
        ([text, begin]) => ({ page, text: begin === 'spec:' ? head + text : text }),
      ),
    ),
  );
it.each(shown)('what $page shows has no mistake', ({ text }) => {
  const { mistakes, resources } = readManifests(text);
  expect(mistakes).toEqual([]);
  expect(resources).not.toEqual([]);
});
it('documents show manifests of both kinds', () => {
  expect(shown.length).toBeGreaterThanOrEqual(3);
});
