import { type Kind } from '../cases.ts';
import { readControls } from './controls-reads.ts';
import { indexDocuments } from './index-documents.ts';
import { indexJoins } from './index-joins.ts';
import { indexMissing } from './index-missing.ts';
import { indexOrder } from './index-order.ts';
import { indexWrapped } from './index-wrapped.ts';

/** The kinds that every world for building has. */
const kinds: Kind[] = [
  indexMissing,
  indexJoins,
  indexOrder,
  indexWrapped,
  indexDocuments,
  readControls,
];

export const building: Kind = (world) => kinds.flatMap((kind) => kind(world));
