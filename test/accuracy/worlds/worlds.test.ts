import { describe, expect, it } from 'vitest';
import { engineNames } from '../../../src/model/engine-name.ts';
import { categories } from '../../../src/model/finding.ts';
import type { Case } from '../case.ts';
import { worlds } from './worlds.ts';

const every = (of: (each: Case, where: string) => void) => {
  for (const world of worlds)
    for (const engine of engineNames)
      for (const each of world.cases(engine)) of(each, `${engine} ${world.name} ${each.id}`);
};

describe('worlds', () => {
  it('name each case once', () => {
    for (const world of worlds)
      for (const engine of engineNames) {
        const ids = world.cases(engine).map(({ id }) => id);
        expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
      }
  });

  it('label by a category, rules and a table of the statement', () => {
    every(({ label, tables, inject }, where) => {
      if (label.kind === 'healthy') return;
      expect(categories, where).toContain(label.category);
      expect(label.rules, where).not.toEqual([]);
      if (label.table !== undefined) expect(`${tables} ${inject}`, where).toContain(label.table);
    });
  });

  it('run each statement, with and without the defect', () => {
    every(({ calls, healthy, inject, settings, label }, where) => {
      expect(calls.length, where).toBeGreaterThan(0);
      expect(calls.join('\n'), where).not.toMatch(/undefined|NaN/);
      if (label.kind === 'healthy') expect(inject, where).toEqual([]);
      else
        expect(inject.length > 0 || healthy !== undefined || settings !== undefined, where).toBe(
          true,
        );
    });
  });

  it('are the same at each reading', () => {
    for (const world of worlds)
      for (const engine of engineNames) {
        expect(world.load(engine)).toEqual(world.load(engine));
        expect(world.cases(engine)).toEqual(world.cases(engine));
      }
  });
});
