import type { CatalogIndex } from '../model/catalog-index.ts';

/**
 * Indexes whose building failed or was given up: no plan uses them, and most are written with every
 * row. One that is being built is not among them, nor a partitioned one that waits for its parts.
 */
export const invalidIndexes = (catalog: readonly CatalogIndex[]): CatalogIndex[] =>
  catalog.filter(({ valid, building, needed }) => !valid && !building && needed === undefined);
