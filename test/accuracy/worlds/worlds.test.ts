import { describe, expect, it } from 'vitest';
import { type EngineName, engineNames } from '../../../src/model/engine-name.ts';
import { categories } from '../../../src/model/finding.ts';
import type { Case } from '../case.ts';
import { worlds } from './worlds.ts';

const cases = new Map(
  engineNames.map((engine) => [
    engine,
    worlds.map((world) => ({ world, all: world.cases(engine) })),
  ]),
);
const casesOn = (engine: EngineName) => cases.get(engine) ?? [];

const every = (of: (each: Case, where: string) => void) => {
  for (const engine of engineNames)
    for (const { world, all } of casesOn(engine))
      for (const each of all) of(each, `${engine} ${world.name} ${each.id}`);
};

describe('worlds', () => {
  it('name each case once', () => {
    for (const engine of engineNames)
      for (const { all } of casesOn(engine)) {
        const ids = all.map(({ id }) => id);
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
    for (const { world, all } of casesOn('postgres')) {
      expect(world.load('postgres')).toEqual(world.load('postgres'));
      expect(world.cases('postgres')).toEqual(all);
    }
  });
});

/** Least numbers of defects and controls on an engine, in all worlds. */
const least = { postgres: [400, 300], mysql: [150, 120], mariadb: [150, 120] } as const;

describe.each(engineNames)('cases on %s', (engine) => {
  const of = (heldOut: boolean) =>
    casesOn(engine).flatMap(({ world, all }) => (world.heldOut === heldOut ? all : []));
  const defects = (some: readonly Case[]) =>
    some.filter(({ label }) => label.kind === 'defect').length;
  const [building, heldOut] = [of(false), of(true)];

  it('are many, about half of them held out', () => {
    const all = [...building, ...heldOut];
    const [someDefects, someControls] = least[engine];
    expect(defects(all)).toBeGreaterThanOrEqual(someDefects);
    expect(all.length - defects(all)).toBeGreaterThanOrEqual(someControls);
    const share = heldOut.length / all.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
  });

  it('are of the same kinds of defects in both halves, in statements of their own', () => {
    const kindsOf = (some: readonly Case[]) =>
      new Set(some.flatMap(({ label }) => (label.kind === 'defect' ? [label.category] : [])));
    expect(kindsOf(heldOut)).toEqual(kindsOf(building));
    const ids = new Set(building.map(({ id }) => id));
    expect(heldOut.filter(({ id }) => ids.has(id))).toEqual([]);
  });
});

describe('kinds of defects', () => {
  it('are at least forty', () => {
    const kinds = new Set<string>();
    every(({ label }) => {
      if (label.kind === 'defect') kinds.add(label.defect);
    });
    expect(kinds.size).toBeGreaterThanOrEqual(40);
  });
});
