import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { type EngineName, engineNames } from '../../src/model/engine-name.ts';
import type { Hazard, HazardCase } from '../support/hazards/hazard.ts';
import { hazards, ownHazards, places, type WorldOf } from '../support/hazards/index.ts';

/** Real servers of every engine; after each hazard nothing of it is left, and a cycle collects. */
function runHazards<E extends EngineName>(engine: E): void {
  describe.each(places[engine])(`${engine} $name`, (place) => {
    let world: WorldOf<E>;
    beforeAll(async () => {
      world = await place.start();
    });
    afterEach(() => world.expectHealthy());
    afterAll(() => world.stop());

    const ask = (cases: readonly HazardCase<WorldOf<E>>[]) => {
      for (const { title, except, run } of cases)
        if (!except?.includes(place.name)) it(title, () => run(world));
    };
    for (const [name, row] of Object.entries(hazards)) {
      const hazard: Hazard<WorldOf<E>> = row[engine];
      if (hazard.kind === 'asked') describe(name, () => ask(hazard.cases));
    }
    describe('what only its servers do', () => ask(ownHazards[engine]));
  });
}

for (const engine of engineNames) runHazards(engine);
