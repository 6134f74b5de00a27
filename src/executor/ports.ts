import type {
  GateSeen,
  LoopState,
  LoopVerdict,
  Observed,
  Refused,
  Subject,
} from '../advice/machine-state.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { IndexChange, IndexWork } from '../engines/index-work.ts';
import type { EngineName } from '../model/engine-name.ts';

/**
 * What the executor needs of the world: where recommendations are, when it may act, how it reaches
 * a server, how an effect is judged. A cluster and a folder give the same.
 */
export interface Recommendation {
  /** Of it, not of its target: names our sessions, and is in the mark. */
  uid: string;
  /** For people: `shop/adv-12ab…`. */
  label: string;
  target: { uid: string; namespace: string; name: string };
  engine: EngineName;
  database: string;
  /** The server on which its evidence stands; of older ones it is not known. */
  advisedFor?: string | undefined;
  change: IndexChange;
  /** Estimated, of the index; negative where it goes. */
  bytes: number;
  subject: Subject;
  /** Fingerprints of the statements that it is for. */
  evidence: readonly string[];
  state: LoopState;
  deleted: boolean;
  approval: Observed['approval'];
  /** Nobody vouches for approvals: nothing is begun. */
  unvouched?: boolean;
  /** What a write is conditional on; opaque. */
  version: string;
}

export interface RecommendationStore {
  /** As they are now, with who approved them. Those that are over only where they are deleted. */
  list(signal: AbortSignal): Promise<Recommendation[]>;
  /** As it is now; undefined: it is gone. */
  read(recommendation: Recommendation, how?: ReadOptions): Promise<Recommendation | undefined>;
  /** On condition that nobody has written since it was read; undefined: somebody has. */
  write(recommendation: Recommendation, state: LoopState): Promise<Recommendation | undefined>;
  /** It may go, if it is deleted. */
  release(recommendation: Recommendation): Promise<void>;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** Who has approved it is not asked, so that it is told sooner. */
  alone?: boolean;
  /** It only begins now: its approval has to be one that counts for that, whatever is written. */
  begins?: boolean;
}

export interface ExecutorPorts {
  store: RecommendationStore;
  /**
   * Which server its target is on: two targets may be two databases of one. Undefined: the target
   * is not known now.
   */
  server(recommendation: Recommendation): string | undefined;
  /** Whether anything may be done on its target now, before anything is asked there. */
  gate(recommendation: Recommendation): GateSeen;
  /**
   * Asked of whoever keeps targets, where the gate knows none: the statements that undo what may be
   * left on its server, if it is gone for certain. Undefined: it is not.
   */
  targetGone(recommendation: Recommendation): Promise<readonly string[] | undefined>;
  /** With credentials of its own. Throws AppError. */
  open(recommendation: Recommendation, signal: AbortSignal): Promise<IndexWork>;
  /** Health, as the target's brake sees it; undefined: it may go on. */
  brake(recommendation: Recommendation, work: IndexWork): Promise<GateSeen>;
  /** Bytes that all indexes that are built for its target may take together. */
  budget(recommendation: Recommendation): number;
  /** What replicas have against that an index goes as unused; undefined: nothing. */
  elsewhere(recommendation: Recommendation, signal: AbortSignal): Promise<Refused | undefined>;
  /** Undefined: nothing can be said yet. */
  judge(recommendation: Recommendation): Promise<LoopVerdict | undefined>;
  clock: Clock;
  logger: Logger;
  /** A phase, or a lasting reason, before it is acted on; `undo`: what a person has to see to. */
  onPhase(recommendation: Recommendation, state: LoopState, undo?: readonly string[]): void;
}

/** What an index of ours says of itself. */
export const markOf = ({ uid, subject }: Pick<Recommendation, 'uid' | 'subject'>): string =>
  `dbintel:${uid}:${subject.contentHash.slice('sha256:'.length)}`;
