import { butForNumbers } from '../../base/but-for-numbers.ts';
import type { Clock } from '../../base/clock.ts';
import { createRarely, type Rarely } from '../../base/rarely.ts';
import { isNotThere, KubeError } from '../../kubernetes/kube-error.ts';
import type { TargetEvent } from '../target-store.ts';
import type { EventSubject } from './event-recorder.ts';

/**
 * A policy, a webhook or a missing right keeps statuses from being written: what people see there
 * is old, or nothing. `kubectl describe` still shows events.
 */
export interface RefusalTeller {
  /** Does it, and says beside the resource what keeps it from being done. */
  tell<T>(resource: EventSubject, consequence: string, work: () => Promise<T>): Promise<T>;
  forget(uid: string): void;
}

/** It was too much at that moment, or the resource is not the one that was meant any more. */
const passing = new Set([404, 409, 429, 503, 504]);
/** The same again; an event is there for an hour, and others must not go without for it. */
const again_ms = 900_000;

export interface RefusalTellerDeps {
  record(resource: EventSubject, event: TargetEvent): void;
  /** The API server answers other requests: what it does not answer, a webhook keeps. */
  answers(): boolean;
  clock: Clock;
}

export function createRefusalTeller({ record, answers, clock }: RefusalTellerDeps): RefusalTeller {
  const told = new Map<string, Rarely>();
  /** A webhook's words may have another number each time, or an id. */
  function isNews(uid: string, message: string): boolean {
    const rarely = told.get(uid) ?? createRarely(clock, again_ms);
    told.set(uid, rarely);
    return rarely.isNews(butForNumbers(message));
  }
  return {
    forget: (uid) => void told.delete(uid),
    async tell(resource, consequence, work) {
      const { uid } = resource;
      try {
        const done = await work();
        told.delete(uid);
        return done;
      } catch (error) {
        const event = refusedEvent(error, consequence, answers());
        if (event && isNews(uid, event.message)) record(resource, event);
        throw error;
      }
    },
  };
}

/** Undefined: it passes by itself, or the API server does not answer. Pure. */
function refusedEvent(
  error: unknown,
  consequence: string,
  answers: boolean,
): TargetEvent | undefined {
  if (!(error instanceof KubeError)) return undefined;
  // Told as an error where the resource itself is there.
  const hasNoStatus = isNotThere(error);
  if (passing.has(error.status) && !hasNoStatus) return undefined;
  const isSilent = error.status < 400;
  if (isSilent && !answers) return undefined;
  const silent = isSilent ? ', while other requests are answered: does a webhook keep it?' : '';
  const hint = hasNoStatus ? ', which is there: install the CRDs of this version' : silent;
  return {
    type: 'Warning',
    reason: 'StatusRefused',
    message: `${consequence}, for its status cannot be written: ${error.message}${hint}`,
  };
}
