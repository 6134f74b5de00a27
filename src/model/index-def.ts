/**
 * An index as people would write it, engine by engine the same: what is proposed, what a what-if
 * planner is told of, what is built. Names are unquoted; an expression and a predicate are SQL that
 * the engine's own parser has read, with no literal but those that the index itself needs.
 */
export interface IndexDef {
  schema: string;
  table: string;
  /** `btree`, `gin`, `brin`, `hash`, `gist`; lower case. */
  method: string;
  keys: IndexKey[];
  /** Columns that are kept beside the keys. */
  include?: string[];
  /** Of a partial one. */
  where?: string;
  unique?: boolean;
}

/** `column` or `expression`; the rest where it is not the default. */
export type IndexKey = ({ column: string } | { expression: string }) & {
  descending?: true;
  nulls?: 'first' | 'last';
  /** With its schema before a point where it is an extension's: `public.gin_trgm_ops`. */
  opclass?: string;
  collation?: string;
  /** Of a long text its first letters only (MySQL, MariaDB). */
  letters?: number;
};

/** How sure we are, in words: each place that says one also says what it stands on. */
export type Confidence = 'high' | 'medium' | 'low';
