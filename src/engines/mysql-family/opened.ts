import type { Known, Opened } from '../driver.ts';
import type { Connection } from './connection.ts';
import type { FactsCache, RefusedSources } from './facts-cache.ts';
import type { IsLoadable } from './loadable-functions.ts';
import type { Procedures } from './procedure.ts';
import type { Rights } from './rights.ts';
import type { Server, Variant, Via } from './variant.ts';
import type { WorkerSettings } from './worker-settings.ts';

/** What this engine knows in one cycle; what is absent was not wanted yet. */
export interface FamilyKnown extends Known {
  readonly identity: Server;
  readonly variant: Variant;
  /** Of all targets, between cycles. */
  readonly tables: FactsCache;
  readonly refusals: RefusedSources;
  /** Those that the worker has at this moment. */
  settings: WorkerSettings;
  /** Since when the server counts, once it was asked how it is. */
  countedSince?: number;
  rights?: Rights;
  procedures?: Procedures;
  views?: ReadonlySet<string>;
  isLoadable?: IsLoadable;
}

export type FamilySession = Opened<Connection, FamilyKnown>;

export const viaOf = ({ target }: Pick<FamilySession, 'target'>): Via =>
  target.spec.explain.via === 'procedure' ? 'procedure' : 'direct';
