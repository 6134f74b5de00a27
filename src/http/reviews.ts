import type { Right } from './caller.ts';

/**
 * Who somebody is and what they may, as a cluster's API server says it. Both throw AppError while
 * it does not answer: then nobody is let in, and nobody is refused for good.
 */
export interface Reviews {
  /** Whose token it is; undefined: nobody's, or it is not meant for us. */
  whose(token: string): Promise<Subject | undefined>;
  allows(subject: Subject, question: Question): Promise<boolean>;
}

export interface Subject {
  user: string;
  groups: readonly string[];
}

export interface Question {
  verb: 'get' | 'create' | 'delete' | 'patch';
  /** Absent: our own; '' is the cluster's core. */
  group?: '';
  resource: 'databasetargets' | 'emergencystops' | 'secrets';
  subresource?: 'check';
  /** '' is all of them; absent of what lies in none. */
  namespace?: string;
  /** Absent: all of them. */
  name?: string;
}

/** The right in the cluster that stands for one here. */
export const questions = {
  read: { verb: 'get', resource: 'databasetargets', namespace: '' },
  stop: { verb: 'create', resource: 'emergencystops' },
  resume: { verb: 'delete', resource: 'emergencystops' },
  check: { verb: 'create', resource: 'databasetargets', subresource: 'check', namespace: '' },
  judge: { verb: 'patch', resource: 'databasetargets', namespace: '' },
} as const satisfies Record<'read' | Right, Question>;
