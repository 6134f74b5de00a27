import type { Kind } from '../cases.ts';
import { configuration } from './configuration.ts';
import { readControls } from './controls-reads.ts';
import { workControls } from './controls-work.ts';
import { estimates } from './estimates.ts';
import { indexDocuments } from './index-documents.ts';
import { indexJoins } from './index-joins.ts';
import { indexMissing } from './index-missing.ts';
import { indexOrder } from './index-order.ts';
import { indexWrapped } from './index-wrapped.ts';
import { joins } from './joins.ts';
import { maintenance } from './maintenance.ts';
import { statements } from './statements.ts';
import { subqueries } from './subqueries.ts';

/** The kinds that every world for building has. */
const kinds: Kind[] = [
  indexMissing,
  indexJoins,
  indexOrder,
  indexWrapped,
  indexDocuments,
  joins,
  statements,
  subqueries,
  estimates,
  maintenance,
  configuration,
  readControls,
  workControls,
];

export const building: Kind = (world) => kinds.flatMap((kind) => kind(world));
