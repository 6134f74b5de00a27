import { createHash } from 'node:crypto';
import { type Caller, type Reach, type Right, tokenHolder } from './caller.ts';
import { createRecent } from './recent.ts';
import { type Question, questions, type Reviews, type Subject } from './reviews.ts';
import type { Identity } from './session-cookie.ts';

/**
 * What somebody may, asked of the cluster. One question answers for all namespaces where they may
 * read everywhere, as most do; only where that is denied is each namespace asked about that has
 * targets. (Rules could be had in one answer only by whoever holds the person's own token, which is
 * not kept, or who may impersonate them, which is more than we want to be granted.)
 */
export interface CallersDeps {
  /** Undefined: nobody but the token's holder may change anything. */
  reviews: Reviews | undefined;
  /** Those that have targets. */
  namespaces(): Iterable<string>;
  /** Milliseconds that only grow. */
  monotonic(): number;
}

/** As long as a right that was taken away goes on. */
const kept_ms = 30_000;
/** People and programs, five rights each. */
const mostAnswers = 1_000;
/** At once: the API server has others to answer, our own watches among them. */
const atOnce = 16;

export function createCallers({ reviews, namespaces, monotonic }: CallersDeps) {
  const recent = createRecent<Reach>({ kept_ms, most: mostAnswers, now: monotonic });
  return async (identity: Identity): Promise<Caller> => {
    if (identity.kind === 'token') return tokenHolder;
    if (!reviews) return reader(identity.user);
    const reachOf = (right: 'read' | Right) =>
      recent(keyOf(identity, right), () =>
        reach(reviews, identity, questions[right], namespaces()),
      );
    const readable = await reachOf('read');
    const read = new Set(readable);
    return {
      user: identity.user,
      readable,
      mayRead: (namespace) => readable === 'all' || read.has(namespace),
      async may(right, namespace) {
        const found = await reachOf(right);
        if (found === 'all') return true;
        return namespace === undefined ? found.length > 0 : found.includes(namespace);
      },
      mayReadSecret: (namespace, name) =>
        reviews.allows(identity, { verb: 'get', group: '', resource: 'secrets', namespace, name }),
    };
  };
}

/** A proxy lets them in, and nobody can be asked what they may. */
const reader = (user: string): Caller => ({
  user,
  readable: 'all',
  mayRead: () => true,
  may: async () => false,
  mayReadSecret: async () => false,
});

const keyOf = ({ user, groups }: Subject, right: string) =>
  createHash('sha256')
    .update(JSON.stringify([right, user, groups]))
    .digest('base64');

async function reach(
  reviews: Reviews,
  subject: Subject,
  question: Question,
  namespaces: Iterable<string>,
): Promise<Reach> {
  if (await reviews.allows(subject, question)) return 'all';
  if (question.namespace === undefined) return [];
  const left = [...new Set(namespaces)];
  const allowed: string[] = [];
  while (left.length) {
    const some = left.splice(0, atOnce);
    const answers = await Promise.all(
      some.map((namespace) => reviews.allows(subject, { ...question, namespace })),
    );
    allowed.push(...some.filter((_, i) => answers[i]));
  }
  return allowed;
}
