import type { Kind } from '../../cases.ts';
import { heldOutReadControls } from './controls.ts';
import { heldOutWorkControls } from './controls-work.ts';
import { heldOutDocuments } from './documents.ts';
import { heldOutJoins } from './joins.ts';
import { heldOutOrders } from './orders.ts';
import { heldOutReads } from './reads.ts';
import { heldOutStatements } from './statements.ts';
import { heldOutSubqueries } from './subqueries.ts';
import { heldOutUpkeep } from './upkeep.ts';

/** The kinds of the worlds that are held out: the same defects, in statements of other shapes. */
const kinds: Kind[] = [
  heldOutReads,
  heldOutOrders,
  heldOutDocuments,
  heldOutJoins,
  heldOutStatements,
  heldOutSubqueries,
  heldOutUpkeep,
  heldOutReadControls,
  heldOutWorkControls,
];

export const heldOut: Kind = (world) => kinds.flatMap((kind) => kind(world));
