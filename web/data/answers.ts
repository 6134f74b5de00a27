import type * as z from 'zod';
import type { codes } from '../../src/http/answers/codes.ts';
import type { stop, stopPreview } from '../../src/http/answers/stops.ts';
import type { verdict, verdictRequest } from '../../src/http/answers/verdicts.ts';

/** Types of what is answered, from the schemas of the answers themselves. */
export type { EventTold } from '../../src/http/answers/events.ts';
export type { AllFindingsAnswer } from '../../src/http/answers/findings.ts';
export type {
  FleetAnswer,
  FleetCounts,
  FleetItem,
  FleetRow,
} from '../../src/http/answers/fleet.ts';
export type { MissingRight } from '../../src/http/answers/missing.ts';
export type { PastStop, PastStopsAnswer } from '../../src/http/answers/past-stops.ts';
export type { ReplicasAnswer } from '../../src/http/answers/replicas.ts';
export type { RulesAnswer } from '../../src/http/answers/rules.ts';
export type { SearchAnswer } from '../../src/http/answers/search.ts';
export type { SessionAnswer } from '../../src/http/answers/session.ts';
export type StopAnswer = z.infer<typeof stop>;
export type StopPreview = z.infer<typeof stopPreview>;
export type { StopProgressAnswer as StopProgress } from '../../src/http/answers/stop-progress.ts';
export type CodesAnswer = z.infer<typeof codes>;
export type VerdictAnswer = z.infer<typeof verdict>;
export type VerdictRequest = z.input<typeof verdictRequest>;
