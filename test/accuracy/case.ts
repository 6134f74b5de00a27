import type { EngineName } from '../../src/model/engine-name.ts';
import type { Category } from '../../src/model/finding.ts';

/**
 * The set by which findings are measured. A world is a schema of one trade with its data; a case is
 * a statement that really runs in it, as it should be (a control) or with exactly one defect. The
 * label is true by construction, and by measurement: what the defect costs is the ratio of both
 * ways to run it.
 */
export interface World {
  /** `clinic`; the databases it is loaded into are named after it. */
  name: string;
  /** No rule may be built by looking at it. */
  heldOut: boolean;
  /** Statements that make tables and rows, analysed and vacuumed; for one engine. */
  load(engine: EngineName): string[];
  cases(engine: EngineName): Case[];
}

export interface Case {
  /** `missing-index/orders-by-customer`: unique in its world. */
  id: string;
  label: Label;
  /** Tables of the statement; cases whose tables differ may share a copy of the world. */
  tables: string[];
  /**
   * Brings the defect into a copy of the world, one after the other, by the owner of the tables
   * (PostgreSQL: a superuser); empty: the statement itself is the defect. The copy was vacuumed and
   * analysed before, as the world was.
   */
  inject: string[];
  /** Of the role that runs it: `work_mem`. */
  settings?: Record<string, string>;
  /**
   * One statement with different values, in the order in which they are run, each all by itself.
   * Those that write are rolled back, so that they can be run again.
   */
  calls: string[];
  /**
   * The same work without the defect, on the world as it was loaded; absent: `calls`. What it costs
   * is compared as a whole: it may be fewer statements.
   */
  healthy?: string[];
}

export type Label =
  | { kind: 'healthy' }
  | {
      kind: 'defect';
      /** One of the kinds of defects: `missing-index`. */
      defect: string;
      category: Category;
      /** Ids of the rules of which one has to speak. */
      rules: string[];
      /** The table that the finding has to name, where it is of one. */
      table?: string;
    };
